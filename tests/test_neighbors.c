/* Tests of the nearest neighbors that lib/eval finds, against a naive search in extended precision. */
#include "tests/eval_points.h"

#include "lib/eval/neighbors.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbors_match_naive),
        cmocka_unit_test(neighbors_at_the_edges),
        cmocka_unit_test(neighbors_refuse_what_is_not_finite),
    };
    return cmocka_run_group_tests(tests, open_gemm, NULL);
}
