/* Tests of lib/optim: optimizers against torch.optim and closed forms, schedules against tables worked out by
 * hand. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/optim/optim.h"
#include "tests/golden/optim.h"

/* --- configuration structs from text, by the field tables --- */

static void put(void *cfg, const struct mt_field *f, const char *text)
{
    char *at = (char *)cfg + f->offset;
    if (f->type == MT_REAL)
        *(double *)(void *)at = text ? strtod(text, NULL) : NAN;
    else if (f->type == MT_INT)
        *(int64_t *)(void *)at = text ? strtoll(text, NULL, 10) : MT_UNSET_INT;
    else if (f->type == MT_BOOL)
        *(bool *)at = text && (!strcmp(text, "true") || !strcmp(text, "1"));
    else if (f->type == MT_INTS) {
        struct mt_ints *list = (void *)at;
        for (char *p = (char *)text; p && *p; p += *p == ',') {
            list->v = realloc(list->v, (size_t)(list->n + 1) * sizeof *list->v);
            list->v[list->n++] = strtoll(p, &p, 10);
        }
    } else
        fail_msg("%s: a type this test cannot fill", f->name);
}

static const struct mt_field *field(const struct mt_kind *kind, const char *name, size_t len)
{
    for (const struct mt_field *f = kind->fields; f->name; f++)
        if (strlen(f->name) == len && !memcmp(f->name, name, len))
            return f;
    return NULL;
}

/* Defaults, then "key=value key=value". */
static struct mt_variant variant(const struct mt_table *table, const char *name, const char *settings)
{
    const struct mt_kind *kind = mt_table_find(table, name);
    assert_non_null(kind);
    struct mt_variant v = {kind, calloc(1, kind->cfg_size)};
    for (const struct mt_field *f = kind->fields; f->name; f++)
        put(v.cfg, f, f->def);
    char copy[256];
    snprintf(copy, sizeof copy, "%s", settings);
    for (char *save, *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *eq = strchr(word, '=');
        const struct mt_field *f = field(kind, word, (size_t)(eq - word));
        assert_non_null(f);
        put(v.cfg, f, eq + 1);
    }
    return v;
}

static void variant_release(struct mt_variant *v)
{
    for (const struct mt_field *f = v->kind->fields; f->name; f++)
        if (f->type == MT_INTS)
            free(((struct mt_ints *)(void *)((char *)v->cfg + f->offset))->v);
    free(v->cfg);
}

/* --- a model of a few tensors with an optimizer --- */

struct rig {
    struct mt_plan plan;
    struct mt_tensors tensors;
    struct mt_pool *pool;
    struct mt_optim *o;
};

static void rig_init(struct rig *r, const struct mt_variant *optimizer, int threads,
                     const struct mt_tensor_spec *spec, int n)
{
    struct mt_err err;
    memset(r, 0, sizeof *r);
    for (int i = 0; i < n; i++)
        assert_non_null(mt_tensors_add(&r->tensors, &r->plan, &spec[i], &err));
    assert_int_equal(mt_pool_new(&r->pool, threads, &err), 0);
    assert_int_equal(mt_optim_new(&r->o, optimizer, &r->tensors, r->pool, mt_kernels_pick(NULL), &r->plan, &err), 0);
    assert_int_equal(mt_plan_commit(&r->plan, &err), 0);
}

static void rig_release(struct rig *r)
{
    mt_plan_release(&r->plan);
    mt_optim_free(r->o);
    mt_pool_free(r->pool);
    mt_tensors_release(&r->tensors);
}

static void rig_one(struct rig *r, const struct mt_variant *optimizer, int count, bool decay, double l2)
{
    struct mt_tensor_spec spec = {
        .layer = "a", .what = "w", .ndim = 1, .dim = {count}, .trainable = true, .decay = decay, .l2 = l2};
    rig_init(r, optimizer, 1, &spec, 1);
}

static void follows_torch(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof golden / sizeof *golden; c++) {
        struct mt_variant v = variant(&mt_optim_table, golden[c].optimizer, golden[c].settings);
        struct rig r;
        rig_one(&r, &v, 5, true, 0);
        struct mt_tensor *t = r.tensors.list[0];
        memcpy(t->data, golden_w, sizeof golden_w);
        for (int step = 1, row = 0; row < 3; step++) {
            for (int i = 0; i < 5; i++)
                t->grad[i] = golden_a[i] * (t->data[i] - golden_b[i]);
            mt_optim_step(r.o, mt_optim_lr(r.o), 1);
            if (step < golden_steps[row])
                continue;
            for (int i = 0; i < 5; i++)
                assert_float_equal(t->data[i], golden[c].w[row][i], 2e-6 * (1 + fabs(golden[c].w[row][i])));
            row++;
        }
        assert_int_equal(r.o->t, golden_steps[2]);
        rig_release(&r);
        variant_release(&v);
    }
}

/* Adam's first step is lr * g / (|g| + eps / sqrt(1 - beta2)): with tiny gradients Keras' eps shows. */
static void adam_has_keras_eps(void **state)
{
    (void)state;
    struct mt_variant v = variant(&mt_optim_table, "adam", "");
    struct rig r;
    rig_one(&r, &v, 3, true, 0);
    float *g = r.tensors.list[0]->grad, *w = r.tensors.list[0]->data;
    g[0] = 1e-5F, g[1] = -1e-7F, g[2] = 0;
    mt_optim_step(r.o, mt_optim_lr(r.o), 1);
    for (int i = 0; i < 2; i++) {
        double expect = -1e-3 * g[i] / (fabs(g[i]) + 1e-7 / sqrt(1 - 0.999));
        assert_float_equal(w[i], expect, 1e-6 * fabs(expect));
    }
    assert_true(w[2] == 0);
    rig_release(&r);
    variant_release(&v);
}

/* The smallest eps that is allowed is above zero in float32 too: elements without a gradient stay where they
 * are. */
static void adam_smallest_eps_is_not_zero(void **state)
{
    (void)state;
    struct mt_variant v = variant(&mt_optim_table, "adam", "eps=1e-37");
    struct rig r;
    rig_one(&r, &v, 2, true, 0);
    float *g = r.tensors.list[0]->grad, *w = r.tensors.list[0]->data;
    g[0] = 1, g[1] = 0;
    mt_optim_step(r.o, mt_optim_lr(r.o), 1);
    assert_float_equal(w[0], -1e-3, 1e-8);
    assert_true(w[1] == 0);
    rig_release(&r);
    variant_release(&v);
}

/* Decay spares tensors that do not take part; l2 acts on its own tensor; clipping scales gradient and l2
 * together. */
static void decay_l2_and_clipping(void **state)
{
    (void)state;
    struct mt_tensor_spec spec[] = {
        {.layer = "a", .what = "kernel", .ndim = 1, .dim = {1}, .trainable = true, .decay = true},
        {.layer = "a", .what = "bias", .ndim = 1, .dim = {1}, .trainable = true},
        {.layer = "b", .what = "kernel", .ndim = 1, .dim = {1}, .trainable = true, .l2 = 0.25},
        {.layer = "b", .what = "mean", .ndim = 1, .dim = {1}},
    };
    struct mt_variant v = variant(&mt_optim_table, "sgd", "lr=0.5 weight_decay=0.1");
    struct rig r;
    rig_init(&r, &v, 1, spec, 4);
    assert_int_equal(r.o->moments, 0);
    struct mt_tensor **t = r.tensors.list;
    for (int i = 0; i < 4; i++)
        t[i]->data[0] = 2;
    t[0]->grad[0] = 3, t[1]->grad[0] = 4, t[2]->grad[0] = 11;
    assert_float_equal(mt_optim_l2_loss(r.o), 0.25 * 4, 1e-12);
    assert_float_equal(mt_optim_grad_norm(r.o), sqrt(9 + 16 + 12 * 12), 1e-12);
    mt_optim_step(r.o, 0.5, 0.25);
    assert_float_equal(t[0]->data[0], 2 - 0.5 * (0.25 * 3 + 0.1 * 2), 1e-6);
    assert_float_equal(t[1]->data[0], 2 - 0.5 * (0.25 * 4), 1e-6);
    assert_float_equal(t[2]->data[0], 2 - 0.5 * (0.25 * 12), 1e-6);
    assert_true(t[3]->data[0] == 2);
    rig_release(&r);
    variant_release(&v);

    v = variant(&mt_optim_table, "adamw", "lr=0.5 weight_decay=0.1");
    rig_init(&r, &v, 1, spec, 4);
    t = r.tensors.list;
    t[0]->data[0] = t[1]->data[0] = 2; /* no gradient: decay alone moves */
    mt_optim_step(r.o, 0.5, 1);
    assert_float_equal(t[0]->data[0], 2 * (1 - 0.5 * 0.1), 1e-6);
    assert_true(t[1]->data[0] == 2);
    rig_release(&r);
    variant_release(&v);
}

/* Several pieces, odd sizes: the same bytes for any number of threads, and the norm that plain double
 * summation gives. */
static void threads_change_nothing(void **state)
{
    (void)state;
    struct mt_tensor_spec spec[] = {
        {.layer = "a",
         .what = "kernel",
         .ndim = 2,
         .dim = {301, 177},
         .trainable = true,
         .decay = true,
         .l2 = 1e-3},
        {.layer = "a", .what = "bias", .ndim = 1, .dim = {13}, .trainable = true},
        {.layer = "b", .what = "kernel", .ndim = 1, .dim = {16384 * 2}, .trainable = true, .decay = true},
    };
    for (int row = 0; mt_optim_table.row[row]; row++) {
        struct mt_variant v = variant(&mt_optim_table, mt_optim_table.row[row]->name, "weight_decay=0.01");
        struct rig r[3];
        double norm[3];
        for (int k = 0; k < 3; k++) {
            rig_init(&r[k], &v, k + 1, spec, 3);
            struct mt_rng rng;
            mt_rng_init(&rng, 1, MT_STREAM_TEST, 0, 0);
            double sum = 0;
            for (int i = 0; i < 3; i++) {
                struct mt_tensor *t = r[k].tensors.list[i];
                for (size_t j = 0; j < t->count; j++) {
                    t->data[j] = mt_rng_unit(&rng) - 0.5F;
                    t->grad[j] = mt_rng_unit(&rng) - 0.5F;
                    sum += pow(t->grad[j] + 2 * t->l2 * t->data[j], 2);
                }
            }
            norm[k] = mt_optim_grad_norm(r[k].o);
            assert_float_equal(norm[k], sqrt(sum), 1e-12 * norm[k]);
            for (int step = 0; step < 3; step++)
                mt_optim_step(r[k].o, 0.01, 1 / norm[k]);
        }
        for (int k = 1; k < 3; k++) {
            assert_true(norm[k] == norm[0]);
            for (int i = 0; i < 3; i++) {
                struct mt_tensor *a = r[0].tensors.list[i], *b = r[k].tensors.list[i];
                assert_memory_equal(a->data, b->data, a->count * sizeof *a->data);
            }
        }
        for (int k = 0; k < 3; k++)
            rig_release(&r[k]);
        variant_release(&v);
    }
}

/* Every row of the table brings w to b on sum a (w - b)^2 / 2, at a rate of its own. */
static void every_optimizer_descends(void **state)
{
    (void)state;
    for (int row = 0; mt_optim_table.row[row]; row++) {
        const struct mt_optim_type *type = (const void *)mt_optim_table.row[row];
        assert_true(type->moments <= MT_MOMENTS);
        for (int m = 0; m < type->moments; m++)
            assert_non_null(type->moment_name[m]);
        struct mt_variant v = variant(&mt_optim_table, type->kind.name, "lr=0.1 weight_decay=0");
        struct rig r;
        rig_one(&r, &v, 5, true, 0);
        struct mt_tensor *t = r.tensors.list[0];
        for (int step = 0; step < 300; step++) {
            for (int i = 0; i < 5; i++)
                t->grad[i] = (float)(1 + i) * (t->data[i] - golden_b[i]);
            mt_optim_step(r.o, mt_optim_lr(r.o) * (step < 200 ? 1 : 0.1), 1);
        }
        for (int i = 0; i < 5; i++)
            assert_float_equal(t->data[i], golden_b[i], 1e-2);
        rig_release(&r);
        variant_release(&v);
    }
}

/* Gradients that died leave no denormal numbers behind. */
static void moments_die_out(void **state)
{
    (void)state;
    for (int row = 0; mt_optim_table.row[row]; row++) {
        struct mt_variant v = variant(&mt_optim_table, mt_optim_table.row[row]->name, "");
        if (!strcmp(v.kind->name, "sgd"))
            put(v.cfg, field(v.kind, "momentum", 8), "0.5");
        struct rig r;
        rig_one(&r, &v, 4, false, 0);
        struct mt_tensor *t = r.tensors.list[0];
        for (int i = 0; i < 4; i++)
            t->grad[i] = powf(0.1F, (float)(8 * i));
        mt_optim_step(r.o, 0.1, 1);
        memset(t->grad, 0, 4 * sizeof *t->grad);
        for (int step = 0; step < 2000; step++) {
            mt_optim_step(r.o, 0.1, 1);
            for (int m = 0; m < r.o->moments; m++)
                for (int i = 0; i < 4; i++)
                    assert_int_not_equal(fpclassify(r.o->moment[m][0][i]), FP_SUBNORMAL);
        }
        assert_true(r.o->moment[0][0][0] == 0);
        rig_release(&r);
        variant_release(&v);
    }
}

static void nesterov_needs_momentum(void **state)
{
    (void)state;
    struct mt_variant v = variant(&mt_optim_table, "sgd", "nesterov=1");
    const char *key = NULL;
    struct mt_err err;
    assert_int_equal(v.kind->check(v.cfg, &key, &err), -1);
    assert_string_equal(key, "nesterov");
    put(v.cfg, field(v.kind, "momentum", 8), "0.9");
    assert_int_equal(v.kind->check(v.cfg, &key, &err), 0);
    variant_release(&v);
}

/* --- schedules --- */

/* Rates at these steps of a training of 6 epochs, 4 steps each, base rate 1. */
static const struct {
    const char *schedule, *settings;
    int64_t step[6];
    double lr[6];
} hand[] = {
    {"constant", "", {0, 1, 23, 23, 23, 23}, {1, 1, 1, 1, 1, 1}},
    {"constant", "warmup_epochs=1", {0, 1, 2, 3, 4, 23}, {.25, .5, .75, 1, 1, 1}},
    {"constant", "warmup_epochs=0.5", {0, 1, 2, 3, 4, 23}, {.5, 1, 1, 1, 1, 1}},
    {"constant", "warmup_epochs=0.6", {0, 1, 2, 3, 4, 23}, {1 / 2.4, 2 / 2.4, 1, 1, 1, 1}},
    {"step", "every=2 factor=0.5", {0, 7, 8, 15, 16, 23}, {1, 1, .5, .5, .25, .25}},
    {"step", "every=1 warmup_epochs=2", {0, 3, 4, 7, 8, 23}, {.125, .5, .0625, .1, .01, 1e-5}},
    {"multistep", "milestones=1,4,5", {0, 3, 4, 15, 16, 20}, {1, 1, .1, .1, .01, .001}},
    {"exponential",
     "factor=0.25",
     {0, 2, 4, 8, 12, 23},
     {1, .5, .25, 1. / 16, 1. / 64, .00034526698300124393}},
    {"exponential", "factor=0.25 staircase=1", {0, 3, 4, 7, 8, 23}, {1, 1, .25, .25, 1. / 16, 1. / 1024}},
    {"exponential", "factor=0.25 warmup_epochs=1", {0, 3, 4, 6, 8, 12}, {.25, 1, 1, .5, .25, 1. / 16}},
    {"polynomial", "", {0, 6, 12, 18, 22, 23}, {1, .75, .5, .25, 1. / 12, 1. / 24}},
    {"polynomial", "power=2 end=0.1", {0, 6, 12, 18, 24, 30}, {1, .60625, .325, .15625, .1, .1}},
    {"polynomial", "warmup_epochs=2", {0, 7, 8, 12, 16, 20}, {.125, 1, 1, .75, .5, .25}},
    {"cosine", "", {0, 4, 8, 12, 16, 20}, {1, .9330127018922193, .75, .5, .25, .0669872981077807}},
    {"cosine",
     "min=0.2 warmup_epochs=2",
     {0, 8, 12, 16, 20, 24},
     {.125, 1, .8828427124746191, .6, .31715728752538097, .2}},
};

static void schedules_by_hand(void **state)
{
    (void)state;
    struct mt_schedule_state plateau;
    mt_schedule_start(&plateau);
    for (size_t c = 0; c < sizeof hand / sizeof *hand; c++) {
        struct mt_variant v = variant(&mt_schedule_table, hand[c].schedule, hand[c].settings);
        for (int i = 0; i < 6; i++) {
            struct mt_schedule_at at = {hand[c].step[i], 4, 6};
            double lr = mt_schedule_lr(&v, 1, &at, &plateau);
            if (fabs(lr - hand[c].lr[i]) > 1e-12)
                fail_msg("%s %s: step %d: %.17g, not %.17g", hand[c].schedule, hand[c].settings, (int)at.step,
                         lr, hand[c].lr[i]);
        }
        variant_release(&v);
    }
}

static void plateau_by_hand(void **state)
{
    (void)state;
    /* patience 2, min_delta 0.1, min 0.05: the factor after each observed value */
    static const double value[] = {1.0, 1.05, 1.2, 1.3, NAN, 1.25, 1.4, 1.4, 1.4, 1.4, 1.4};
    static const double factor[] = {1, 1, 1, 1, .2, .2, .2, .2, .05, .05, .05};
    struct mt_variant v =
        variant(&mt_schedule_table, "plateau", "patience=2 min_delta=0.1 factor=0.2 min=0.05");
    struct mt_schedule_state s;
    struct mt_schedule_at at = {100, 4, 50};
    mt_schedule_start(&s);
    assert_true(mt_schedule_lr(&v, 3, &at, &s) == 3);
    for (int i = 0; i < 11; i++) {
        mt_schedule_observe(&v, &s, value[i]);
        assert_float_equal(mt_schedule_lr(&v, 3, &at, &s), 3 * factor[i], 1e-12);
    }
    variant_release(&v);
}

/* A settings text for rows with required keys; a row that is added with some needs an entry here. */
static const char *needed(const char *schedule)
{
    return !strcmp(schedule, "step")          ? "every=1"
           : !strcmp(schedule, "multistep")   ? "milestones=1,2,3"
           : !strcmp(schedule, "exponential") ? "factor=0.001"
                                              : "";
}

static void every_schedule_stays_positive(void **state)
{
    (void)state;
    static const double warmup[] = {0, 0.3, 1, 40, 50, 100};
    for (int row = 0; mt_schedule_table.row[row]; row++) {
        const struct mt_kind *kind = mt_schedule_table.row[row];
        assert_string_equal(kind->fields[0].name, "warmup_epochs");
        assert_int_equal(kind->fields[0].offset, 0);
        struct mt_variant v = variant(&mt_schedule_table, kind->name, needed(kind->name));
        for (int w = 0; w < 6; w++) {
            *(double *)v.cfg = warmup[w];
            struct mt_schedule_state s;
            struct mt_schedule_at at = {0, 7, 50};
            mt_schedule_start(&s);
            for (; at.step < 50 * 7; at.step++) {
                double lr = mt_schedule_lr(&v, 0.1, &at, &s);
                assert_true(isfinite(lr) && lr > 0 && lr <= 0.1);
                if (at.step % 7 == 6)
                    mt_schedule_observe(&v, &s, 0);
            }
        }
        variant_release(&v);
    }
}

static void milestones_ascend(void **state)
{
    (void)state;
    struct mt_variant v = variant(&mt_schedule_table, "multistep", "milestones=1,4,4");
    const char *key = NULL;
    struct mt_err err;
    assert_int_equal(v.kind->check(v.cfg, &key, &err), -1);
    assert_string_equal(key, "milestones");
    variant_release(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_torch),
        cmocka_unit_test(adam_has_keras_eps),
        cmocka_unit_test(adam_smallest_eps_is_not_zero),
        cmocka_unit_test(decay_l2_and_clipping),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(every_optimizer_descends),
        cmocka_unit_test(moments_die_out),
        cmocka_unit_test(nesterov_needs_momentum),
        cmocka_unit_test(schedules_by_hand),
        cmocka_unit_test(plateau_by_hand),
        cmocka_unit_test(every_schedule_stays_positive),
        cmocka_unit_test(milestones_ascend),
    };
    return cmocka_run_group_tests_name("optim", tests, NULL, NULL);
}
