/* bf16_impl.h: the kernels of bf16.h without special instructions, compiled once per instruction set. */
#include "lib/math/bf16.h"

#if MT_SIMD_REGISTERS >= 32
#define BF16_FILTERS 8
#else
#define BF16_FILTERS 2
#endif

#ifdef __clang__
#define BF16_EACH(i, n) _Pragma("clang loop unroll(full)") for (int i = 0; i < (n); i++)
#else
#define BF16_EACH(i, n) _Pragma("GCC unroll 8") for (int i = 0; i < (n); i++)
#endif

/* acc += a few rows of A, a_row elements apart, times B, whose rows are b_row apart. */
static inline void bf16_product(vf acc[BF16_FILTERS], const uint16_t *a, const uint16_t *b, ptrdiff_t b_row)
{
    vf even[BF16_FILTERS], odd[BF16_FILTERS];
    BF16_EACH(f, BF16_FILTERS)
    even[f] = odd[f] = vf_zero();
    for (int k = 0; k < 16; k++, b += b_row) {
        const vf b_even = vf_bf16_even(b), b_odd = vf_bf16_odd(b);
        BF16_EACH(f, BF16_FILTERS)
        {
            even[f] = vf_fma(vf_set1(mt_bf16_value(a[f * 32 + 2 * k])), b_even, even[f]);
            odd[f] = vf_fma(vf_set1(mt_bf16_value(a[f * 32 + 2 * k + 1])), b_odd, odd[f]);
        }
    }
    BF16_EACH(f, BF16_FILTERS)
    acc[f] = vf_add(acc[f], vf_add(even[f], odd[f]));
}

/* Filters [first, first + BF16_FILTERS) of one output. */
static void bf16_run_part(const struct mt_bf16_run *r, const uint16_t *x, float *y, int first)
{
    vf acc[BF16_FILTERS];
    const uint16_t *w = r->w + (size_t)(first / 16) * r->w_tile + first % 16 * 32;
    BF16_EACH(f, BF16_FILTERS)
    acc[f] = vf_load(r->start + (first + f) * 16);
    for (int i = 0; i < r->taps_h; i++, x += r->x_tap_row)
        for (int t = 0; t < r->tiles; t++, w += MT_BF16_TILE)
            bf16_product(acc, w, x + t * MT_BF16_TILE, 32);
    for (int f = 0; f < BF16_FILTERS && first + f < r->filters; f++)
        vf_store(y + (first + f) * r->y_filter, acc[f]);
}

static void bf16_run(const struct mt_bf16_run *r)
{
    for (int row = 0; row < r->rows; row++)
        for (int col = 0; col < r->cols; col++)
            for (int f = 0; f < r->filters; f += BF16_FILTERS)
                bf16_run_part(r, r->x + row * r->x_row + col * r->x_col, r->y + row * r->y_row + col * 16, f);
}

static void bf16_outer(const struct mt_bf16_outer *o)
{
    for (int c = 0; c < o->columns; c++) {
        for (int f = 0; f < o->filters * 16; f += BF16_FILTERS) {
            float *to = o->acc + (size_t)(f / 16) * o->acc_filter + (size_t)c * o->acc_column + f % 16 * 16;
            const uint16_t *dz = o->dz + (size_t)(f / 16) * o->dz_tile + f % 16 * 32;
            vf acc[BF16_FILTERS];
            BF16_EACH(i, BF16_FILTERS)
            acc[i] = o->add ? vf_load(to + i * 16) : vf_zero();
            for (int row = 0; row < o->rows; row++)
                for (int p = 0; p < o->pairs; p++, dz += MT_BF16_TILE)
                    bf16_product(acc, dz, o->x + row * o->x_row + p * 16 * o->x_k + c * 32, o->x_k);
            BF16_EACH(i, BF16_FILTERS)
            vf_store(to + i * 16, acc[i]);
        }
    }
}

#ifdef __SSE__
#include "lib/math/bf16_denormals.h"
#define bf16_enter mt_bf16_denormals_off
#define bf16_leave mt_bf16_denormals_restore
#else
static uint32_t bf16_enter(void)
{
    return 0;
}
static void bf16_leave(uint32_t entered)
{
    (void)entered;
}
#endif

/* ---- changes of order ---- */

static void bf16_pairs(const float *a, const float *b, int n, uint16_t *to, ptrdiff_t to_step)
{
    for (; n; n--, a += 16, b = b ? b + 16 : b, to += to_step)
        vf_bf16_store_pairs(to, vf_load(a), b ? vf_load(b) : vf_zero());
}

static void bf16_plain(const float *x, ptrdiff_t x_step, int n, uint16_t *to)
{
    for (; n; n--, x += x_step, to += 16)
        vf_bf16_store(to, vf_load(x));
}

static void bf16_tiles(const float *x, int n, uint16_t *to)
{
    for (; n > 1; n -= 2, x += 32, to += MT_BF16_TILE) {
        vf_bf16_store(to, vf_load(x));
        vf_bf16_store(to + 16, vf_load(x + 16));
    }
    if (n) {
        vf_bf16_store(to, vf_load(x));
        vf_bf16_store(to + 16, vf_zero());
    }
}

static void bf16_columns(const uint16_t *const from[16], int n, uint16_t *to, ptrdiff_t to_k)
{
    for (int i = 0; i < n; i++, to += 16 * to_k) {
        vf m[16]; /* bits of pairs, which nothing here takes for numbers */
        for (int c = 0; c < 16; c++)
            m[c] = vf_load_bits(from[c] + 32 * i);
        vf_transpose(m);
        for (int k = 0; k < 16; k++)
            vf_store_bits(to + k * to_k, m[k]);
    }
}

#define MT_BF16_KERNELS(set)                                                                                 \
    {                                                                                                        \
        .engine = &(const struct mt_bf16_engine){.name = set,                                                \
                                                 .order = "split",                                           \
                                                 .enter = bf16_enter,                                        \
                                                 .leave = bf16_leave,                                        \
                                                 .run = bf16_run,                                            \
                                                 .outer = bf16_outer},                                       \
        .pairs = bf16_pairs, .plain = bf16_plain, .tiles = bf16_tiles, .columns = bf16_columns               \
    }
