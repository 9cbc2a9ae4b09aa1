/* Tests of lib/eval: neighbors, votes, centers and angles against naive forms in extended precision. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/eval/angles.h"
#include "lib/eval/centers.h"
#include "lib/eval/knn.h"
#include "lib/eval/nearest_k.h"
#include "lib/math/gemm.h"

enum kind { RANDOM, TIES, FAR, TIGHT, HUGE_VALUES, TINY_VALUES, KINDS };

/* Embeddings of several tempers; TIES are small integers, whose distances are exact in any order of
 * additions. */
static float *make_points(enum kind kind, int n, int dim, uint32_t seed)
{
    struct mt_rng r;
    float *x = malloc((size_t)n * (size_t)dim * sizeof *x + 1);
    assert_non_null(x);
    mt_rng_init(&r, 11, MT_STREAM_TEST, seed, (uint32_t)kind);
    for (int i = 0; i < n; i++)
        for (int d = 0; d < dim; d++) {
            double v = mt_rng_normal(&r);
            switch (kind) {
            case RANDOM:
                break;
            case TIES:
                v = (double)mt_rng_below(&r, 3) - 1;
                break;
            case FAR: /* a cloud far from the origin: |q|^2 + |r|^2 - 2 q.r cancels */
                v = 1000 + v;
                break;
            case TIGHT: /* as TIES, but around two directions, within the rounding of a product */
                v = (d == (i & 1)) + 0x1p-13 * ((double)mt_rng_below(&r, 3) - 1);
                break;
            case HUGE_VALUES:
                v *= 1e30;
                break;
            default:
                v *= 1e-30;
            }
            x[(size_t)i * (size_t)dim + (size_t)d] = (float)v;
        }
    return x;
}

static int by_distance(const void *a, const void *b)
{
    const struct mt_candidate *p = a, *q = b;
    return mt_farther(*p, *q) - mt_farther(*q, *p);
}

static double naive_distance(const float *q, const float *ref, int dim, enum mt_metric metric)
{
    long double dot = 0, qq = 0, rr = 0, diff = 0;
    for (int d = 0; d < dim; d++) {
        long double a = q[d], b = ref[d];
        dot += a * b;
        qq += a * a;
        rr += b * b;
        diff += (a - b) * (a - b);
    }
    if (metric == MT_METRIC_EUCLIDEAN)
        return (double)sqrtl(diff);
    return (double)(qq == 0 || rr == 0 ? 1 : 1 - dot / sqrtl(qq * rr));
}

/* Sorts all references but `self` by their distance from q; returns how many. */
static int naive_order(const float *q, const float *ref, int n, int dim, enum mt_metric metric, int self,
                       struct mt_candidate *out)
{
    int count = 0;
    for (int r = 0; r < n; r++)
        if (r != self)
            out[count++] = (struct mt_candidate){naive_distance(q, ref + r * dim, dim, metric), r};
    qsort(out, (size_t)count, sizeof *out, by_distance);
    return count;
}

struct setting {
    enum kind kind;
    int n_ref, n_query, dim, k;
    enum mt_metric metric;
    bool self;
};

/* One query's neighbors. For cosine the vectors are rounded to float32 once they have length 1, which moves a
 * distance by about 1e-7 of the angle and may reorder neighbors: they are then compared by distance. */
static void check_row(const struct setting *s, const float *q, const float *ref, int self,
                      const int32_t *index, const double *distance)
{
    struct mt_candidate *naive = malloc((size_t)s->n_ref * sizeof *naive + 1);
    int found = naive_order(q, ref, s->n_ref, s->dim, s->metric, self, naive);
    for (int j = 0; j < s->k; j++) {
        if (j >= found) {
            assert_int_equal(index[j], -1);
            assert_true(isinf(distance[j]));
            continue;
        }
        double want = naive[j].distance, d = distance[j];
        if (s->metric == MT_METRIC_EUCLIDEAN) {
            assert_int_equal(index[j], naive[j].index);
            assert_true(fabs(d - want) <= 1e-14 * s->dim * want);
            continue;
        }
        double tolerance = 1e-12 + 3e-7 * sqrt(fabs(want));
        assert_in_range(index[j], 0, s->n_ref - 1);
        assert_true(index[j] != self);
        assert_true(fabs(d - want) <= tolerance);
        assert_true(fabs(d - naive_distance(q, ref + index[j] * s->dim, s->dim, s->metric)) <= tolerance);
        for (int l = 0; l < j; l++)
            assert_true(index[l] != index[j]);
    }
    free(naive);
}

static void check_neighbors(const struct setting *s, struct mt_pool *pool)
{
    struct mt_err err = {0};
    struct mt_neighbors *nb;
    float *ref = make_points(s->kind, s->n_ref, s->dim, 1);
    float *query = s->self ? ref : make_points(s->kind, s->n_query, s->dim, 2);
    int n = s->self ? s->n_ref : s->n_query;
    int32_t *index = malloc((size_t)(n * s->k) * sizeof *index + 1);
    double *distance = malloc((size_t)(n * s->k) * sizeof *distance + 1);
    if (mt_neighbors_new(&nb, ref, s->n_ref, s->dim, s->metric, &err) < 0 ||
        mt_neighbors_find(nb, query, n, s->self ? 0 : -1, s->k, pool, index, distance, &err) < 0)
        fail_msg("%s", err.text);
    for (int i = 0; i < n; i++)
        check_row(s, query + i * s->dim, ref, s->self ? i : -1, index + i * s->k, distance + i * s->k);
    mt_neighbors_free(nb);
    free(distance);
    free(index);
    if (!s->self)
        free(query);
    free(ref);
}

static struct mt_pool *make_pool(int threads)
{
    struct mt_err err;
    struct mt_pool *pool;
    assert_int_equal(mt_pool_new(&pool, threads, &err), 0);
    return pool;
}

static void neighbors_match_naive(void **state)
{
    (void)state;
    struct mt_pool *pool = make_pool(2);
    static const int dims[] = {1, 2, 3, 5, 16, 17, 40, 128};
    for (int metric = 0; metric < 2; metric++)
        for (size_t d = 0; d < sizeof dims / sizeof *dims; d++)
            for (int kind = 0; kind < KINDS; kind++) {
                struct setting s = {.kind = (enum kind)kind,
                                    .n_ref = 300,
                                    .n_query = 70,
                                    .dim = dims[d],
                                    .k = 7,
                                    .metric = (enum mt_metric)metric};
                check_neighbors(&s, pool);
                s.n_ref = 90;
                s.self = true;
                check_neighbors(&s, pool);
            }
    mt_pool_free(pool);
}

static void neighbors_at_the_edges(void **state)
{
    (void)state;
    struct mt_pool *pool = make_pool(1);
    static const struct setting edges[] = {
        {.kind = TIES, .n_ref = 3, .n_query = 2, .dim = 3, .k = 10}, /* k > n */
        {.kind = TIES, .n_ref = 3, .dim = 3, .k = 10, .self = true},
        {.kind = TIES, .n_ref = 1, .dim = 20, .k = 1, .self = true}, /* nothing is left */
        {.kind = TIES, .n_ref = 0, .n_query = 3, .dim = 2, .k = 2},
        {.kind = RANDOM, .n_ref = 5, .n_query = 0, .dim = 2, .k = 2},
        {.kind = TIES, .n_ref = 2000, .n_query = 20, .dim = 2, .k = 1500}, /* a large k, among equals */
        {.kind = TIES, .n_ref = 2100, .n_query = 20, .dim = 24, .k = 30},  /* several products */
        {.kind = TIGHT, .n_ref = 2100, .n_query = 20, .dim = 24, .k = 30},
        {.kind = FAR, .n_ref = 2100, .n_query = 20, .dim = 24, .k = 30},
    };
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        for (int metric = 0; metric < 2; metric++) {
            struct setting s = edges[i];
            s.metric = (enum mt_metric)metric;
            check_neighbors(&s, pool);
        }
    mt_pool_free(pool);
}

static void neighbors_refuse_what_is_not_finite(void **state)
{
    (void)state;
    struct mt_pool *pool = make_pool(1);
    struct mt_err err;
    struct mt_neighbors *nb;
    float x[] = {1, 2, 3, NAN};
    int32_t index[2];
    double distance[2];
    assert_int_equal(mt_neighbors_new(&nb, x, 2, 2, MT_METRIC_COSINE, &err), -1);
    assert_null(nb);
    assert_int_equal(err.kind, MT_ERR_DIVERGED);
    assert_non_null(strstr(err.text, "embedding 1 "));
    assert_int_equal(mt_neighbors_new(&nb, x, 1, 2, MT_METRIC_COSINE, &err), 0);
    x[3] = INFINITY;
    assert_int_equal(mt_neighbors_find(nb, x, 2, -1, 1, pool, index, distance, &err), -1);
    mt_neighbors_free(nb);
    mt_pool_free(pool);
}

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

static int open_gemm(void **state)
{
    struct mt_err err;
    (void)state;
    return mt_gemm_open(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbors_match_naive),
        cmocka_unit_test(neighbors_at_the_edges),
        cmocka_unit_test(neighbors_refuse_what_is_not_finite),
        cmocka_unit_test(knn_votes_match_naive),
        cmocka_unit_test(knn_ties),
        cmocka_unit_test(same_bytes_for_any_threads),
        cmocka_unit_test(centers_are_means),
        cmocka_unit_test(nearest_centers_match_naive),
        cmocka_unit_test(angles_in_degrees),
        cmocka_unit_test(scores_are_ranked),
    };
    return cmocka_run_group_tests(tests, open_gemm, NULL);
}
