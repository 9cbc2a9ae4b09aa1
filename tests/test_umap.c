/* Tests of UMAP's parts against what umap-learn 0.5.3 finds: the curve's a and b, and the fuzzy graph. */
#include "lib/eval/umap.h"

#include "lib/eval/fuzzy.h"
#include "lib/math/gemm.h"
#include "tests/projection_points.h"

static int setup(void **state)
{
    (void)state;
    return mt_gemm_open(NULL);
}

static void curves_are_umap_learns(void **state)
{
    (void)state;
    static const struct {
        double spread, min_dist, a, b;
    } known[] = {{1, 0.1, 1.5769434601962196, 0.8950608779914887},
                 {1, 0.5, 0.583030020479462, 1.3341669929263487},
                 {2, 0.01, 0.6353444079504852, 0.7955528900000487}};
    for (int i = 0; i < 3; i++) {
        double a, b;
        mt_umap_curve(known[i].min_dist, known[i].spread, &a, &b);
        assert_float_equal(a, known[i].a, 1e-5);
        assert_float_equal(b, known[i].b, 1e-5);
    }
}

/* umap.umap_.fuzzy_simplicial_set with 5 neighbors. */
static const double membership[KNOWN_PAIRS] = {
    0.6990383, 0.3726347, 0,         0, 0,         0.4317826, 0, 0,         0,         0,         1,
    0.7590252, 0.3647841, 0,         0, 1,         0,         0, 0,         0,         0.7319199, 0,
    0,         1,         0.6228966, 0, 0,         0,         0, 0.6924971, 0.3163673, 0,         0.8223791,
    0,         0.1676533, 1,         0, 0,         0,         0, 1,         0.9999999, 0.9999999, 0.8051065,
    0,         0,         0.4959579, 0, 0.3177927, 0.6987898, 0, 0,         0,         0,         0,
    0.6185893, 0.3944234, 0.7783955, 1, 0,         0.7598568, 0, 0,         0.5552667, 0,         0};

static void graph_is_umap_learns(void **state)
{
    (void)state;
    float x[KNOWN * 3];
    struct mt_graph w;
    struct mt_pool *pool;
    struct mt_err err;
    known_points(x);
    mt_pool_new(&pool, 2, &err);
    assert_int_equal(mt_fuzzy_graph(&w, x, KNOWN, 3, 5, pool, &err), 0);
    assert_known_weights(&w, membership, 5e-5); /* both let the sums be off by 1e-5 */
    mt_graph_release(&w);
    for (int i = 0; i < KNOWN * 3; i++) /* all at one place: all are neighbors for certain */
        x[i] = 7;
    assert_int_equal(mt_fuzzy_graph(&w, x, KNOWN, 3, 5, pool, &err), 0);
    for (int64_t e = 0; e < w.start[KNOWN]; e++)
        assert_true(w.weight[e] == 1);
    mt_graph_release(&w);
    mt_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_are_umap_learns),
        cmocka_unit_test(graph_is_umap_learns),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
