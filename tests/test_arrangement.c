/* Tests of the arrangements of classes on a sphere that lib/head finds: how far apart the classes stand, how
 * crowded they are, and the minimizer behind both. */
#include "tests/test.h"

#include <math.h>

#include "lib/head/arrangement.h"
#include "lib/head/minimize.h"

#define DEGREES (180 / M_PI)

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
    assert_true(s.angle > 0.5 && s.angle <= M_PI / 2);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms), cmocka_unit_test(best_known_arrangements),
        cmocka_unit_test(bounds),       cmocka_unit_test(crowding_of_polytopes),
        cmocka_unit_test(minimizer),    cmocka_unit_test(found_arrangements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
