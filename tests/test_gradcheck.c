/* Tests of lib/check: every head passes, and a planted error is found. */
#include "tests/test.h"

#include <math.h>

#include "lib/check/gradcheck.h"
#include "lib/head/head.h"
#include "lib/math/gemm.h"
#include "lib/nn/layer.h"

static void report(const struct mt_gradcheck_row *r)
{
    fprintf(stderr, "%s %s %s [%s] %s: error %.3g of %.3g, %d not finite%s\n", r->what, r->rule, r->mode,
            r->setting, r->at, r->error, r->tolerance, r->nonfinite, r->pass ? "" : " FAILED");
}

static void layers_pass(void **state)
{
    struct mt_gradcheck g = {0};
    struct mt_err err;
    if (mt_gradcheck_layers(&g, *state, &err) < 0)
        fail_msg("%s", err.text);
    for (int i = 0; i < g.n; i++)
        if (!g.row[i].pass)
            report(&g.row[i]);
    assert_true(mt_gradcheck_passed(&g));
    assert_true(g.n > 30);
    mt_gradcheck_release(&g);
}

static void heads_pass(void **state)
{
    struct mt_gradcheck g = {0};
    struct mt_err err;
    assert_int_equal(mt_gradcheck_heads(&g, *state, &err), 0);
    for (int i = 0; i < g.n; i++)
        if (!g.row[i].pass)
            report(&g.row[i]);
    assert_true(mt_gradcheck_passed(&g));
    assert_true(g.n > 500);
    mt_gradcheck_release(&g);
}

/* --- heads with a fault each --- */

static const struct mt_head_type *arcface_row(void)
{
    return (const struct mt_head_type *)mt_table_find(&mt_head_table, "arcface");
}

static void flipped_x(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                      struct mt_head_stats *sum)
{
    arcface_row()->step(h, n, x, label, dx, sum);
    dx[n * h->dim - 1] = -dx[n * h->dim - 1];
}

static void scaled_w(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                     struct mt_head_stats *sum)
{
    arcface_row()->step(h, n, x, label, dx, sum);
    for (size_t i = 0; i < h->weight->count; i++)
        h->weight->grad[i] *= 1.0001f;
}

static void not_finite(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                       struct mt_head_stats *sum)
{
    arcface_row()->step(h, n, x, label, dx, sum);
    dx[0] = NAN;
}

static void other_loss(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                       struct mt_head_stats *sum)
{
    arcface_row()->step(h, n, x, label, dx, sum);
    sum->loss *= 1.001;
}

static void planted_errors_are_found(void **state)
{
    __typeof__(flipped_x) *const fault[] = {flipped_x, scaled_w, not_finite, other_loss};
    for (size_t i = 0; i < sizeof fault / sizeof *fault; i++) {
        struct mt_head_type broken = *arcface_row();
        struct mt_gradcheck g = {0};
        struct mt_err err;
        int failed = 0;
        broken.step = fault[i];
        assert_int_equal(mt_gradcheck_head(&g, &broken, *state, &err), 0);
        for (int k = 0; k < g.n; k++)
            failed += !g.row[k].pass;
        assert_false(mt_gradcheck_passed(&g));
        assert_true(failed > g.n / 2); /* not every case has every fault: a gradient may be 0 */
        mt_gradcheck_release(&g);
    }
}

static void a_head_without_reference_fails(void **state)
{
    struct mt_head_type unknown = *arcface_row();
    struct mt_gradcheck g = {0};
    struct mt_err err;
    unknown.kind.name = "new";
    assert_int_equal(mt_gradcheck_head(&g, &unknown, *state, &err), 0);
    assert_int_equal(g.n, 1);
    assert_false(g.row[0].pass);
    mt_gradcheck_release(&g);
}

/* A layer that computes something other than its name says, and one whose name says nothing. */
static void wrong_layers_are_found(void **state)
{
    struct mt_layer_type wrong = *(const struct mt_layer_type *)mt_table_find(&mt_layer_table, "max_pool");
    struct mt_gradcheck g = {0};
    struct mt_err err;
    wrong.kind.name = "avg_pool";
    assert_int_equal(mt_gradcheck_layer(&g, &wrong, *state, &err), 0);
    assert_true(g.n > 2);
    for (int i = 0; i < g.n; i++)
        assert_false(g.row[i].pass);
    mt_gradcheck_release(&g);
    wrong.kind.name = "new";
    assert_int_equal(mt_gradcheck_layer(&g, &wrong, *state, &err), 0);
    assert_int_equal(g.n, 1);
    assert_false(g.row[0].pass);
    mt_gradcheck_release(&g);
}

static void nothing_checked_is_no_pass(void **state)
{
    struct mt_gradcheck g = {0};
    (void)state;
    assert_false(mt_gradcheck_passed(&g));
}

static int set_up(void **state)
{
    struct mt_pool *pool;
    struct mt_err err;
    if (mt_gemm_open(&err) < 0 || mt_pool_new(&pool, 2, &err) < 0)
        return -1;
    *state = pool;
    return 0;
}

static int tear_down(void **state)
{
    mt_pool_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_pass),
        cmocka_unit_test(layers_pass),
        cmocka_unit_test(planted_errors_are_found),
        cmocka_unit_test(a_head_without_reference_fails),
        cmocka_unit_test(wrong_layers_are_found),
        cmocka_unit_test(nothing_checked_is_no_pass),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
