/* stem_impl.h: the kernels of stem.h, compiled once per instruction set. They work on parts of vectors that
 * fit into one register, so that the accumulators of a window do on every processor. */
#include "lib/math/stem.h"

#ifdef __clang__
#define STEM_EACH(i, n) _Pragma("clang loop unroll(full)") for (int i = 0; i < (n); i++)
#else
#define STEM_EACH(i, n) _Pragma("GCC unroll 16") for (int i = 0; i < (n); i++)
#endif
#define STEM_CODE static inline __attribute__((always_inline)) void

#if MT_SIMD_REGISTERS >= 32
#define STEM_FILTERS_2 6
#define STEM_FILTERS_3 3
#define STEM_OUTER_FILTERS 2
#elif MT_SIMD_REGISTERS >= 8
#define STEM_FILTERS_2 3
#define STEM_FILTERS_3 1
#define STEM_OUTER_FILTERS 1
#else
#define STEM_FILTERS_2 1
#define STEM_FILTERS_3 1
#define STEM_OUTER_FILTERS 1
#endif
#define STEM_LANES (16 / MT_SIMD_PARTS)

/* ---- forward ---- */

STEM_CODE stem_max(const struct mt_stem_pooled *s, const vp *z, float *y, uint16_t *gate, int part, int W,
                   int n)
{
    unsigned larger[9];
    vp best = z[0];
    larger[0] = 0xffff;
    STEM_EACH (k, n - 1) {
        larger[k + 1] = vp_gt(z[k + 1], best);
        best = vp_max(z[k + 1], best);
    }
    unsigned left = s->relu ? vp_gt(best, vp_set1(0.0f)) : 0xffff;
    vp_store(y, s->relu ? vp_max(vp_set1(0.0f), best) : best);
    if (!gate)
        return;
    STEM_EACH (i, n) { /* the last one that was larger than all before it won */
        const int k = n - 1 - i;
        vp_mask_store(&gate[k / W * s->gate_row + k % W], part, larger[k] & left);
        left &= ~larger[k];
    }
}

STEM_CODE stem_mean(const struct mt_stem_pooled *s, const vp *z, float *y, uint16_t *gate, int part, int W,
                    int n)
{
    const vp zero = vp_set1(0.0f);
    vp sum = zero;
    STEM_EACH (k, n) {
        const vp v = s->relu ? vp_max(zero, z[k]) : z[k];
        sum = vp_add(sum, v);
        if (gate)
            vp_mask_store(&gate[k / W * s->gate_row + k % W], part, vp_gt(v, zero));
    }
    vp_store(y, vp_mul(sum, vp_set1(1.0f / (float)n)));
}

/* One window of W x W elements of F filters; tap: where each tap's input lies from x. */
STEM_CODE stem_window(const struct mt_stem_pooled *s, const ptrdiff_t *tap, const float *x, float *y,
                      uint16_t *gate, int part, int F, int W)
{
    vp acc[STEM_FILTERS_2][9];
    STEM_EACH (f, F) {
        const vp start = vp_set1(s->bias ? s->bias[f] : 0.0f);
        STEM_EACH (k, W * W)
            acc[f][k] = start;
    }
    const float *w = s->weight;
    for (int t = 0; t < s->channels * 9; t++, w += F) { /* not taken apart: it would hold too many inputs */
        const float *in = x + tap[t];
        vp weight[STEM_FILTERS_2];
        STEM_EACH (f, F)
            weight[f] = vp_set1(w[f]);
        STEM_EACH (k, W * W) {
            const vp v = vp_load(in + k / W * s->x_row + k % W * 16);
            STEM_EACH (f, F)
                acc[f][k] = vp_fma(weight[f], v, acc[f][k]);
        }
    }
    STEM_EACH (f, F) {
        uint16_t *g = gate ? gate + (size_t)f * s->gate_filter : NULL;
        if (s->mean)
            stem_mean(s, acc[f], y + (size_t)f * s->y_filter, g, part, W, W * W);
        else
            stem_max(s, acc[f], y + (size_t)f * s->y_filter, g, part, W, W * W);
    }
}

STEM_CODE stem_windows(const struct mt_stem_pooled *s, int F, int W)
{
    ptrdiff_t tap[MT_STEM_CHANNELS * 9];
    for (int t = 0; t < s->channels * 9; t++)
        tap[t] = (ptrdiff_t)s->x_channel * (t / 9) + t % 9 / 3 * s->x_row + t % 3 * 16;
    for (int part = 0; part < MT_SIMD_PARTS; part++) {
        for (int r = 0; r < s->rows; r++) {
            const float *x = s->x + r * W * s->x_row + part * STEM_LANES;
            float *y = s->y + r * s->y_row + part * STEM_LANES;
            uint16_t *gate = s->gate ? s->gate + r * W * s->gate_row : NULL;
            for (int c = 0; c < s->cols; c++, x += W * 16, y += 16, gate = gate ? gate + W : NULL)
                stem_window(s, tap, x, y, gate, part, F, W);
        }
    }
}

#define STEM_CASE(f, w)                                                                                      \
    case (f)*4 + (w):                                                                                        \
        stem_windows(s, f, w);                                                                               \
        break;

static void stem_pooled(const struct mt_stem_pooled *s)
{
    switch (s->filters * 4 + s->w) {
        STEM_CASE(1, 2)
        STEM_CASE(1, 3)
#if STEM_FILTERS_2 >= 3
        STEM_CASE(2, 2)
        STEM_CASE(3, 2)
#endif
#if STEM_FILTERS_2 >= 6
        STEM_CASE(4, 2)
        STEM_CASE(5, 2)
        STEM_CASE(6, 2)
        STEM_CASE(2, 3)
        STEM_CASE(3, 3)
#endif
    }
}

/* ---- weights ---- */

/* Nine sums per filter, and one of dz for the bias. */
STEM_CODE stem_load(const struct mt_stem_outer *o, vp acc[][10], int f, int part, int F)
{
    STEM_EACH (g, F) {
        const float *dw = o->dw + (size_t)(f + g) * o->dw_filter + part * STEM_LANES;
        STEM_EACH (t, 9)
            acc[g][t] = vp_load(dw + t * 16);
        acc[g][9] = o->db ? vp_load(o->db + (f + g) * 16 + part * STEM_LANES) : vp_set1(0.0f);
    }
}

STEM_CODE stem_store(const struct mt_stem_outer *o, vp acc[][10], int f, int part, int F)
{
    STEM_EACH (g, F) {
        float *dw = o->dw + (size_t)(f + g) * o->dw_filter + part * STEM_LANES;
        STEM_EACH (t, 9)
            vp_store(dw + t * 16, acc[g][t]);
        if (o->db)
            vp_store(o->db + (f + g) * 16 + part * STEM_LANES, acc[g][9]);
    }
}

/* One element of dz of F filters. */
STEM_CODE stem_element(vp acc[][10], const vp *d, const float *x, ptrdiff_t x_row, int F)
{
    STEM_EACH (g, F)
        acc[g][9] = vp_add(acc[g][9], d[g]);
    STEM_EACH (t, 9) {
        const vp v = vp_load(x + t / 3 * x_row + t % 3 * 16);
        STEM_EACH (g, F)
            acc[g][t] = vp_fma(d[g], v, acc[g][t]);
    }
}

/* The next filter's part of the same windows lies a plane away, where the processor does not look. */
STEM_CODE stem_fetch(const struct mt_stem_outer *o, const float *dy, const uint16_t *gate, int W)
{
    __builtin_prefetch(dy + o->dy_filter);
    for (int i = 0; gate && i < W; i++)
        __builtin_prefetch(gate + o->gate_filter + i * o->gate_row);
}

STEM_CODE stem_outer_windows(const struct mt_stem_outer *o, int f, int part, int W, bool gated)
{
    vp acc[1][10];
    const vp scale = vp_set1(o->scale);
    stem_load(o, acc, f, part, 1);
    for (int r = 0; r < o->rows; r++) {
        const float *x = o->x + r * W * o->x_row + part * STEM_LANES;
        const float *dy = o->dy + (size_t)f * o->dy_filter + r * o->dy_row + part * STEM_LANES;
        const uint16_t *gate = gated ? o->gate + (size_t)f * o->gate_filter + r * W * o->gate_row : NULL;
        for (int c = 0; c < o->cols; c++, x += W * 16, dy += 16, gate = gated ? gate + W : NULL) {
            const vp d = vp_mul(vp_load(dy), scale);
            stem_fetch(o, dy, gate, W);
            STEM_EACH (k, W * W) {
                const vp open =
                    gated ? vp_keep(vp_mask_load(&gate[k / W * o->gate_row + k % W], part), d) : d;
                stem_element(acc, &open, x + k / W * o->x_row + k % W * 16, o->x_row, 1);
            }
        }
    }
    stem_store(o, acc, f, part, 1);
}

STEM_CODE stem_outer_elements(const struct mt_stem_outer *o, int f, int part, int F)
{
    vp acc[STEM_OUTER_FILTERS][10];
    stem_load(o, acc, f, part, F);
    for (int r = 0; r < o->rows; r++) {
        const size_t at = (size_t)f * o->dy_filter + (size_t)(r * o->dy_row + part * STEM_LANES);
        const float *x = o->x + r * o->x_row + part * STEM_LANES, *dy = o->dy + at;
        const float *y = o->y ? o->y + at : NULL;
        for (int c = 0; c < o->cols; c++, x += 16, dy += 16) {
            vp d[STEM_OUTER_FILTERS];
            STEM_EACH (g, F) {
                d[g] = vp_load(dy + (size_t)g * o->dy_filter);
                if (y)
                    d[g] = vp_keep(vp_gt(vp_load(y + (size_t)g * o->dy_filter), vp_set1(0.0f)), d[g]);
            }
            y = y ? y + 16 : NULL;
            stem_element(acc, d, x, o->x_row, F);
        }
    }
    stem_store(o, acc, f, part, F);
}

static void stem_outer(const struct mt_stem_outer *o)
{
    for (int part = 0; part < MT_SIMD_PARTS; part++) {
        int f = 0;
        for (; o->w == 1 && f + STEM_OUTER_FILTERS <= o->filters; f += STEM_OUTER_FILTERS)
            stem_outer_elements(o, f, part, STEM_OUTER_FILTERS);
        for (; f < o->filters; f++) {
            if (o->w == 1)
                stem_outer_elements(o, f, part, 1);
            else if (o->w == 2 && o->gate)
                stem_outer_windows(o, f, part, 2, true);
            else if (o->w == 2)
                stem_outer_windows(o, f, part, 2, false);
            else if (o->gate)
                stem_outer_windows(o, f, part, 3, true);
            else
                stem_outer_windows(o, f, part, 3, false);
        }
    }
}

#define MT_STEM_KERNELS                                                                                      \
    {                                                                                                        \
        .filters = {0, CONV_FILTERS, STEM_FILTERS_2, STEM_FILTERS_3}, .pooled = stem_pooled,                 \
        .outer = stem_outer                                                                                  \
    }
