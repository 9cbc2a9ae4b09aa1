/* Tests of the optimizers' kernels (lib/math/update.h): every set against plain loops, and byte for byte the
 * same. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/math/kernels.h"

#define MOST 70 /* elements: whole vectors and every length of a last one */
#define SIZE 96 /* arrays end after whole vectors */

struct arrays {
    float g[SIZE], w[SIZE], m[SIZE], v[SIZE];
} __attribute__((aligned(64)));

/* Ordinary numbers, zeros, and moments that are about to vanish. */
static struct arrays some_arrays(void)
{
    struct arrays a;
    struct mt_rng rng;
    mt_rng_init(&rng, 3, MT_STREAM_TEST, 1, 0);
    for (int i = 0; i < SIZE; i++) {
        const float small = i % 7 == 3 ? 1e-18f : i % 7 == 5 ? 0.0f : 1.0f;
        a.g[i] = small * (float)mt_rng_normal(&rng);
        a.w[i] = (float)mt_rng_normal(&rng);
        a.m[i] = small * small * (float)mt_rng_normal(&rng);
        a.v[i] = small * small * mt_rng_unit(&rng);
    }
    return a;
}

static void squares_are_summed(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    const int sets = mt_kernels_all(set);
    const struct arrays a = some_arrays();
    for (int with_w = 0; with_w < 2; with_w++) {
        const double c = with_w ? 0.3 : 0;
        double sum = 0;
        for (size_t n = 0; n <= MOST; sum += pow((double)a.g[n] + c * (double)a.w[n], 2), n++) {
            const double first = set[0]->update.squares(a.g, with_w ? a.w : NULL, c, n);
            assert_float_equal(first, sum, 1e-13 * sum);
            for (int k = 1; k < sets; k++)
                assert_true(set[k]->update.squares(a.g, a.w, c, n) == first);
        }
    }
}

static void adam_plain(const struct mt_adam_step *s, size_t n, struct arrays *a)
{
    for (size_t i = 0; i < n; i++) {
        const double w = (double)a->w[i];
        const double d =
            (double)s->g_scale * ((double)a->g[i] + (double)s->l2x2 * w) + (double)s->coupled * w;
        const double m = (double)s->beta1 * (double)a->m[i] + (double)s->mean_gain * d;
        const double v = (double)s->beta2 * (double)a->v[i] + (double)s->square_gain * d * d;
        a->m[i] = fabs(m) < (double)s->tiny ? 0 : (float)m;
        a->v[i] = v < (double)s->tiny ? 0 : (float)v;
        a->w[i] = (float)((double)s->keep * w -
                          (double)s->rate * (double)a->m[i] / (sqrt((double)a->v[i]) + (double)s->eps));
    }
}

static bool near(float a, float b)
{
    return fabs((double)a - (double)b) <= 1e-6 * (fabs((double)b) + 1e-6) && (a == 0) == (b == 0);
}

/* Exactly n elements are moved, by every set to the same bytes. */
static void adam_follows_its_formula(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    const int sets = mt_kernels_all(set);
    const struct mt_adam_step s = {.g_scale = 0.7f,
                                   .l2x2 = 0.02f,
                                   .coupled = 0.01f,
                                   .beta1 = 0.9f,
                                   .beta2 = 0.99f,
                                   .mean_gain = 0.1f,
                                   .square_gain = 0.01f,
                                   .tiny = 1e-30f,
                                   .keep = 0.999f,
                                   .rate = 0.01f,
                                   .eps = 1e-7f};
    struct mt_adam_step bare = s;
    bare.l2x2 = bare.coupled = 0;
    for (size_t n = 0; n <= MOST; n++) {
        const struct mt_adam_step *step = n % 2 ? &s : &bare; /* bare ones make moments vanish */
        const struct arrays before = some_arrays();
        struct arrays want = before, first = before;
        adam_plain(step, n, &want);
        set[0]->update.adam(step, n, first.g, first.w, first.m, first.v);
        for (size_t i = 0; i < SIZE; i++) {
            assert_true(near(first.w[i], want.w[i]));
            assert_true(near(first.m[i], want.m[i]));
            assert_true(near(first.v[i], want.v[i]));
        }
        for (int k = 1; k < sets; k++) {
            struct arrays other = before;
            set[k]->update.adam(step, n, other.g, other.w, other.m, other.v);
            assert_memory_equal(&other, &first, sizeof first);
        }
        assert_memory_equal(first.w + n, before.w + n, (SIZE - n) * sizeof *first.w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squares_are_summed),
        cmocka_unit_test(adam_follows_its_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
