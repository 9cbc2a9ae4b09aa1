/* Tests of the heads' row kernels (lib/math/softmax.h, unit.h): every set against formulas in double, and
 * avx512 against avx2 byte for byte. */
#include "tests/test.h"

#include <float.h>
#include <math.h>

#include "lib/core/rng.h"
#include "lib/math/kernels.h"

#define MOST 200
#define GUARD 4e4f /* stands behind every row and must stay */

static void draw(float *v, int n, double scale, uint32_t stream)
{
    struct mt_rng rng;
    mt_rng_init(&rng, 21, MT_STREAM_TEST, stream, 0);
    for (int i = 0; i < n; i++)
        v[i] = (float)(scale * mt_rng_normal(&rng));
    v[n] = GUARD;
}

static const int lengths[] = {2, 3, 10, 15, 16, 17, 31, 32, 33, 100, 193};

/* Rows with gaps, equal numbers, very large and very small ones. */
enum { RANDOM, LARGE, TINY, GAPS, EQUAL, KINDS };

static void some_row(int kind, int C, float *c)
{
    draw(c, C, kind == LARGE ? 1e4 : kind == TINY ? 1e-30 : 0.5, (uint32_t)(C + kind));
    for (int j = 0; j < C; j++)
        if (kind == EQUAL)
            c[j] = j % 3 ? 0.25f : -0.5f;
        else if (kind == GAPS && j % 4 == 1 && j + 2 < C)
            c[j] = -INFINITY;
}

struct want {
    double max, sum, e[MOST];
    int first;
};

/* The formula, of numbers that are floats: exponents come from differences rounded to float, as in the
 * kernel. */
static struct want formula(int C, int y, double scale, const float *c)
{
    struct want w = {.max = -INFINITY};
    for (int j = 0; j < C; j++)
        if (j != y && (double)c[j] > w.max) {
            w.max = (double)c[j];
            w.first = j;
        }
    for (int j = 0; j < C; j++) {
        const float away = c[j] - (float)w.max, x = (float)scale * away;
        w.e[j] = j == y ? 0 : exp(fmax((double)x, -80));
        w.sum += w.e[j];
    }
    return w;
}

static bool near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * fabs(b);
}

static void assert_lse(const struct mt_lse *got, const struct want *want, double scale)
{
    assert_true(got->scale == scale && (double)got->max == want->max && got->first == want->first);
    assert_true(near(got->sum, want->sum, 3e-7));
}

static void check_row(const struct mt_softmax_kernels *k, int C, int y, double scale, const float *bias,
                      const float *c, float *e)
{
    struct mt_lse lse;
    float sums[MOST];
    for (int j = 0; j < C; j++)
        sums[j] = bias ? c[j] + bias[j] : c[j];
    const struct want want = formula(C, y, scale, sums);
    memcpy(e, c, ((size_t)C + 1) * sizeof *e);
    k->row(C, y, scale, bias, e, &lse);
    assert_lse(&lse, &want, scale);
    for (int j = 0; j < C; j++)
        assert_true(near((double)e[j], want.e[j], 3e-7));
    assert_true(e[C] == GUARD && e[y] == 0);
}

static void rows_of_all_kinds(void **state)
{
    static const double scales[] = {0, 1e-3, 1, 64, 1e6};
    const struct mt_kernels *set[3];
    const int sets = mt_kernels_all(set);
    (void)state;
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        const int C = lengths[n];
        for (int kind = 0; kind < KINDS; kind++) {
            for (size_t s = kind == GAPS; s < sizeof scales / sizeof *scales;
                 s++) { /* 0 times infinity is nothing */
                float c[MOST], bias[MOST], e[3][MOST];
                some_row(kind, C, c);
                draw(bias, C, 0.1, 77);
                for (int k = 0; k < sets; k++)
                    check_row(&set[k]->softmax, C, (int)(s * 7) % C, scales[s], s % 2 ? bias : NULL, c, e[k]);
                if (sets == 3)
                    assert_memory_equal(e[0], e[1], (size_t)C * sizeof *e[0]);
            }
        }
    }
}

static void check_curriculum(const struct mt_softmax_kernels *k, int C, int y, double scale, double threshold,
                             float t, const float *c, float *e)
{
    float harder[MOST], slope[MOST];
    struct mt_lse score, loss;
    for (int j = 0; j < C; j++) {
        const bool hard = (double)c[j] > threshold && j != y;
        harder[j] = hard ? c[j] * (t + c[j]) : c[j];
        slope[j] = hard ? c[j] + c[j] + t : 1;
    }
    const struct want plain = formula(C, y, scale, c), want = formula(C, y, scale, harder);
    memcpy(e, c, ((size_t)C + 1) * sizeof *e);
    k->curriculum(C, y, scale, threshold, t, e, &score, &loss);
    assert_lse(&score, &plain, scale);
    assert_lse(&loss, &want, scale);
    for (int j = 0; j < C; j++)
        assert_true(near((double)e[j], want.e[j] * (double)slope[j], 4e-7));
    assert_true(e[C] == GUARD && e[y] == 0);
}

/* Also a threshold between two floats, one that is a score, and none at all. */
static void curriculum_of_all_kinds(void **state)
{
    const struct mt_kernels *set[3];
    const int sets = mt_kernels_all(set);
    (void)state;
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        const int C = lengths[n];
        float c[MOST], e[3][MOST];
        draw(c, C, 0.5, (uint32_t)C);
        const double mid = (double)c[C / 2];
        const double thresholds[] = {mid, nextafter(mid, -1), nextafter(mid, 1), -2, 2, 0.1};
        for (int s = 0; s < 18; s++) {
            for (int k = 0; k < sets; k++)
                check_curriculum(&set[k]->softmax, C, s % C, (const double[]){0, 4, 64}[s % 3],
                                 thresholds[s / 3], s % 2 ? 0.3f : -0.2f, c, e[k]);
            if (sets == 3)
                assert_memory_equal(e[0], e[1], (size_t)C * sizeof *e[0]);
        }
    }
}

static void no_number_stays_so(void **state)
{
    const struct mt_kernels *set[3];
    const int sets = mt_kernels_all(set);
    (void)state;
    for (int k = 0; k < sets; k++) {
        for (int at = 1; at < 20; at += 18) { /* in a whole vector and in the last one */
            float a[20] = {0}, b[20] = {0};
            struct mt_lse score, loss;
            a[at] = b[at] = NAN;
            set[k]->softmax.row(20, 0, 4, NULL, a, &loss);
            assert_true(isnan(loss.sum) && isnan(a[at]));
            set[k]->softmax.curriculum(20, 0, 4, 0.5, 0.1f, b, &score, &loss);
            assert_true(isnan(score.sum) && isnan(loss.sum) && isnan(b[at]));
            set[k]->softmax.gradient(20, 0.5f, 1e-3f, a);
            assert_true(isnan(a[at]));
        }
    }
}

static void gradients_leave_out_the_least(void **state)
{
    const struct mt_kernels *set[3];
    const int sets = mt_kernels_all(set);
    (void)state;
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        for (int k = 0; k < sets; k++) {
            float e[MOST], was[MOST];
            const int C = lengths[n];
            draw(e, C, 1, (uint32_t)C);
            e[C - 1] = 0.5f; /* the bound itself counts */
            memcpy(was, e, sizeof was);
            set[k]->softmax.gradient(C, 0.3f, 0.5f, e);
            for (int j = 0; j < C; j++)
                assert_true(e[j] == (fabsf(was[j]) < 0.5f ? 0 : 0.3f * was[j]));
            assert_true(e[C] == GUARD);
        }
    }
}

/* ---- unit.h ---- */

struct rows {
    float x[MOST], w[MOST], y[MOST];
};

static void some_rows(int D, struct rows *r)
{
    draw(r->x, D, 1, (uint32_t)D);
    draw(r->w, D, 1, (uint32_t)D + 1000);
    draw(r->y, D, 1, (uint32_t)D + 2000);
}

static void check_sums(const struct mt_unit_kernels *k, int D, const struct rows *r, double got[4])
{
    double want[4] = {0}, size = 1e-300;
    struct rows t = *r;
    got[0] = k->dot(D, r->x, r->w);
    k->apart(D, 0.7, r->x, -0.4, r->w, &got[1], &got[2]);
    got[3] = k->tangent(D, -0.7, r->x, 1.3, r->w, 0.01, t.y);
    for (int d = 0; d < D; d++) {
        const double x = (double)r->x[d], w = (double)r->w[d], y = (-0.7 * x + 1.3 * w) + 0.01 * x;
        const double term[4] = {x * w, pow(0.7 * x + 0.4 * w, 2), pow(0.7 * x - 0.4 * w, 2), y * y};
        for (int i = 0; i < 4; i++)
            want[i] += term[i];
        size += fabs(x * w);
        assert_true(fabs((double)t.y[d] - y) <= 6e-8 * fabs(y));
    }
    assert_true(t.y[D] == GUARD);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(got[i] - want[i]) <= 1e-14 * (i ? want[i] : size));
}

static void check_maps(const struct mt_unit_kernels *k, int D, const struct rows *r, struct rows *out)
{
    struct rows combined = *r, leant = *r, scaled = *r;
    k->combine(D, 0.9, 2.5, r->x, -1.5, r->w, combined.y);
    k->lean(D, 0.9, 2.5, r->x, leant.y);
    k->scale(D, 0.3, scaled.y, scaled.y);
    for (int d = 0; d < D; d++) {
        const double x = (double)r->x[d], w = (double)r->w[d], y = (double)r->y[d];
        assert_true(combined.y[d] == (float)(0.9 * ((y + 2.5 * x) + -1.5 * w)));
        assert_true(leant.y[d] == (float)(0.9 * (y + 2.5 * x)));
        assert_true(scaled.y[d] == (float)(0.3 * y));
    }
    assert_true(combined.y[D] == GUARD && leant.y[D] == GUARD && scaled.y[D] == GUARD);
    *out = combined;
}

static void rows_in_double(void **state)
{
    const struct mt_kernels *set[3];
    const int sets = mt_kernels_all(set);
    (void)state;
    for (int D = 1; D < 70; D++) {
        struct rows r, first, other;
        double sums[2][4];
        memset(&r, 0, sizeof r);
        some_rows(D, &r);
        check_sums(&set[0]->unit, D, &r, sums[0]);
        check_maps(&set[0]->unit, D, &r, &first);
        for (int k = 1; k < sets; k++) {
            check_sums(&set[k]->unit, D, &r, sums[1]);
            check_maps(&set[k]->unit, D, &r, &other);
            assert_memory_equal(sums[0], sums[1], sizeof sums[0]);
            assert_memory_equal(&first, &other, sizeof first);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_all_kinds),  cmocka_unit_test(curriculum_of_all_kinds),
        cmocka_unit_test(no_number_stays_so), cmocka_unit_test(gradients_leave_out_the_least),
        cmocka_unit_test(rows_in_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
