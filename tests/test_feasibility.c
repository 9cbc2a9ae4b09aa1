/* Tests of what is known of a head before it trains: angles between classes, losses of the best and of the
 * collapsed arrangement, warnings, and the numbers that stand for auto. */
#include "tests/head_fixture.h"

#include <math.h>

#include "lib/head/auto.h"
#include "lib/head/feasibility.h"
#include "lib/head/minimize.h"

#define PI 3.14159265358979323846
#define DEGREES (180 / PI)

static double angle(int C, int D)
{
    struct mt_spread s;
    struct mt_err err;
    assert_int_equal(mt_spread_best(&s, C, D, NULL, &err), 0);
    return s.angle * DEGREES;
}

static double crowding(int C, int D, double s, double f0)
{
    struct mt_crowding c;
    struct mt_err err;
    assert_int_equal(mt_crowding_best(&c, C, D, s, f0, NULL, &err), 0);
    return c.v;
}

/* What the doctor says of a head; settings as in head_fixture.h. */
static struct mt_feasibility doctor(const char *name, const char *settings, int C, int D)
{
    struct mt_feasibility f;
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
    assert_int_equal(mt_feasibility_of(&f, &head, C, D, NULL, &err), 0);
    free(head.cfg);
    return f;
}

static void closed_forms(void **state)
{
    (void)state;
    static const struct {
        int C, D;
        double degrees;
    } known[] = {{2, 1, 180}, {2, 2, 180},       {2, 3, 180},        {3, 1, 0},      {3, 2, 120}, {3, 3, 120},
                 {4, 2, 90},  {5, 2, 72},        {4, 3, 109.471221}, {5, 3, 90},     {6, 3, 90},  {10, 2, 36},
                 {10, 5, 90}, {10, 9, 96.37937}, {10, 64, 96.37937}, {1000, 500, 90}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_float_equal(angle(known[i].C, known[i].D), known[i].degrees, 1e-5);
}

/* N. J. A. Sloane's tables of spherical codes; 24 points in 4 dimensions are the 24-cell, 120 the 600-cell.
 */
static void best_known_arrangements(void **state)
{
    (void)state;
    static const struct {
        int C, D;
        double degrees;
    } known[] = {{7, 3, 77.86954},  {8, 3, 74.85849},  {9, 3, 70.52878},  {10, 3, 66.14682},
                 {11, 3, 63.43495}, {12, 3, 63.43495}, {13, 3, 57.13670}, {14, 3, 55.67057},
                 {15, 3, 53.65785}, {16, 3, 52.24440}, {17, 3, 51.09033}, {20, 3, 47.43104},
                 {24, 3, 43.69077}, {10, 4, 80.40596}, {24, 4, 60}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double found = angle(known[i].C, known[i].D);
        if (found > known[i].degrees + 1e-4 || found < known[i].degrees - 0.01)
            fail_msg("%d points in %d dimensions: %.5f for %.5f", known[i].C, known[i].D, found,
                     known[i].degrees);
    }
    assert_true(angle(13, 3) == angle(13, 3)); /* the same numbers again */
}

/* What is too large to search: the area of caps on the sphere in 3 dimensions is known. */
static void bounds(void **state)
{
    (void)state;
    struct mt_spread s;
    struct mt_crowding c;
    struct mt_err err;
    assert_int_equal(mt_spread_best(&s, 2000, 3, NULL, &err), 0);
    assert_int_equal(s.known, MT_KNOWN_BOUND);
    assert_float_equal(s.angle, 2 * acos(1 - 2.0 / 2000), 1e-6);
    assert_int_equal(mt_spread_best(&s, 100000, 64, NULL, &err), 0);
    assert_true(s.angle > 0.5 && s.angle <= PI / 2);
    assert_int_equal(mt_spread_best(&s, 2000000000, 3, NULL, &err), 0);
    assert_true(s.angle > 0 && s.angle < 1e-3);
    assert_int_equal(mt_crowding_best(&c, 2000, 3, 30, 1, NULL, &err), 0);
    assert_int_equal(c.known, MT_KNOWN_BOUND);
    assert_float_equal(c.v, -1.0 / 1999, 1e-12);
}

/* Arrangements that look the same from every class: their v has a closed form, and they are the best. */
static void crowding_of_polytopes(void **state)
{
    (void)state;
    double s = 30, near = 1 / sqrt(5);
    assert_float_equal(crowding(4, 3, s, 0), -1.0 / 3, 1e-12);
    assert_float_equal(crowding(4, 2, s, 0), log((2 + exp(-s)) / 3) / s, 1e-12);
    assert_float_equal(crowding(6, 3, s, 0.8), log((4 + exp(-s)) / 5) / s, 1e-6);
    double icosahedron = log((5 * exp(s * near) + 5 * exp(-s * near) + exp(-s)) / 11) / s;
    assert_float_equal(crowding(12, 3, s, 0.8), icosahedron, 1e-6);
    assert_float_equal(crowding(12, 3, s, -0.9), icosahedron, 1e-6); /* where the loss is large */
    double cell = log((8 * exp(s / 2) + 6 + 8 * exp(-s / 2) + exp(-s)) / 23) / s;
    assert_float_equal(crowding(24, 4, s, 0.8), cell, 1e-6);
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
    struct mt_err err;
    struct mt_variant head = {.kind = mt_table_find(&mt_head_table, name)};
    head.cfg = calloc(1, head.kind->cfg_size);
    assert_non_null(head.cfg);
    mt_setting_defaults(head.kind, head.cfg);
    assert_true(mt_setting_set_all(head.kind, head.cfg, settings));
    if (head.kind->settle)
        head.kind->settle(head.cfg);
    assert_int_equal(mt_auto_settle(&head, C, D, &err), 0);
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

/* H. H. Rosenbrock's valley. */
static double valley(void *arg, const double *x, double *g)
{
    double a = 1 - x[0], b = x[1] - x[0] * x[0];
    ++*(int *)arg;
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return a * a + 100 * b * b;
}

static void minimizer(void **state)
{
    (void)state;
    double x[] = {-1.2, 1}, space[2 * (2 * MT_MINIMIZE_PAIRS + 4)];
    int calls = 0;
    assert_int_equal(mt_minimize_space(2), sizeof space / sizeof *space);
    assert_true(mt_minimize(valley, &calls, x, 2, 200, space) < 1e-12);
    assert_float_equal(x[0], 1, 1e-5);
    assert_float_equal(x[1], 1, 1e-5);
    assert_true(calls < 200);
}

/* What was found is found again, for what was asked and nothing else; a full memory is only no help. */
static void found_arrangements(void **state)
{
    (void)state;
    static struct mt_arrangements found;
    struct mt_spread s;
    struct mt_crowding c;
    struct mt_err err;
    assert_int_equal(mt_spread_best(&s, 10, 3, &found, &err), 0);
    assert_true(s.angle * DEGREES == angle(10, 3));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(mt_crowding_best(&c, 10, 3, 8 + i, 0.9, &found, &err), 0);
        assert_true(c.v == crowding(10, 3, 8 + i, 0.9));
    }
    assert_int_equal(atomic_load(&found.v[2].state), 2);
    assert_int_equal(atomic_load(&found.v[3].state), 0);
    found.v[0].best = cos(1); /* were it searched for again, this would not come out */
    assert_int_equal(mt_spread_best(&s, 10, 3, &found, &err), 0);
    assert_float_equal(s.angle, 1, 1e-12);
    assert_int_equal(mt_spread_best(&s, 11, 3, &found, &err), 0);
    assert_true(s.angle * DEGREES == angle(11, 3));
    for (int i = 0; i < MT_ARRANGEMENTS; i++)
        atomic_store(&found.v[i].state, 1);
    assert_int_equal(mt_spread_best(&s, 10, 3, &found, &err), 0);
    assert_true(s.angle * DEGREES == angle(10, 3));
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
        cmocka_unit_test(closed_forms),
        cmocka_unit_test(best_known_arrangements),
        cmocka_unit_test(bounds),
        cmocka_unit_test(crowding_of_polytopes),
        cmocka_unit_test(losses_of_arcface),
        cmocka_unit_test(collapse_pays_in_few_dimensions),
        cmocka_unit_test(where_collapse_begins_to_pay),
        cmocka_unit_test(guides_to_s),
        cmocka_unit_test(warnings),
        cmocka_unit_test(heads_compute_what_they_say),
        cmocka_unit_test(where_descent_rests_with_weights_alike),
        cmocka_unit_test(descent_stays_in_the_trap),
        cmocka_unit_test(numbers_for_auto),
        cmocka_unit_test(minimizer),
        cmocka_unit_test(found_arrangements),
    };
    return cmocka_run_group_tests(tests, open_pool, close_pool);
}
