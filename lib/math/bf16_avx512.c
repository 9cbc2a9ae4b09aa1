/* bf16_avx512.c: the engine of bf16.h on AVX512-BF16: a pair of products per lane and instruction. */
#include "lib/math/bf16_engines.h"

#include <string.h>

#include "lib/math/bf16_denormals.h"

#define FILTERS 8
#define PIXELS 2
#ifdef __clang__
#define ALL_OF(i, n) _Pragma("clang loop unroll(full)") for (int i = 0; i < (n); i++)
#else
#define ALL_OF(i, n) _Pragma("GCC unroll 8") for (int i = 0; i < (n); i++)
#endif

static inline __m512bh pair(const uint16_t *two) /* in all lanes */
{
    int32_t bits;
    memcpy(&bits, two, sizeof bits);
    return (__m512bh)_mm512_set1_epi32(bits);
}

static inline __m512bh pairs(const uint16_t *p)
{
    return (__m512bh)_mm512_load_si512(p);
}

/* acc[p][f] += 8 rows of A times P B's, b_step apart. */
static inline __attribute__((always_inline)) void product(__m512 acc[PIXELS][FILTERS], const uint16_t *a,
                                                          const uint16_t *b, ptrdiff_t b_step,
                                                          ptrdiff_t b_row, int P)
{
    for (int k = 0; k < 16; k++, b += b_row) {
        __m512bh held[PIXELS];
        ALL_OF(p, P)
        held[p] = pairs(b + p * b_step);
        ALL_OF(f, FILTERS)
        {
            const __m512bh w = pair(a + f * 32 + 2 * k);
            ALL_OF(p, P)
            acc[p][f] = _mm512_dpbf16_ps(acc[p][f], w, held[p]);
        }
    }
}

static inline __attribute__((always_inline)) void run_part(const struct mt_bf16_run *r, const uint16_t *x,
                                                           float *y, int first, int P)
{
    __m512 acc[PIXELS][FILTERS];
    const uint16_t *w = r->w + (size_t)(first / 16) * r->w_tile + first % 16 * 32;
    ALL_OF(p, P)
    ALL_OF(f, FILTERS)
    acc[p][f] = _mm512_load_ps(r->start + (first + f) * 16);
    for (int i = 0; i < r->taps_h; i++, x += r->x_tap_row)
        for (int t = 0; t < r->tiles; t++, w += MT_BF16_TILE)
            product(acc, w, x + t * MT_BF16_TILE, r->x_col, 32, P);
    ALL_OF(p, P)
    ALL_OF(f, FILTERS)
    if (first + f < r->filters)
        _mm512_store_ps(y + (first + f) * r->y_filter + p * 16, acc[p][f]);
}

static void run(const struct mt_bf16_run *r)
{
    for (int row = 0; row < r->rows; row++) {
        for (int f = 0; f < r->filters; f += FILTERS) {
            const uint16_t *x = r->x + row * r->x_row;
            float *y = r->y + row * r->y_row;
            int left = r->cols;
            for (; left >= PIXELS; left -= PIXELS, x += PIXELS * r->x_col, y += PIXELS * 16)
                run_part(r, x, y, f, PIXELS);
            if (left)
                run_part(r, x, y, f, 1);
        }
    }
}

static inline __attribute__((always_inline)) void outer_part(const struct mt_bf16_outer *o, int filter,
                                                             int column, int P)
{
    __m512 acc[PIXELS][FILTERS];
    const uint16_t *dz = o->dz + (size_t)(filter / 16) * o->dz_tile + filter % 16 * 32;
    float *to =
        o->acc + (size_t)(filter / 16) * o->acc_filter + (size_t)column * o->acc_column + filter % 16 * 16;
    ALL_OF(p, P)
    ALL_OF(f, FILTERS)
    acc[p][f] = o->add ? _mm512_load_ps(to + (size_t)p * o->acc_column + f * 16) : _mm512_setzero_ps();
    for (int i = 0; i < o->rows; i++)
        for (int k = 0; k < o->pairs; k++, dz += MT_BF16_TILE)
            product(acc, dz, o->x + i * o->x_row + k * 16 * o->x_k + column * 32, 32, o->x_k, P);
    ALL_OF(p, P)
    ALL_OF(f, FILTERS)
    _mm512_store_ps(to + (size_t)p * o->acc_column + f * 16, acc[p][f]);
}

static void outer(const struct mt_bf16_outer *o)
{
    for (int f = 0; f < o->filters * 16; f += FILTERS) {
        if (o->columns > 1)
            outer_part(o, f, 0, 2);
        else
            outer_part(o, f, 0, 1);
    }
}

#define PEAK_UNROLL 4

static float peak(size_t rounds)
{
    const uint16_t two[2] = {mt_bf16_round(1.0f), mt_bf16_round(1.0f)};
    const __m512bh ones = pair(two);
    __m512 chain[16];
    float all = 0;
    const uint32_t entered = mt_bf16_denormals_off();
    for (int i = 0; i < 16; i++) /* all different, so that no chain is computed for another; their sum is 0 */
        chain[i] = _mm512_set1_ps((float)(2 * i - 15));
    for (; rounds; rounds--)
        for (int j = 0; j < PEAK_UNROLL; j++)
            _Pragma("GCC unroll 16") for (int i = 0; i < 16; i++) chain[i] =
                _mm512_dpbf16_ps(chain[i], ones, ones);
    mt_bf16_denormals_restore(entered);
    for (int i = 0; i < 16; i++)
        all += _mm512_reduce_add_ps(chain[i]);
    return all;
}

const struct mt_bf16_engine mt_bf16_avx512 = {
    .name = "avx512_bf16",
    .order = "paired",
    .enter = mt_bf16_denormals_off,
    .leave = mt_bf16_denormals_restore,
    .run = run,
    .outer = outer,
    .peak = peak,
    .round_flops = (size_t)2 * 2 * 16 * 16 * PEAK_UNROLL,
};
