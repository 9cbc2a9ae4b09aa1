/* Tests of lib/head: keys, refusals, tensors and first values. */
#include "tests/head_fixture.h"

#include <math.h>

static void refuse(const char *name, const char *settings, int classes, bool normalized, const char *says,
                   struct mt_pool *pool)
{
    struct head_fixture f = {0};
    struct mt_err err = {0};
    const char *key = NULL;
    f.variant.kind = mt_table_find(&mt_head_table, name);
    assert_non_null(f.variant.kind);
    f.variant.cfg = calloc(1, f.variant.kind->cfg_size);
    assert_non_null(f.variant.cfg);
    mt_setting_defaults(f.variant.kind, f.variant.cfg);
    assert_true(mt_setting_set_all(f.variant.kind, f.variant.cfg, settings));
    f.options = (struct mt_head_options){
        .classes = classes, .dim = 3, .max_batch = 8, .normalized = normalized, .pool = pool};
    int rc = f.variant.kind->check ? f.variant.kind->check(f.variant.cfg, &key, &err) : 0;
    if (rc == 0)
        rc = mt_head_new(&f.h, &f.variant, &f.options, &f.plan, &f.tensors, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.kind, MT_ERR_USAGE);
    if (!strstr(err.text, says))
        fail_msg("%s: '%s' does not say '%s'", name, err.text, says);
    head_drop(&f);
}

static void what_cannot_work_is_refused(void **state)
{
    refuse("softmax", "", 1, false, "at least 2 classes", *state);
    refuse("arcface", "", 0, false, "at least 2 classes", *state);
    refuse("sphereface", "", 4, true, "normalize", *state);
    refuse("modified_softmax", "", 4, true, "normalize", *state);
    refuse("combined", "m1=2 pi_rule=insightface", 4, false, "m1", *state);
    refuse("combined", "m1=1.5 pi_rule=easy", 4, false, "use psi, clamp or none", *state);
    refuse("combined", "m1=.5 pi_rule=drop", 4, false, "m1", *state);
}

/* A default must lie in its own range and a choice in its list, and every key has a help sentence. */
static void tables_are_sound(void **state)
{
    (void)state;
    int heads = 0;
    for (const struct mt_kind *const *kind = mt_head_table.row; *kind; kind++, heads++) {
        void *cfg = calloc(1, (*kind)->cfg_size);
        assert_non_null(cfg);
        mt_setting_defaults(*kind, cfg);
        assert_non_null((*kind)->help);
        for (const struct mt_field *f = (*kind)->fields; f->name; f++) {
            size_t length = strlen(f->help);
            assert_true(length > 10 && f->help[length - 1] == '.');
            if (f->def)
                assert_true(mt_setting_set(*kind, cfg, f->name, f->def));
            if (f->type == MT_REAL && f->def) {
                double v = mt_setting_real(*kind, cfg, f->name);
                assert_true(f->min < f->max && v <= f->max &&
                            (f->flags & MT_F_ABOVE_MIN ? v > f->min : v >= f->min));
            }
        }
        free(cfg);
    }
    assert_int_equal(heads, 8);
}

static void names_and_first_values(void **state)
{
    struct head_fixture f;
    head_make(&f, "softmax", "", 100, 20, 8, *state);
    assert_string_equal(f.h->weight->name, "head/weight");
    assert_string_equal(f.h->bias->name, "head/bias");
    assert_true(f.h->weight->trainable && f.h->weight->decay && f.h->bias->trainable && !f.h->bias->decay);
    float limit = (float)sqrt(6.0 / 120), largest = 0;
    double sum = 0;
    for (size_t i = 0; i < f.h->weight->count; i++) {
        largest = fmaxf(largest, fabsf(f.h->weight->data[i]));
        sum += (double)f.h->weight->data[i] * (double)f.h->weight->data[i];
    }
    assert_true(largest <= limit && largest > 0.99f * limit);
    assert_true(fabs(sum / 2000 - (double)limit * (double)limit / 3) <
                0.05 * (double)limit * (double)limit / 3);
    for (int j = 0; j < 100; j++)
        assert_true(f.h->bias->data[j] == 0);
    float first = f.h->weight->data[0];
    f.type->init(f.h, 2);
    assert_true(f.h->weight->data[0] != first);
    f.type->init(f.h, 1);
    assert_true(f.h->weight->data[0] == first);
    head_drop(&f);

    head_make(&f, "curricularface", "w_init=normal t0=.25", 100, 20, 8, *state);
    assert_null(f.h->bias);
    sum = 0;
    for (size_t i = 0; i < f.h->weight->count; i++)
        sum += (double)f.h->weight->data[i] * (double)f.h->weight->data[i];
    assert_true(fabs(sqrt(sum / 2000) - 0.01) < 0.0005);
    assert_float_equal(head_tensor(&f, "head/t")[0], 0.25, 0);
    assert_false(mt_tensors_find(&f.tensors, "head/t")->trainable);
    head_drop(&f);

    head_make(&f, "center", "", 10, 12, 8, *state);
    const float *centers = head_tensor(&f, "head/centers");
    largest = 0;
    for (int i = 0; i < 120; i++)
        largest = fmaxf(largest, fabsf(centers[i]));
    assert_true(largest <= 0.5f && largest > 0.45f);
    head_drop(&f);
    head_make(&f, "center", "rule=facenet", 10, 12, 8, *state);
    assert_true(head_tensor(&f, "head/centers")[7] == 0);
    head_drop(&f);
}

static double pull_of(const char *settings, struct mt_pool *pool)
{
    struct head_fixture f;
    struct mt_head_stats sum = {0};
    float x[30], dx[30];
    int32_t label[10];
    double total = 0;
    head_make(&f, "arcface", settings, 5, 3, 10, pool);
    fill_normal(x, 30, 1, 1);
    fill_labels(label, 10, 5, 1);
    f.type->step(f.h, 10, x, label, dx, &sum);
    for (int i = 0; i < 30; i++)
        total += (i + 1) * (double)dx[i];
    head_drop(&f);
    return total;
}

/* exact below m = pi/2, detached from there */
static void gradient_mode_follows_the_margin(void **state)
{
    assert_true(pull_of("s=8 m=1.5", *state) == pull_of("s=8 m=1.5 grad=exact", *state));
    assert_true(pull_of("s=8 m=1.5", *state) != pull_of("s=8 m=1.5 grad=detached", *state));
    assert_true(pull_of("s=8 m=1.6", *state) == pull_of("s=8 m=1.6 grad=detached", *state));
    assert_true(pull_of("s=8 m=1.6", *state) != pull_of("s=8 m=1.6 grad=exact", *state));
    assert_true(pull_of("s=8", *state) == pull_of("s=8 m=.5 pi_rule=psi grad=exact", *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_work_is_refused),
        cmocka_unit_test(tables_are_sound),
        cmocka_unit_test(names_and_first_values),
        cmocka_unit_test(gradient_mode_follows_the_margin),
    };
    return cmocka_run_group_tests(tests, head_pool, head_pool_free);
}
