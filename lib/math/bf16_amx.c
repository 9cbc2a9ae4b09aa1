/* bf16_amx.c: the engine of bf16.h on AMX: four tiles of sums, two of A, two of B, so that four loads feed
 * four products. */
#include "lib/math/bf16_engines.h"

#include <string.h>

#include "lib/math/bf16_denormals.h"

struct tile_config { /* as LDTILECFG reads it */
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

static uint32_t enter(void)
{
    struct tile_config config = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        config.row_bytes[i] = 64;
        config.rows[i] = 16;
    }
    __asm__ volatile("" : : "r"(&config) : "memory"); /* gcc believes that only its first word is read */
    _tile_loadconfig(&config);
    return mt_bf16_denormals_off();
}

static void leave(uint32_t entered)
{
    _tile_release();
    mt_bf16_denormals_restore(entered);
}

/* ---- outputs ---- */

static void store_some(const float *tile, int filters, float *y, ptrdiff_t y_filter)
{
    for (int f = 0; f < filters; f++)
        memcpy(y + f * y_filter, tile + f * 16, 16 * sizeof *y);
}

/* Tile `t` holds `filters` filters from `first` of the output at `y`. */
#define STORE(t, first, y)                                                                                   \
    do {                                                                                                     \
        if (r->filters - (first) >= 16) {                                                                    \
            _tile_stored(t, (y) + (first)*r->y_filter, r->y_filter * 4);                                     \
        } else {                                                                                             \
            _Alignas(64) float sums[256];                                                                    \
            _tile_stored(t, sums, 64);                                                                       \
            store_some(sums, r->filters - (first), (y) + (first)*r->y_filter, r->y_filter);                  \
        }                                                                                                    \
    } while (0)

static void two_filters_two_pixels(const struct mt_bf16_run *r, const uint16_t *x, float *y)
{
    const uint16_t *w = r->w, *v = r->w + r->w_tile;
    _tile_loadd(0, r->start, 64);
    _tile_loadd(1, r->start, 64);
    _tile_loadd(2, r->start + 256, 64);
    _tile_loadd(3, r->start + 256, 64);
    for (int i = 0; i < r->taps_h; i++, x += r->x_tap_row) {
        const uint16_t *b = x;
        for (int t = r->tiles; t; t--, b += MT_BF16_TILE, w += MT_BF16_TILE, v += MT_BF16_TILE) {
            _tile_loadd(6, b, 64);
            _tile_loadd(4, w, 64);
            _tile_loadd(7, b + r->x_col, 64);
            _tile_loadd(5, v, 64);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(1, 4, 7);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
    }
    STORE(0, 0, y);
    STORE(1, 0, y + 16);
    STORE(2, 16, y);
    STORE(3, 16, y + 16);
}

static void two_filters_one_pixel(const struct mt_bf16_run *r, const uint16_t *x, float *y)
{
    const uint16_t *w = r->w, *v = r->w + r->w_tile;
    _tile_loadd(0, r->start, 64);
    _tile_loadd(2, r->start + 256, 64);
    for (int i = 0; i < r->taps_h; i++, x += r->x_tap_row) {
        const uint16_t *b = x;
        for (int t = r->tiles; t; t--, b += MT_BF16_TILE, w += MT_BF16_TILE, v += MT_BF16_TILE) {
            _tile_loadd(6, b, 64);
            _tile_loadd(4, w, 64);
            _tile_loadd(5, v, 64);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(2, 5, 6);
        }
    }
    STORE(0, 0, y);
    STORE(2, 16, y);
}

static void one_filter_four_pixels(const struct mt_bf16_run *r, const uint16_t *x, float *y)
{
    const uint16_t *w = r->w;
    _tile_loadd(0, r->start, 64);
    _tile_loadd(1, r->start, 64);
    _tile_loadd(2, r->start, 64);
    _tile_loadd(3, r->start, 64);
    for (int i = 0; i < r->taps_h; i++, x += r->x_tap_row) {
        const uint16_t *b = x;
        for (int t = r->tiles; t; t--, b += MT_BF16_TILE, w += MT_BF16_TILE) {
            _tile_loadd(4, w, 64);
            _tile_loadd(5, b, 64);
            _tile_dpbf16ps(0, 4, 5);
            _tile_loadd(6, b + r->x_col, 64);
            _tile_dpbf16ps(1, 4, 6);
            _tile_loadd(7, b + 2 * r->x_col, 64);
            _tile_dpbf16ps(2, 4, 7);
            _tile_loadd(5, b + 3 * r->x_col, 64);
            _tile_dpbf16ps(3, 4, 5);
        }
    }
    STORE(0, 0, y);
    STORE(1, 0, y + 16);
    STORE(2, 0, y + 32);
    STORE(3, 0, y + 48);
}

static void one_filter_one_pixel(const struct mt_bf16_run *r, const uint16_t *x, float *y)
{
    const uint16_t *w = r->w;
    _tile_loadd(0, r->start, 64);
    for (int i = 0; i < r->taps_h; i++, x += r->x_tap_row) {
        const uint16_t *b = x;
        for (int t = r->tiles; t; t--, b += MT_BF16_TILE, w += MT_BF16_TILE) {
            _tile_loadd(4, w, 64);
            _tile_loadd(6, b, 64);
            _tile_dpbf16ps(0, 4, 6);
        }
    }
    STORE(0, 0, y);
}

static void run(const struct mt_bf16_run *r)
{
    const int many = r->filters > 16 ? 2 : 4;
    for (int row = 0; row < r->rows; row++) {
        const uint16_t *x = r->x + row * r->x_row;
        float *y = r->y + row * r->y_row;
        int left = r->cols;
        for (; left >= many; left -= many, x += many * r->x_col, y += many * 16)
            (many == 2 ? two_filters_two_pixels : one_filter_four_pixels)(r, x, y);
        for (; left; left--, x += r->x_col, y += 16)
            (many == 2 ? two_filters_one_pixel : one_filter_one_pixel)(r, x, y);
    }
}

/* ---- weight gradients ---- */

/* Tile `t` of the sums. */
#define LOAD(t, f, c)                                                                                        \
    do {                                                                                                     \
        if (o->add)                                                                                          \
            _tile_loadd(t, o->acc + (f)*o->acc_filter + (c)*o->acc_column, 64);                              \
        else                                                                                                 \
            _tile_zero(t);                                                                                   \
    } while (0)
#define KEEP(t, f, c) _tile_stored(t, o->acc + (f)*o->acc_filter + (c)*o->acc_column, 64)

static void outer_2x2(const struct mt_bf16_outer *o)
{
    const uint16_t *a = o->dz, *row = o->x;
    const ptrdiff_t stride = o->x_k * 2, pair = 16 * o->x_k;
    LOAD(0, 0, 0);
    LOAD(1, 0, 1);
    LOAD(2, 1, 0);
    LOAD(3, 1, 1);
    for (int i = 0; i < o->rows; i++, row += o->x_row) {
        const uint16_t *b = row;
        for (int p = o->pairs; p; p--, a += MT_BF16_TILE, b += pair) {
            _tile_loadd(6, b, stride);
            _tile_loadd(4, a, 64);
            _tile_loadd(7, b + 32, stride);
            _tile_loadd(5, a + o->dz_tile, 64);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(1, 4, 7);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
    }
    KEEP(0, 0, 0);
    KEEP(1, 0, 1);
    KEEP(2, 1, 0);
    KEEP(3, 1, 1);
}

static void outer_2x1(const struct mt_bf16_outer *o)
{
    const uint16_t *a = o->dz, *row = o->x;
    const ptrdiff_t stride = o->x_k * 2, pair = 16 * o->x_k;
    LOAD(0, 0, 0);
    LOAD(2, 1, 0);
    for (int i = 0; i < o->rows; i++, row += o->x_row) {
        const uint16_t *b = row;
        for (int p = o->pairs; p; p--, a += MT_BF16_TILE, b += pair) {
            _tile_loadd(6, b, stride);
            _tile_loadd(4, a, 64);
            _tile_loadd(5, a + o->dz_tile, 64);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(2, 5, 6);
        }
    }
    KEEP(0, 0, 0);
    KEEP(2, 1, 0);
}

static void outer_1x2(const struct mt_bf16_outer *o)
{
    const uint16_t *a = o->dz, *row = o->x;
    const ptrdiff_t stride = o->x_k * 2, pair = 16 * o->x_k;
    LOAD(0, 0, 0);
    LOAD(1, 0, 1);
    for (int i = 0; i < o->rows; i++, row += o->x_row) {
        const uint16_t *b = row;
        for (int p = o->pairs; p; p--, a += MT_BF16_TILE, b += pair) {
            _tile_loadd(6, b, stride);
            _tile_loadd(4, a, 64);
            _tile_loadd(7, b + 32, stride);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(1, 4, 7);
        }
    }
    KEEP(0, 0, 0);
    KEEP(1, 0, 1);
}

static void outer_1x1(const struct mt_bf16_outer *o)
{
    const uint16_t *a = o->dz, *row = o->x;
    const ptrdiff_t stride = o->x_k * 2, pair = 16 * o->x_k;
    LOAD(0, 0, 0);
    for (int i = 0; i < o->rows; i++, row += o->x_row) {
        const uint16_t *b = row;
        for (int p = o->pairs; p; p--, a += MT_BF16_TILE, b += pair) {
            _tile_loadd(6, b, stride);
            _tile_loadd(4, a, 64);
            _tile_dpbf16ps(0, 4, 6);
        }
    }
    KEEP(0, 0, 0);
}

static void outer(const struct mt_bf16_outer *o)
{
    if (o->filters > 1)
        (o->columns > 1 ? outer_2x2 : outer_2x1)(o);
    else
        (o->columns > 1 ? outer_1x2 : outer_1x1)(o);
}

/* ---- the peak ---- */

#define PEAK_UNROLL 4

static float peak(size_t rounds)
{
    _Alignas(64) uint16_t ones[MT_BF16_TILE];
    _Alignas(64) float sums[4][256];
    float all = 0;
    for (int i = 0; i < MT_BF16_TILE; i++)
        ones[i] = mt_bf16_round(1.0f);
    const uint32_t entered = enter();
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_loadd(4, ones, 64);
    _tile_loadd(5, ones, 64);
    _tile_loadd(6, ones, 64);
    _tile_loadd(7, ones, 64);
    for (; rounds; rounds--) {
        for (int i = 0; i < PEAK_UNROLL; i++) {
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(1, 4, 7);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
    }
    _tile_stored(0, sums[0], 64);
    _tile_stored(1, sums[1], 64);
    _tile_stored(2, sums[2], 64);
    _tile_stored(3, sums[3], 64);
    leave(entered);
    for (int t = 0; t < 4; t++)
        for (int i = 0; i < 256; i++)
            all += sums[t][i];
    return all;
}

const struct mt_bf16_engine mt_bf16_amx = {
    .name = "amx",
    .order = "split",
    .enter = enter,
    .leave = leave,
    .run = run,
    .outer = outer,
    .peak = peak,
    .round_flops = (size_t)2 * 16 * 16 * 32 * 4 * PEAK_UNROLL,
};
