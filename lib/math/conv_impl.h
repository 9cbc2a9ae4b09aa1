/* conv_impl.h: the kernels of conv.h, compiled once per instruction set.
 *
 * Both keep a tile of accumulators in registers: CONV_FILTERS x CONV_PIXELS outputs, or CONV_OUTER_FILTERS x
 * CONV_OUTER_STREAMS weight gradients. A tile must leave registers for its operands, and there must be at
 * least eight accumulators, since two multiply-adds start per cycle and each takes four. */
#include "lib/math/conv.h"

/* A loop that the compiler takes apart, so that arrays become registers. */
#ifdef __clang__
#define EACH(i, n) _Pragma("clang loop unroll(full)") for (int i = 0; i < (n); i++)
#else
#define EACH(i, n) _Pragma("GCC unroll 8") for (int i = 0; i < (n); i++)
#endif
#define CONV_CODE static inline __attribute__((always_inline)) void

#if MT_SIMD_REGISTERS >= 32
#define CONV_FILTERS 6
#define CONV_PIXELS 4
#define CONV_OUTER_FILTERS 5
#define CONV_OUTER_STREAMS 5
#elif MT_SIMD_REGISTERS >= 8
#define CONV_FILTERS 2
#define CONV_PIXELS 3
#define CONV_OUTER_FILTERS 1
#define CONV_OUTER_STREAMS 6
#else
#define CONV_FILTERS 2
#define CONV_PIXELS 1
#define CONV_OUTER_FILTERS 1
#define CONV_OUTER_STREAMS 2
#endif

/* One tap: acc[f][p] += w[f] * x[p]. With many registers the inputs are held and weights pass by, else the
 * other way round, where an input may be an operand in memory. */
CONV_CODE conv_tap(vf acc[CONV_FILTERS][CONV_PIXELS], const float *x, ptrdiff_t x_step, const float *w, int F,
                   int P)
{
    if (MT_SIMD_REGISTERS >= 32) {
        vf held[CONV_PIXELS];
        EACH (p, P)
            held[p] = vf_load(x + p * x_step);
        EACH (f, F) {
            const vf weight = vf_set1(w[f]);
            EACH (p, P)
                acc[f][p] = vf_fma(weight, held[p], acc[f][p]);
        }
    } else {
        vf held[CONV_FILTERS];
        EACH (f, F)
            held[f] = vf_set1(w[f]);
        EACH (p, P) {
            const vf input = vf_load(x + p * x_step);
            EACH (f, F)
                acc[f][p] = vf_fma(held[f], input, acc[f][p]);
        }
    }
}

/* P neighboring outputs of F filters. The inputs of the next channel are fetched ahead: they lie a plane
 * away, where the processor does not look by itself; the first and the last of each tap reach all of them
 * when kernels are not narrow. */
CONV_CODE conv_correlate_tile(const struct mt_conv_rect *r, const struct mt_conv_tile *t, const float *x,
                              ptrdiff_t x_step, float *y, ptrdiff_t y_step, int F, int P)
{
    vf acc[CONV_FILTERS][CONV_PIXELS];
    EACH (f, F) {
        const vf start = t->bias ? vf_set1(t->bias[f]) : vf_zero();
        EACH (p, P)
            acc[f][p] = start;
    }
    const float *w = t->w;
    for (int ch = t->channels; ch; ch--, x += t->x_channel, w += t->w_channel * F) {
        const float *x_row = x, *w_row = w;
        for (int i = r->taps_h; i; i--, x_row += r->x_tap_row, w_row += r->w_tap_row * F) {
            const float *x_tap = x_row, *w_tap = w_row;
            for (int j = r->taps_w; j; j--, x_tap += r->x_tap_col, w_tap += r->w_tap_col * F) {
                __builtin_prefetch(x_tap + t->x_channel);
                if (P > 1)
                    __builtin_prefetch(x_tap + t->x_channel + (P - 1) * x_step);
                conv_tap(acc, x_tap, x_step, w_tap, F, P);
            }
        }
    }
    const vf floor = vf_set1(t->floor);
    EACH (f, F)
        EACH (p, P)
            vf_store(y + f * t->y_filter + p * y_step, vf_max(floor, acc[f][p]));
}

#define CONV_CASE(f, p)                                                                                      \
    case (f)*8 + (p):                                                                                        \
        conv_correlate_tile(r, t, x, x_step, y, y_step, f, p);                                               \
        break;
#if CONV_PIXELS == 4
#define CONV_CASES(f) CONV_CASE(f, 1) CONV_CASE(f, 2) CONV_CASE(f, 3) CONV_CASE(f, 4)
#define CONV_ALL_CASES CONV_CASES(1) CONV_CASES(2) CONV_CASES(3) CONV_CASES(4) CONV_CASES(5) CONV_CASES(6)
#elif CONV_PIXELS == 3
#define CONV_CASES(f) CONV_CASE(f, 1) CONV_CASE(f, 2) CONV_CASE(f, 3)
#define CONV_ALL_CASES CONV_CASES(1) CONV_CASES(2)
#else
#define CONV_ALL_CASES CONV_CASE(1, 1) CONV_CASE(2, 1)
#endif

static void conv_correlate_run(const struct mt_conv_rect *r, const struct mt_conv_tile *t, const float *x,
                               ptrdiff_t x_step, float *y, ptrdiff_t y_step, int P)
{
    switch (t->filters * 8 + P) {
        CONV_ALL_CASES
    }
}

/* Runs along the longer side, so that few tiles are narrow. */
static void conv_correlate(const struct mt_conv_rect *r, const struct mt_conv_tile *t)
{
    const bool down = r->rows > r->cols;
    const int lines = down ? r->cols : r->rows, length = down ? r->rows : r->cols;
    const ptrdiff_t x_line = down ? r->x_col : r->x_row, x_step = down ? r->x_row : r->x_col;
    const ptrdiff_t y_line = down ? r->y_col : r->y_row, y_step = down ? r->y_row : r->y_col;
    const int tiles = mt_conv_tiles(length, CONV_PIXELS);
    for (int line = 0; line < lines; line++) {
        const float *x = t->x + line * x_line;
        float *y = t->y + line * y_line;
        for (int i = 0, at = 0; i < tiles; i++) {
            const int end = mt_conv_tile_start(i + 1, tiles, length);
            conv_correlate_run(r, t, x + at * x_step, x_step, y + at * y_step, y_step, end - at);
            at = end;
        }
    }
}

CONV_CODE conv_outer_tile(const struct mt_conv_outer *o, int F, int T)
{
    vf acc[CONV_OUTER_STREAMS][CONV_OUTER_FILTERS];
    EACH (t, T)
        EACH (f, F)
            acc[t][f] = vf_load(o->acc + o->acc_at[t] + f * 16);
    const bool down = o->rows > o->cols;
    const int lines = down ? o->cols : o->rows, length = down ? o->rows : o->cols;
    const ptrdiff_t dy_step = down ? o->dy_row : o->dy_col, x_step = down ? o->x_row : o->x_col;
    for (int line = 0; line < lines; line++) {
        const float *dy = o->dy + line * (down ? o->dy_col : o->dy_row);
        const float *x = o->x + line * (down ? o->x_col : o->x_row);
        for (int i = length; i; i--, dy += dy_step, x += x_step) {
            vf d[CONV_OUTER_FILTERS];
            EACH (f, F)
                d[f] = vf_load(dy + f * o->dy_filter);
            EACH (t, T) {
                const vf v = vf_load(x + o->x_at[t]);
                EACH (f, F)
                    acc[t][f] = vf_fma(d[f], v, acc[t][f]);
            }
        }
    }
    EACH (t, T)
        EACH (f, F)
            vf_store(o->acc + o->acc_at[t] + f * 16, acc[t][f]);
}

#define CONV_OUTER_CASE(f, t)                                                                                \
    case (f)*8 + (t):                                                                                        \
        conv_outer_tile(o, f, t);                                                                            \
        break;
#if CONV_OUTER_STREAMS == 5
#define CONV_OUTER_CASES(f)                                                                                  \
    CONV_OUTER_CASE(f, 1)                                                                                    \
    CONV_OUTER_CASE(f, 2) CONV_OUTER_CASE(f, 3) CONV_OUTER_CASE(f, 4) CONV_OUTER_CASE(f, 5)
#define CONV_ALL_OUTER_CASES                                                                                 \
    CONV_OUTER_CASES(1) CONV_OUTER_CASES(2) CONV_OUTER_CASES(3) CONV_OUTER_CASES(4) CONV_OUTER_CASES(5)
#elif CONV_OUTER_STREAMS == 6
#define CONV_ALL_OUTER_CASES                                                                                 \
    CONV_OUTER_CASE(1, 1)                                                                                    \
    CONV_OUTER_CASE(1, 2)                                                                                    \
    CONV_OUTER_CASE(1, 3) CONV_OUTER_CASE(1, 4) CONV_OUTER_CASE(1, 5) CONV_OUTER_CASE(1, 6)
#else
#define CONV_ALL_OUTER_CASES CONV_OUTER_CASE(1, 1) CONV_OUTER_CASE(1, 2)
#endif

static void conv_outer(const struct mt_conv_outer *o)
{
    switch (o->filters * 8 + o->streams) {
        CONV_ALL_OUTER_CASES
    }
}

static void conv_total(const float *x, size_t n, float *acc)
{
    vf sum[4] = {vf_load(acc), vf_zero(), vf_zero(),
                 vf_zero()}; /* four, since an addition takes four cycles */
    for (; n >= 4; n -= 4, x += 64)
        EACH (i, 4)
            sum[i] = vf_add(sum[i], vf_load(x + i * 16));
    for (size_t i = 0; i < n; i++)
        sum[0] = vf_add(sum[0], vf_load(x + i * 16));
    vf_store(acc, vf_add(vf_add(sum[0], sum[1]), vf_add(sum[2], sum[3])));
}

static void conv_lane_sums(const float *acc, size_t acc_stride, int n, float *out, bool add)
{
    for (int i = 0; i < n; i += 16) {
        const float *vector[16];
        float sum[16] __attribute__((aligned(64)));
        const int some = n - i < 16 ? n - i : 16;
        for (int l = 0; l < 16; l++)
            vector[l] = acc + (size_t)(i + (l < some ? l : 0)) * acc_stride;
        vf_store(sum, vf_sums(vector));
        for (int l = 0; l < some; l++)
            out[i + l] = (add ? out[i + l] : 0.0f) + sum[l];
    }
}

#define MT_CONV_KERNELS                                                                                      \
    {                                                                                                        \
        .filters = CONV_FILTERS, .pixels = CONV_PIXELS, .outer_filters = CONV_OUTER_FILTERS, .outer_streams = CONV_OUTER_STREAMS,   \
        .correlate = conv_correlate, .outer = conv_outer, .total = conv_total, .lane_sums = conv_lane_sums   \
    }
