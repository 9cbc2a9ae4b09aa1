/* Tests of what is known of a head before it trains: losses of the best and of the collapsed arrangement,
 * warnings, where descent is trapped, and the numbers that stand for auto. */
#include "tests/head_fixture.h"

#include <math.h>

#include "lib/head/auto.h"
#include "lib/head/feasibility.h"

#define PI 3.14159265358979323846
#define DEGREES (180 / PI)

/* A head whose numbers are known, also those that were auto; settings as in head_fixture.h. Its cfg is for
 * free(). */
static struct mt_variant settled_head(const char *name, const char *settings, int C, int D)
{
    struct mt_err err;
    struct mt_variant head = {.kind = mt_table_find(&mt_head_table, name)};
    assert_non_null(head.kind);
    head.cfg = calloc(1, head.kind->cfg_size);
    assert_non_null(head.cfg);
    mt_setting_defaults(head.kind, head.cfg);
    assert_true(mt_setting_set_all(head.kind, head.cfg, settings));
    if (head.kind->settle)
        head.kind->settle(head.cfg);
    assert_int_equal(mt_auto_settle(&head, C, D, &err), 0);
    return head;
}

/* What the doctor says of it. */
static struct mt_feasibility doctor(const char *name, const char *settings, int C, int D)
{
    struct mt_feasibility f;
    struct mt_err err;
    struct mt_variant head = settled_head(name, settings, C, D);
    assert_int_equal(mt_feasibility_of(&f, &head, C, D, NULL, &err), 0);
    free(head.cfg);
    return f;
}

static void digits(double found, double expected, double share)
{
    if (!(fabs(found - expected) <= share * fabs(expected)))
        fail_msg("%.6g instead of %.6g", found, expected);
}

static void losses_of_arcface(void **state)
{
    (void)state;
    static const struct {
        int C, s;
        const char *m;
        double best, collapsed, guarded;
    } row[] = {{4, 6, "2", 1.780, 0.00061, 12.01},       {4, 30, ".5", 5e-16, 0.0735, 8.29},
               {4, 30, "2", 3.610, 1e-18, 55.7},         {10, 30, ".8", 2.7e-10, 0.00101, 19.4},
               {10, 30, ".5", 1.2e-12, 0.206, 9.39},     {10, 30, "3", 28.56, 1e-25, 14.9},
               {100, 100, ".4053", 4e-39, 0.0296, 20.6}, {10, 64, ".5", 3e-27, 0.00356, 17.5}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char settings[64];
        snprintf(settings, sizeof settings, "s=%d m=%s pi_rule=none", row[i].s, row[i].m);
        struct mt_feasibility f = doctor("arcface", settings, row[i].C, row[i].C - 1);
        digits(f.floor, row[i].best, row[i].best < 1e-3 ? 0.25 : 0.001);
        digits(f.collapsed, row[i].collapsed, row[i].collapsed < 1e-15 ? 0.6 : 0.01);
        assert_float_equal(f.chance, log(row[i].C), 1e-12);
        snprintf(settings, sizeof settings, "s=%d m=%s pi_rule=insightface", row[i].s, row[i].m);
        digits(doctor("arcface", settings, row[i].C, row[i].C - 1).collapsed, row[i].guarded, 0.005);
    }
}

/* Beyond the simplex: 10 classes in 3 dimensions. */
static void collapse_pays_in_few_dimensions(void **state)
{
    (void)state;
    struct mt_feasibility f = doctor("arcface", "s=30 m=.9 pi_rule=none", 10, 3);
    digits(f.collapsed, 1.1e-4, 0.05);
    assert_true(f.floor > 4.8e-3 && f.floor < 5.4e-3);
    digits(f.floor, 5.0592e-3, 1e-3); /* minimized by BFGS in numpy from 20 starts */
    assert_int_equal(f.warnings, 1);
    assert_non_null(strstr(f.warning[0], "collapse pays"));
    f = doctor("arcface", "s=30 m=.9 pi_rule=psi", 10, 3);
    assert_int_equal(f.warnings, 0);
}

static void where_collapse_begins_to_pay(void **state)
{
    (void)state;
    static const struct {
        int C, D, s;
        double m;
    } known[] = {{2, 3, 30, 1.571},    {4, 3, 30, 1.231}, {10, 9, 30, 1.110},
                 {100, 99, 30, 1.053}, {10, 3, 6, 0.889}, {10, 3, 30, 0.815},
                 {10, 3, 64, 0.803},   {10, 2, 30, 0.50}, {4, 2, 30, 1.06}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char settings[64];
        snprintf(settings, sizeof settings, "s=%d m=.5 pi_rule=none", known[i].s);
        double m = doctor("arcface", settings, known[i].C, known[i].D).m_collapse;
        assert_float_equal(m, known[i].m, known[i].m < 1.065 && known[i].D == 2 ? 0.006 : 0.002);
    }
    /* On both sides of it. */
    assert_int_equal(doctor("arcface", "s=30 m=1.105 pi_rule=none", 10, 9).warnings, 0);
    assert_int_equal(doctor("arcface", "s=30 m=1.115 pi_rule=none", 10, 9).warnings, 1);
}

static void guides_to_s(void **state)
{
    (void)state;
    static const struct {
        int C;
        double adacos, cosface[2];
    } known[] = {{4, 1.55, {2.47, 6.00}},
                 {10, 3.11, {3.96, 8.19}},
                 {100, 6.50, {6.72, 11.39}},
                 {1000, 9.77, {9.09, 13.80}},
                 {93431, 16.19, {13.64, 18.35}}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct mt_feasibility f = doctor("softmax", "", known[i].C, 512);
        assert_float_equal(f.s_adacos, known[i].adacos, 0.005);
        assert_float_equal(f.s_cosface[0], known[i].cosface[0], 0.005);
        assert_float_equal(f.s_cosface[1], known[i].cosface[1], 0.005);
    }
}

static void warns(const char *name, const char *settings, int C, int D, const char *first, const char *second)
{
    struct mt_feasibility f = doctor(name, settings, C, D);
    const char *expected[] = {first, second};
    int n = first ? second ? 2 : 1 : 0;
    if (f.warnings != n)
        fail_msg("%s %s: %d warnings, the first: %s", name, settings, f.warnings, f.warning[0]);
    for (int i = 0; i < n; i++) {
        if (!strstr(f.warning[i], expected[i]))
            fail_msg("%s %s: '%s' does not say '%s'", name, settings, f.warning[i], expected[i]);
        assert_true(strlen(f.warning[i]) < MT_FEASIBILITY_TEXT - 1); /* nothing was cut off */
    }
}

static void warnings(void **state)
{
    (void)state;
    /* The published recipes: two that cannot work, two that can. */
    warns("arcface", "s=6 m=2 pi_rule=none", 4, 64, "109.5 degrees (1.911 rad)",
          "loss is 0.000612, at the best honest "
          "arrangement 1.78");
    warns("arcface", "s=30 m=3 pi_rule=none", 10, 20, "96.4 degrees (1.682 rad)", "collapse pays");
    warns("arcface", "s=30 m=.8 pi_rule=drop", 10, 3, NULL, NULL);
    warns("curricularface", "s=30 m=.5 pi_rule=none t_rule=n2", 10, 3, NULL, NULL);

    warns("arcface", "s=64 m=1.2 pi_rule=psi", 10, 3, "the margin cannot be met", NULL);
    warns("arcface", "s=30 m=1.6 pi_rule=psi grad=exact", 10, 9, "no slope towards the center at 88 degrees",
          NULL);
    warns("arcface", "s=30 m=1.6 pi_rule=psi", 10, 9, NULL, NULL); /* detached */
    warns("arcface", "s=30 m=1.6 pi_rule=easy grad=detached", 10, 9, "a larger angle is rewarded", NULL);
    warns("arcface", "s=2 m=.1", 10, 9, "s of 3.96", NULL);
    warns("arcface", "s=3.97 m=.1", 10, 9, NULL, NULL);
    warns("cosface", "s=30 m=.35", 10, 3, NULL, NULL);
    warns("cosface", "s=30 m=.6", 10, 3, "use m well below 0.596", NULL);
    warns("combined", "s=30 m1=1 m2=.5 m3=.6", 10, 3, "lower the margin", NULL);
    warns("sphereface", "", 10, 20, NULL, NULL);
    warns("sphereface", "lambda_min=0", 10, 20, "at 45 degrees", NULL);
    warns("modified_softmax", "", 10, 3, NULL, NULL);
    warns("softmax", "", 10, 1, NULL, NULL);
    warns("arcface", "s=1 m=0.2", 3, 1, "3 classes cannot be told apart in 1 dimension", NULL);
    warns("modified_softmax", "", 5, 1, "at least 2 numbers", NULL);
    warns("arcface", "s=30 m=.5", 2, 1, NULL, NULL);
}

/* f as the table of heads tells it is the f that the head's loss is computed with. */
static void heads_compute_what_they_say(void **state)
{
    static const char *const tried[][2] = {
        {"arcface", "s=4 m=.5 pi_rule=none"},       {"arcface", "s=4 m=2 pi_rule=psi"},
        {"arcface", "s=4 m=1 pi_rule=insightface"}, {"cosface", "s=4 m=.4"},
        {"combined", "s=4 m1=1.3 m2=.4 m3=.2"},     {"curricularface", "s=4 m=.5 pi_rule=none"},
        {"sphereface", "m=3 base=0 lambda_min=2"},  {"modified_softmax", ""}};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        struct head_fixture h;
        head_make(&h, tried[i][0], tried[i][1], 2, 2, 1, *state);
        static const float weight[] = {1, 0, -1, 0};
        memcpy(head_tensor(&h, "head/weight"), weight, sizeof weight);
        double s = mt_setting_real(h.variant.kind, h.variant.cfg, "s");
        for (double theta = 0; theta <= (strcmp(tried[i][0], "curricularface") ? PI : 1.2); theta += 0.1) {
            float x[] = {(float)cos(theta), (float)sin(theta)};
            int32_t label = 0;
            struct mt_head_stats sum = {0};
            h.type->loss(h.h, 1, x, &label, &sum);
            double scale = isnan(s) ? 1 : s, f = h.type->margin->at(h.variant.cfg, theta).f;
            assert_float_equal(sum.loss, log1p(exp(scale * (-cos(theta) - f))), 1e-5);
        }
        head_drop(&h);
    }
}

static void expect_trap(const char *name, const char *settings, int C, double theta, double gap)
{
    struct mt_feasibility f = doctor(name, settings, C, 64);
    if (isnan(theta) ? !isnan(f.trap.theta) : !(fabs(f.trap.theta - theta) < 1e-6))
        fail_msg("%s %s: rests at %.6f rad, not at %.6f", name, settings, f.trap.theta, theta);
    assert_int_equal(isnan(f.trapped), isnan(theta));
    if (!isnan(theta))
        assert_float_equal(f.trapped, log1p((C - 1) * exp(f.s * gap)), 1e-6 * f.trapped);
}

static void where_descent_rests_with_weights_alike(void **state)
{
    (void)state;
    for (int k = 1; k < 30; k++) {
        char settings[64];
        double m = k / 10.0, rest = PI - m;
        snprintf(settings, sizeof settings, "s=30 m=%.1f pi_rule=psi grad=exact", m);
        expect_trap("arcface", settings, 10, PI - m / 2, 2 - 2 * cos(m / 2));
        snprintf(settings, sizeof settings, "s=30 m=%.1f pi_rule=psi grad=detached", m);
        expect_trap("arcface", settings, 10, NAN, NAN);
        snprintf(settings, sizeof settings, "s=30 m=%.1f pi_rule=easy grad=exact", m);
        expect_trap("arcface", settings, 10, NAN, NAN);
        snprintf(settings, sizeof settings, "s=30 m=%.1f pi_rule=drop grad=exact", m);
        expect_trap("arcface", settings, 10, m < PI / 2 ? rest : NAN, 0);
        snprintf(settings, sizeof settings, "s=30 m=%.1f pi_rule=insightface grad=exact", m);
        expect_trap("arcface", settings, 10, m < PI / 2 ? rest : NAN, m * sin(m));
        snprintf(settings, sizeof settings, "s=30 m=%.1f pi_rule=none grad=exact", m);
        expect_trap("arcface", settings, 10, PI, cos(m) - 1);
    }
    expect_trap("arcface", "s=30 m=0 grad=exact", 10, NAN, NAN);
    expect_trap("arcface", "s=30 m=.5 grad=exact", 2, NAN, NAN);
    expect_trap("combined", "s=30 m1=1 m2=.5 m3=.2 grad=exact", 10, PI - 0.25, 2.2 - 2 * cos(0.25));
    expect_trap("cosface", "s=30 m=.35", 10, NAN, NAN);
    expect_trap("curricularface", "s=30 m=.5", 10, NAN, NAN);
    expect_trap("sphereface", "", 10, NAN, NAN);
}

/* A step of descent with the head's own gradients; rows keep length 1. */
static void descend(float *v, const float *g, int rows, int D, float rate)
{
    for (int i = 0; i < rows; i++) {
        double norm = 0;
        for (int d = 0; d < D; d++) {
            v[i * D + d] -= rate * g[i * D + d];
            norm += (double)v[i * D + d] * v[i * D + d];
        }
        for (int d = 0; d < D; d++)
            v[i * D + d] /= (float)sqrt(norm);
    }
}

/* Ten embeddings and ten class weights that may go anywhere, from a start close to the rest. Returns the loss
 * in the end, and the embeddings' mean cosine to their weights. */
static double released(const char *settings, double theta, double *cosine, struct mt_pool *pool)
{
    enum { C = 10, D = 3 };
    struct head_fixture h;
    float x[C * D], dx[C * D], noise[2 * C * D];
    int32_t label[C];
    struct mt_head_stats sum;
    head_make(&h, "arcface", settings, C, D, C, pool);
    struct mt_tensor *w = mt_tensors_find(&h.tensors, "head/weight");
    fill_normal(noise, 2 * C * D, 0.05, 1);
    for (int i = 0; i < C; i++) {
        label[i] = i;
        for (int d = 0; d < D; d++) {
            double axis = d == 0 ? cos(theta) : d == 1 ? sin(theta) : 0;
            x[i * D + d] = (float)axis + noise[i * D + d];
            w->data[i * D + d] = (d == 0 ? 1 : 0) + noise[(C + i) * D + d];
        }
    }
    for (int k = 0; k < 4000; k++) {
        sum = (struct mt_head_stats){0};
        h.type->step(h.h, C, x, label, dx, &sum);
        descend(x, dx, C, D, 0.2F / 30);
        descend(w->data, w->grad, C, D, 0.2F / 30);
    }
    *cosine = sum.target_cos / C;
    head_drop(&h);
    return sum.loss / C;
}

/* Figures of the same descent written in numpy, and, where BFGS applies, of that. */
static void descent_stays_in_the_trap(void **state)
{
    double cosine, loss = released("s=30 m=.8 pi_rule=psi grad=exact", PI - 0.4, &cosine, *state);
    assert_float_equal(loss, 5.789, 0.005);
    assert_float_equal(cosine, -0.894, 0.001);
    loss = released("s=30 m=.5 pi_rule=psi grad=exact", PI - 0.25, &cosine, *state);
    assert_float_equal(loss, 3.512, 0.005);
    assert_float_equal(cosine, -0.951, 0.001);
    released("s=30 m=.8 pi_rule=drop grad=exact", PI - 0.8, &cosine, *state);
    assert_float_equal(cosine, -0.702, 0.005); /* at the jump, pi - m */
    static const char *const free_of_it[] = {"s=30 m=.8 pi_rule=psi grad=detached",
                                             "s=30 m=.5 pi_rule=easy grad=exact"};
    for (size_t i = 0; i < sizeof free_of_it / sizeof *free_of_it; i++) {
        assert_true(released(free_of_it[i], PI - 0.4, &cosine, *state) < 0.02);
        assert_true(cosine > 0.9);
    }
}

static double settled(const char *name, const char *settings, const char *key, int C, int D)
{
    struct mt_variant head = settled_head(name, settings, C, D);
    double value = mt_setting_real(head.kind, head.cfg, key);
    if (head.kind->settle)
        assert_true(*mt_setting_choice(head.kind, head.cfg, "grad")); /* known once m is */
    free(head.cfg);
    return value;
}

static void numbers_for_auto(void **state)
{
    (void)state;
    assert_float_equal(settled("arcface", "m=auto", "m", 10, 3), 0.577, 1e-12);
    assert_float_equal(settled("arcface", "m=auto", "m", 10, 64), 0.841, 1e-12);
    assert_float_equal(settled("curricularface", "m=auto", "m", 10, 2), 0.314, 1e-12);
    assert_float_equal(settled("arcface", "m=auto", "m", 2, 2), 1.0, 1e-12);
    assert_float_equal(settled("arcface", "m=auto", "s", 10, 3), 64, 0); /* was not asked for */
    assert_float_equal(settled("arcface", "s=auto m=.3", "m", 10, 3), 0.3, 0);

    /* Both together: probability .999 with the margin, at the simplex. */
    struct mt_feasibility f = doctor("arcface", "s=auto m=auto", 10, 9);
    assert_true(exp(-f.floor) >= 0.999 && exp(-f.floor) < 0.9992);
    assert_int_equal(f.warnings, 0);
    f = doctor("combined", "s=auto m2=0 m3=0", 4, 3);
    assert_float_equal(f.s, 6.1, 1e-12);                     /* CosFace's bound, 6.002, rounded up */
    f = doctor("arcface", "s=auto m=2 pi_rule=none", 4, 64); /* cannot be met: s as without margin */
    assert_float_equal(f.s, 6.1, 1e-12);

    /* Embeddings within a quarter of the angle meet cosface's margin, and just so. */
    double apart = 66.1468 / DEGREES, m = settled("cosface", "m=auto", "m", 10, 3);
    assert_float_equal(cos(apart / 4) - m, cos(3 * apart / 4), 1.1e-3);
    /* Unguarded, collapse never pays at arcface's m: auto. */
    for (int D = 2; D < 8; D++) {
        f = doctor("arcface", "s=auto m=auto pi_rule=none", 10, D);
        assert_int_equal(f.warnings, 0);
    }
}

static int open_pool(void **state)
{
    struct mt_err err;
    struct mt_pool *pool;
    int rc = mt_pool_new(&pool, 1, &err);
    *state = pool;
    return rc;
}

static int close_pool(void **state)
{
    mt_pool_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_of_arcface),
        cmocka_unit_test(collapse_pays_in_few_dimensions),
        cmocka_unit_test(where_collapse_begins_to_pay),
        cmocka_unit_test(guides_to_s),
        cmocka_unit_test(warnings),
        cmocka_unit_test(heads_compute_what_they_say),
        cmocka_unit_test(where_descent_rests_with_weights_alike),
        cmocka_unit_test(descent_stays_in_the_trap),
        cmocka_unit_test(numbers_for_auto),
    };
    return cmocka_run_group_tests(tests, open_pool, close_pool);
}
