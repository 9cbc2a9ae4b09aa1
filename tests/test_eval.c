/* Tests of lib/eval: votes, centers and angles against naive forms in extended precision. */
#include "tests/eval_points.h"

#include "lib/eval/angles.h"
#include "lib/eval/centers.h"
#include "lib/eval/knn.h"

enum { VOTES_N = 900, VOTES_REF = 1500, VOTES_CLASSES = 6 };

struct rows {
    int32_t pred[VOTES_N], second[VOTES_N];
    float probability[VOTES_N], margin[VOTES_N];
};

static struct mt_ranking ranking_of(struct rows *r)
{
    return (struct mt_ranking){r->pred, r->second, r->probability, r->margin};
}

static void random_labels(int32_t *label, int n, int classes, uint32_t seed)
{
    struct mt_rng r;
    mt_rng_init(&r, 12, MT_STREAM_TEST, seed, 0);
    for (int i = 0; i < n; i++)
        label[i] = (int32_t)mt_rng_below(&r, (uint32_t)classes);
}

/* The class order by its definition: every pair of classes compared. */
static void naive_vote(const struct mt_candidate *nearest, int k, const int32_t *label, int32_t *first,
                       int32_t *second, int votes[VOTES_CLASSES])
{
    double sum[VOTES_CLASSES] = {0};
    memset(votes, 0, VOTES_CLASSES * sizeof *votes);
    for (int j = 0; j < k; j++) {
        votes[label[nearest[j].index]]++;
        sum[label[nearest[j].index]] += nearest[j].distance;
    }
    for (int a = 0; a < VOTES_CLASSES; a++) {
        int ahead = 0;
        for (int b = 0; b < VOTES_CLASSES; b++)
            ahead += votes[b] > votes[a] ||
                     (votes[b] == votes[a] && (sum[b] < sum[a] || (sum[b] == sum[a] && b < a)));
        if (ahead == 0)
            *first = a;
        if (ahead == 1)
            *second = votes[a] > 0 ? a : -1;
    }
}

static void knn_votes_match_naive(void **state)
{
    (void)state;
    struct mt_pool *pool = make_pool(2);
    struct mt_err err;
    struct mt_neighbors *nb;
    enum { D = 2 };
    static const int ks[] = {1, 2, 5, 30};
    float *ref = make_points(TIES, VOTES_REF, D, 3), *query = make_points(TIES, VOTES_N, D, 4);
    int32_t label[VOTES_REF];
    struct rows *rows = calloc(1, sizeof *rows);
    struct mt_ranking ranking = ranking_of(rows);
    struct mt_candidate *naive = malloc(VOTES_REF * sizeof *naive);
    random_labels(label, VOTES_REF, VOTES_CLASSES, 1);
    for (int i = 0; i < VOTES_REF; i++) /* not all distances 0 */
        ref[i * D] += (float)(i % 7);
    assert_int_equal(mt_neighbors_new(&nb, ref, VOTES_REF, D, MT_METRIC_EUCLIDEAN, &err), 0);
    for (size_t t = 0; t < sizeof ks / sizeof *ks; t++) {
        int k = ks[t];
        assert_int_equal(mt_knn_rank(nb, label, VOTES_CLASSES, query, VOTES_N, -1, k, pool, &ranking, &err),
                         0);
        for (int i = 0; i < VOTES_N; i += 13) {
            int32_t first = -1, second = -1;
            int votes[VOTES_CLASSES];
            naive_order(query + i * D, ref, VOTES_REF, D, MT_METRIC_EUCLIDEAN, -1, naive);
            naive_vote(naive, k, label, &first, &second, votes);
            assert_int_equal(rows->pred[i], first);
            assert_int_equal(rows->second[i], second);
            assert_true(rows->probability[i] == (float)((double)votes[first] / k));
            assert_true(rows->margin[i] ==
                        (float)((double)(votes[first] - (second < 0 ? 0 : votes[second])) / k));
        }
    }
    mt_neighbors_free(nb);
    free(naive);
    free(rows);
    free(query);
    free(ref);
    mt_pool_free(pool);
}

static void knn_ties(void **state)
{
    (void)state;
    struct mt_pool *pool = make_pool(1);
    struct mt_err err;
    struct mt_neighbors *nb;
    /* From 0: class 2 at 1 and 4, class 1 at 2 and 3.5, class 0 at 9. */
    static const float ref[] = {1, 4, 2, -3.5f, 9}, query[] = {0};
    static const int32_t label[] = {2, 2, 1, 1, 0};
    int32_t pred, second;
    struct mt_ranking out = {.pred = &pred, .second = &second};
    assert_int_equal(mt_neighbors_new(&nb, ref, 5, 1, MT_METRIC_EUCLIDEAN, &err), 0);
    static const int ks[] = {1, 2, 4, 5, 99}, want[] = {2, 2, 2, 2, 2}, next[] = {-1, 1, 1, 1, 1};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(mt_knn_rank(nb, label, 3, query, 1, -1, ks[i], pool, &out, &err), 0);
        assert_int_equal(pred, want[i]);
        assert_int_equal(second, next[i]);
    }
    /* Reference 0 as the query of itself: class 1 at 1 comes before class 2 at 3. */
    assert_int_equal(mt_knn_rank(nb, label, 3, ref, 1, 0, 2, pool, &out, &err), 0);
    assert_int_equal(pred, 1);
    mt_neighbors_free(nb);
    assert_int_equal(mt_neighbors_new(&nb, ref, 1, 1, MT_METRIC_EUCLIDEAN, &err), 0);
    assert_int_equal(mt_knn_rank(nb, label, 3, ref, 1, 0, 2, pool, &out, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    mt_neighbors_free(nb);
    mt_pool_free(pool);
}

static void same_bytes_for_any_threads(void **state)
{
    (void)state;
    static const int dims[] = {3, 32};
    for (int t = 0; t < 2; t++) {
        int D = dims[t];
        float *ref = make_points(RANDOM, VOTES_REF, D, 5), *query = make_points(RANDOM, VOTES_N, D, 6);
        int32_t label[VOTES_REF], query_label[VOTES_N];
        struct rows *knn = calloc(3, sizeof *knn), *center = calloc(3, sizeof *center);
        double within[3] = {0}, between[3] = {0};
        random_labels(label, VOTES_REF, VOTES_CLASSES, 2);
        random_labels(query_label, VOTES_N, VOTES_CLASSES, 3);
        for (int threads = 1; threads <= 3; threads++) {
            struct mt_pool *pool = make_pool(threads);
            struct mt_err err;
            struct mt_neighbors *nb;
            struct mt_centers c;
            struct mt_angles a;
            struct mt_ranking r = ranking_of(&knn[threads - 1]), rc = ranking_of(&center[threads - 1]);
            assert_int_equal(mt_neighbors_new(&nb, ref, VOTES_REF, D, MT_METRIC_COSINE, &err), 0);
            assert_int_equal(mt_knn_rank(nb, label, VOTES_CLASSES, query, VOTES_N, -1, 5, pool, &r, &err), 0);
            assert_int_equal(
                mt_centers_fit(&c, ref, label, VOTES_REF, VOTES_CLASSES, D, MT_METRIC_COSINE, &err), 0);
            assert_int_equal(mt_centers_rank(&c, query, VOTES_N, pool, &rc, &err), 0);
            assert_int_equal(mt_angles_measure(&a, &c, query, query_label, VOTES_N, pool, &err), 0);
            within[threads - 1] = a.within;
            between[threads - 1] = a.between_mean;
            mt_angles_release(&a);
            mt_centers_release(&c);
            mt_neighbors_free(nb);
            mt_pool_free(pool);
        }
        for (int i = 1; i < 3; i++) {
            assert_memory_equal(&knn[0], &knn[i], sizeof *knn);
            assert_memory_equal(&center[0], &center[i], sizeof *center);
            assert_true(within[0] == within[i] && between[0] == between[i]);
        }
        free(knn);
        free(center);
        free(ref);
        free(query);
    }
}

static void centers_are_means(void **state)
{
    (void)state;
    struct mt_pool *pool = make_pool(1);
    struct mt_err err;
    struct mt_centers c;
    static const float x[] = {2, 0, 0, 4, 1, 1, 3, 5, 0, 0};
    static const int32_t label[] = {0, 0, 2, 2, 2};
    assert_int_equal(mt_centers_fit(&c, x, label, 5, 4, 2, MT_METRIC_EUCLIDEAN, &err), 0);
    static const float mean[] = {1, 2, 0, 0, 4.0f / 3, 2, 0, 0};
    static const int64_t count[] = {2, 0, 3, 0};
    assert_memory_equal(c.x, mean, sizeof mean);
    assert_memory_equal(c.count, count, sizeof count);
    mt_centers_release(&c);
    /* Cosine: (1,0) and (0,1) give 45 degrees, the lengths 2 and 4 give 3. */
    assert_int_equal(mt_centers_fit(&c, x, label, 5, 4, 2, MT_METRIC_COSINE, &err), 0);
    assert_true(fabs(c.x[0] - 3 / sqrt(2)) < 1e-6 && fabs(c.x[1] - 3 / sqrt(2)) < 1e-6);
    double u = 1 / sqrt(2) + 3 / sqrt(34), v = 1 / sqrt(2) + 5 / sqrt(34), length = (sqrt(2) + sqrt(34)) / 3;
    assert_true(fabs(c.x[4] - u / hypot(u, v) * length) < 1e-6 &&
                fabs(c.x[5] - v / hypot(u, v) * length) < 1e-6);
    assert_true(c.x[2] == 0 && c.x[3] == 0);
    mt_centers_release(&c);
    static const int32_t outside[] = {0, 4};
    assert_int_equal(mt_centers_fit(&c, x, outside, 2, 4, 2, MT_METRIC_COSINE, &err), -1);
    static const float opposite[] = {1, 0, -1, 0};
    static const int32_t both[] = {0, 0};
    assert_int_equal(mt_centers_fit(&c, opposite, both, 2, 1, 2, MT_METRIC_COSINE, &err), 0);
    assert_true(c.x[0] == 0 && c.x[1] == 0); /* no direction */
    mt_centers_release(&c);
    mt_pool_free(pool);
}

static void nearest_centers_match_naive(void **state)
{
    (void)state;
    struct mt_pool *pool = make_pool(2);
    struct mt_err err;
    enum { N = 400, D = 5, C = 9 };
    float *x = make_points(RANDOM, N, D, 7), *query = make_points(RANDOM, N, D, 8);
    int32_t label[N], pred[N], second[N];
    float margin[N], probability[N];
    struct mt_ranking out = {pred, second, probability, margin};
    random_labels(label, N, C - 1, 4); /* the last class has no sample */
    for (int metric = 0; metric < 2; metric++) {
        struct mt_centers c;
        assert_int_equal(mt_centers_fit(&c, x, label, N, C, D, (enum mt_metric)metric, &err), 0);
        assert_int_equal(mt_centers_rank(&c, query, N, pool, &out, &err), 0);
        for (int i = 0; i < N; i++) {
            struct mt_candidate naive[C];
            naive_order(query + i * D, c.x, C - 1, D, (enum mt_metric)metric, -1, naive);
            assert_int_equal(pred[i], naive[0].index);
            assert_int_equal(second[i], naive[1].index);
            assert_true(fabs(margin[i] - (naive[1].distance - naive[0].distance)) < 1e-6);
            assert_true(isnan(probability[i]));
        }
        mt_centers_release(&c);
    }
    struct mt_centers none;
    assert_int_equal(mt_centers_fit(&none, x, label, 0, C, D, MT_METRIC_COSINE, &err), 0);
    assert_int_equal(mt_centers_rank(&none, query, N, pool, &out, &err), -1);
    mt_centers_release(&none);
    free(x);
    free(query);
    mt_pool_free(pool);
}

static void near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-9))
        fail_msg("%.17g is not %.17g", a, b);
}

static void angles_in_degrees(void **state)
{
    (void)state;
    struct mt_pool *pool = make_pool(1);
    struct mt_err err;
    static const float e1[] = {2, 0, 0}, e2[] = {0, 3, 0}, zero[] = {0, 0, 0}, minus[] = {-1, 0, 0},
                       tiny[] = {1, 1e-6f, 0}, diagonal[] = {1e-20f, 1e-20f, 0};
    near(mt_angle(e1, e2, 3), 90);
    near(mt_angle(e1, e1, 3), 0);
    near(mt_angle(e1, minus, 3), 180);
    near(mt_angle(e1, diagonal, 3), 45);
    assert_true(fabs(mt_angle(e1, tiny, 3) / (1e-6 * 180 / M_PI) - 1) < 1e-6); /* acos would give 0 or 0.02 */
    assert_true(isnan(mt_angle(e1, zero, 3)));
    struct mt_centers c = {.classes = 4, .dim = 2};
    float centers[] = {1, 0, 0, 1, 0, 0, -1, 1};
    int64_t count[] = {1, 1, 0, 1};
    c.x = centers;
    c.count = count;
    static const float x[] = {1, 0, 1, 1, 1, 1, -1, 0, 5, 5, 0, 0};
    static const int32_t label[] = {0, 0, 1, 3, 2, 0};
    struct mt_angles a;
    assert_int_equal(mt_angles_measure(&a, &c, x, label, 6, pool, &err), 0);
    near(a.within, (0 + 45 + 45 + 45) / 4.0);
    near(a.class_within[0], 22.5);
    near(a.class_within[3], 45);
    assert_true(isnan(a.class_within[2]) && isnan(a.class_nearest[2]));
    near(a.between_mean, (90 + 135 + 45) / 3.0);
    near(a.between_min, 45);
    assert_int_equal(a.min_a, 1);
    assert_int_equal(a.min_b, 3);
    near(a.class_nearest[0], 90);
    near(a.class_nearest[3], 45);
    mt_angles_release(&a);
    c.classes = 1;
    assert_int_equal(mt_angles_measure(&a, &c, x, label, 0, pool, &err), 0);
    assert_true(isnan(a.within) && isnan(a.between_mean) && isnan(a.between_min) && a.min_a == -1);
    mt_angles_release(&a);
    mt_pool_free(pool);
}

static void scores_are_ranked(void **state)
{
    (void)state;
    static const float score[] = {1, 3, 3, 0, 0, 0, 1000, -1000, 999, NAN, 1, 2};
    int32_t pred[4], second[4];
    float probability[4], margin[4];
    struct mt_ranking out = {pred, second, probability, margin};
    mt_rank_scores(score, 3, 3, &out);
    assert_int_equal(pred[0], 1); /* the first of equals */
    assert_int_equal(second[0], 2);
    assert_true(fabs(probability[0] - exp(3) / (exp(1) + 2 * exp(3))) < 1e-7 && margin[0] == 0);
    assert_int_equal(pred[1], 0);
    assert_int_equal(second[1], 1);
    assert_int_equal(pred[2], 0);
    assert_int_equal(second[2], 2);
    assert_true(fabs(probability[2] - 1 / (1 + exp(-1))) < 1e-7);
    assert_true(fabs(margin[2] - (1 - exp(-1)) / (1 + exp(-1))) < 1e-7);
    mt_rank_scores(score + 9, 1, 3, &out);
    assert_int_equal(pred[0], 2);
    assert_int_equal(second[0], 1);
    mt_rank_scores(score, 2, 1, &out); /* a single class */
    assert_true(pred[1] == 0 && second[1] == -1 && probability[1] == 1 && margin[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knn_votes_match_naive),       cmocka_unit_test(knn_ties),
        cmocka_unit_test(same_bytes_for_any_threads),  cmocka_unit_test(centers_are_means),
        cmocka_unit_test(nearest_centers_match_naive), cmocka_unit_test(angles_in_degrees),
        cmocka_unit_test(scores_are_ranked),
    };
    return cmocka_run_group_tests(tests, open_gemm, NULL);
}
