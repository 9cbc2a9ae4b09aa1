/* bf16 kernels: rounding and changes of order against their definition, engines against sums in double
 * precision and against one another. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/math/kernels.h"

static uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static uint32_t random_bits(struct mt_rng *rng)
{
    return mt_rng_below(rng, 65536) << 16 | mt_rng_below(rng, 65536);
}

static void *aligned(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(p);
    memset(p, 0xa5, bytes);
    return p;
}

/* Among the two neighbors in bf16 the nearer one, of two the even one. */
static void rounds_to_nearest_even(void **state)
{
    (void)state;
    struct mt_rng rng;
    mt_rng_init(&rng, 1, MT_STREAM_TEST, 1, 0);
    for (int i = 0; i < 100000; i++) {
        const uint32_t u = i % 3 ? random_bits(&rng) : random_bits(&rng) << 16 | (i % 2 ? 0x8000 : 0x4000);
        const float x =
            float_of(u & 0xfeffffff); /* far enough below infinity that both neighbors are finite */
        const uint16_t low = (uint16_t)(bits_of(x) >> 16), high = (uint16_t)(low + 1), got = mt_bf16_round(x);
        const double below = fabs((double)x - mt_bf16_value(low)),
                     above = fabs(mt_bf16_value(high) - (double)x);
        assert_int_equal(got, below < above ? low : above < below ? high : low & 1 ? high : low);
    }
    assert_int_equal(mt_bf16_round(INFINITY), 0x7f80);
    assert_int_equal(mt_bf16_round(-INFINITY), 0xff80);
    assert_int_equal(mt_bf16_round(float_of(0x7f7fffff)), 0x7f80);
    assert_true(isnan(mt_bf16_value(mt_bf16_round(float_of(0x7f800001)))));
    assert_true(isnan(mt_bf16_value(mt_bf16_round(float_of(0xffffffff)))));
}

/* Numbers of all kinds. */
static float *anything(size_t n, uint32_t seed)
{
    struct mt_rng rng;
    float *x = aligned(n * sizeof *x);
    mt_rng_init(&rng, seed, MT_STREAM_TEST, 2, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = i % 5 ? float_of(random_bits(&rng)) : (float)mt_rng_normal(&rng);
    return x;
}

static void changes_of_order(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    const int n_sets = mt_kernels_all(set);
    enum { N = 9, STEP = 96 };
    float *a = anything(N * 32, 1), *b = anything(N * 16, 2);
    uint16_t *to = aligned(N * MT_BF16_TILE * 2);
    for (int s = 0; s < n_sets; s++) {
        const struct mt_bf16_kernels *k = &set[s]->bf16;
        for (int with = 0; with < 2; with++) {
            k->pairs(a, with ? b : NULL, N, to, STEP);
            for (int i = 0; i < N * 16; i++) {
                assert_int_equal(to[i / 16 * STEP + i % 16 * 2], mt_bf16_round(a[i]));
                assert_int_equal(to[i / 16 * STEP + i % 16 * 2 + 1], with ? mt_bf16_round(b[i]) : 0);
            }
        }
        k->plain(a, 32, N, to);
        for (int i = 0; i < N * 16; i++)
            assert_int_equal(to[i], mt_bf16_round(a[i / 16 * 32 + i % 16]));
        k->tiles(a, N, to);
        for (int i = 0; i < (N + 1) * 16; i++)
            assert_int_equal(to[i / 32 * MT_BF16_TILE + i % 32], i < N * 16 ? mt_bf16_round(a[i]) : 0);
    }
    free(a);
    free(b);
    free(to);
}

static void changes_columns(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    const int n_sets = mt_kernels_all(set);
    enum { N = 3, ROW = 64 };
    struct mt_rng rng;
    uint16_t source[16 * (N * 32 + 16)], *to = aligned(N * 16 * ROW * 2);
    const uint16_t *from[16];
    mt_rng_init(&rng, 3, MT_STREAM_TEST, 3, 0);
    for (size_t i = 0; i < sizeof source / sizeof *source; i++)
        source[i] = (uint16_t)random_bits(&rng);
    for (int c = 0; c < 16; c++)
        from[c] = source + c * (N * 32 + 16) + c % 2 * 16;
    for (int s = 0; s < n_sets; s++) {
        memset(to, 0, N * 16 * ROW * 2);
        set[s]->bf16.columns(from, N, to, ROW);
        for (int k = 0; k < N * 16; k++)
            for (int c = 0; c < 16; c++)
                for (int h = 0; h < 2; h++)
                    assert_int_equal(to[k * ROW + 2 * c + h], from[c][k * 2 + h]);
    }
    free(to);
}

/* ---- engines ---- */

static uint16_t *numbers(size_t n, uint32_t seed)
{
    struct mt_rng rng;
    uint16_t *x = aligned(n * sizeof *x);
    mt_rng_init(&rng, seed, MT_STREAM_TEST, 4, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = mt_bf16_round((float)mt_rng_normal(&rng));
    return x;
}

static int engines(const struct mt_bf16_engine *engine[9])
{
    const struct mt_kernels *set[3];
    const int n_sets = mt_kernels_all(set);
    int n = 0;
    for (int s = 0; s < n_sets; s++)
        n += mt_bf16_all(set[s], engine + n);
    return n;
}

/* Those with the order of the first agree in every bit. */
static void same_bytes(const struct mt_bf16_engine *e, const float *got, float **first, size_t n)
{
    if (strcmp(e->order, "split") != 0)
        return;
    if (!*first) {
        *first = aligned(n * sizeof **first);
        memcpy(*first, got, n * sizeof **first);
    }
    for (size_t i = 0; i < n; i++) /* which not-a-number is left to the compiler */
        if (!isnan(got[i]) || !isnan((*first)[i]))
            assert_int_equal(bits_of(got[i]), bits_of((*first)[i]));
}

struct sums {
    double sum, size; /* of products, and of their magnitudes */
};

static void add(struct sums *s, uint16_t a, uint16_t b)
{
    const double product = (double)mt_bf16_value(a) * mt_bf16_value(b);
    s->sum += product;
    s->size += fabs(product);
}

/* Each of the terms is added once and rounded once. */
static void close_to(const struct mt_bf16_engine *e, float got, struct sums want, int terms)
{
    if (!(fabs(got - want.sum) <= want.size * (terms + 4) * 0x1p-24))
        fail_msg("%s: %.9g, not %.9g (%d terms)", e->name, got, want.sum, terms);
}

static void check_run(int filters, int rows, int cols, int taps_h, int tiles, int pairs)
{
    const int width = cols + 2 * tiles * 16, height = rows + taps_h, w_tile = taps_h * tiles * MT_BF16_TILE;
    const size_t n = (size_t)(filters * (rows * cols + 1) * 16);
    const struct mt_bf16_engine *engine[9];
    const int n_engines = engines(engine);
    uint16_t *w = numbers((size_t)(2 * w_tile), 5), *x = numbers((size_t)(height * width * pairs * 32), 6);
    float *start = anything(32 * 16, 7), *y = aligned(n * sizeof *y), *first = NULL;
    for (int i = 0; i < 32 * 16; i++)
        start[i] = (float)(i / 16 % 5) - 2;
    const struct mt_bf16_run r = {.rows = rows,
                                  .cols = cols,
                                  .taps_h = taps_h,
                                  .tiles = tiles,
                                  .filters = filters,
                                  .w = w,
                                  .x = x,
                                  .w_tile = (size_t)w_tile,
                                  .x_row = width * pairs * 32,
                                  .x_col = pairs * 32,
                                  .x_tap_row = width * pairs * 32,
                                  .start = start,
                                  .y = y,
                                  .y_filter = (rows * cols + 1) * 16,
                                  .y_row = cols * 16};
    for (int e = 0; e < n_engines; e++) {
        for (size_t i = 0; i < n; i++)
            y[i] = 77;
        const uint32_t entered = engine[e]->enter();
        engine[e]->run(&r);
        engine[e]->leave(entered);
        for (int i = 0; i < (int)n; i++) {
            const int f = i / 16 / (rows * cols + 1), at = i / 16 % (rows * cols + 1), l = i % 16;
            if (at == rows * cols) {
                assert_true(y[i] == 77);
                continue;
            }
            struct sums s = {start[f * 16 + l], fabs(start[f * 16 + l])};
            for (int k = 0; k < taps_h * tiles * 32; k++) {
                const int tap = k / (tiles * 32), in = k % (tiles * 32);
                add(&s, w[f / 16 * w_tile + k / 32 * MT_BF16_TILE + f % 16 * 32 + k % 32],
                    x[(at / cols + tap) * r.x_row + at % cols * r.x_col + in / 2 * 32 + l * 2 + in % 2]);
            }
            close_to(engine[e], y[i], s, taps_h * tiles * 32 + 1);
        }
        same_bytes(engine[e], y, &first, n);
    }
    free(w);
    free(x);
    free(start);
    free(y);
    free(first);
}

static void engines_run(void **state)
{
    (void)state;
    static const int filters[] = {1, 15, 16, 17, 32};
    for (int i = 0; i < 5; i++)
        for (int cols = 1; cols < 7; cols++)
            check_run(filters[i], 1 + cols % 2, cols, 1 + i % 3, 1 + cols % 3, 1 + i);
}

static void check_outer(int rows, int pairs, int filters, int columns, bool add_to)
{
    const int x_k = 3 * 32, x_row = (pairs * 16 + 8) * x_k, dz_tile = rows * pairs * MT_BF16_TILE;
    const size_t n = (size_t)(filters * columns * 256);
    const struct mt_bf16_engine *engine[9];
    const int n_engines = engines(engine);
    uint16_t *dz = numbers((size_t)(filters * dz_tile), 8), *x = numbers((size_t)(rows * x_row), 9);
    float *acc = aligned(n * sizeof *acc), *first = NULL;
    const struct mt_bf16_outer o = {.rows = rows,
                                    .pairs = pairs,
                                    .filters = filters,
                                    .columns = columns,
                                    .dz = dz,
                                    .x = x,
                                    .dz_tile = (size_t)dz_tile,
                                    .x_row = x_row,
                                    .x_k = x_k,
                                    .acc = acc,
                                    .acc_filter = (size_t)columns * 256,
                                    .acc_column = 256,
                                    .add = add_to};
    for (int e = 0; e < n_engines; e++) {
        for (size_t i = 0; i < n; i++)
            acc[i] = add_to ? 3 : NAN;
        const uint32_t entered = engine[e]->enter();
        engine[e]->outer(&o);
        engine[e]->leave(entered);
        for (int i = 0; i < (int)n; i++) {
            const int f = i / 256 / columns, t = i / 256 % columns, m = i / 16 % 16, column = i % 16;
            struct sums s = {add_to ? 3 : 0, add_to ? 3 : 0};
            for (int k = 0; k < rows * pairs * 32; k++)
                add(&s, dz[f * dz_tile + k / 32 * MT_BF16_TILE + m * 32 + k % 32],
                    x[k / 32 / pairs * x_row + (k / 32 % pairs * 16 + k % 32 / 2) * x_k + t * 32 +
                      column * 2 + k % 2]);
            close_to(engine[e], acc[i], s, rows * pairs * 32 + 1);
        }
        same_bytes(engine[e], acc, &first, n);
    }
    free(dz);
    free(x);
    free(acc);
    free(first);
}

static void engines_outer(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++)
        check_outer(1 + i % 3, 1 + i / 2, 1 + i % 2, 1 + i / 2 % 2, i / 4);
}

/* Where denormal numbers, infinities and products out of range meet: all but plain C still agree. */
static void engines_agree_on_anything(void **state)
{
    (void)state;
    struct mt_rng rng;
    const struct mt_bf16_engine *engine[9];
    const int n_engines = engines(engine);
    uint16_t *w = aligned(MT_BF16_TILE * 2), *x = aligned(MT_BF16_TILE * 2);
    float *start = anything(16 * 16, 8), *y = aligned(256 * sizeof *y);
    mt_rng_init(&rng, 10, MT_STREAM_TEST, 10, 0);
    for (int round = 0; round < 50; round++) {
        float *first = NULL;
        for (int i = 0; i < MT_BF16_TILE; i++) { /* exponents of all sizes, or of the smallest */
            w[i] = (uint16_t)(round % 2 ? random_bits(&rng) : random_bits(&rng) & 0x9fff);
            x[i] = (uint16_t)(round % 2 ? random_bits(&rng) : random_bits(&rng) & 0x9fff);
        }
        const struct mt_bf16_run r = {1, 1, 1, 1, 16, w, x, 0, 0, 0, 0, start, y, 16, 0};
        for (int e = 0; e < n_engines; e++) {
            if (!strcmp(engine[e]->name, "c"))
                continue;
            const uint32_t entered = engine[e]->enter();
            engine[e]->run(&r);
            engine[e]->leave(entered);
            same_bytes(engine[e], y, &first, 256);
        }
        free(first);
    }
    free(w);
    free(x);
    free(start);
    free(y);
}

/* All factors are 1, so the sum of all chains is the number of products. */
static void peaks_count_products(void **state)
{
    (void)state;
    const struct mt_bf16_engine *engine[9];
    const int n_engines = engines(engine);
    for (int e = 0; e < n_engines; e++) {
        assert_int_equal(engine[e]->peak != NULL, engine[e]->round_flops > 0);
        if (engine[e]->peak)
            assert_true(engine[e]->peak(20) == 20.0f * (float)(engine[e]->round_flops / 2));
    }
}

static void enter_and_leave(void **state)
{
    (void)state;
    const struct mt_bf16_engine *engine[9];
    const int n_engines = engines(engine);
    volatile float small = 1e-38f;
    for (int e = 0; e < n_engines; e++) {
        engine[e]->leave(engine[e]->enter());
        assert_true(small / 4 > 0);
    }
    assert_null(strstr(mt_bf16_pick(mt_kernels_pick("c"))->name, "avx"));
    assert_string_equal(mt_bf16_pick(mt_kernels_pick("c"))->name, "c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_to_nearest_even), cmocka_unit_test(changes_of_order),
        cmocka_unit_test(changes_columns),        cmocka_unit_test(engines_run),
        cmocka_unit_test(engines_outer),          cmocka_unit_test(engines_agree_on_anything),
        cmocka_unit_test(peaks_count_products),   cmocka_unit_test(enter_and_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
