/* pooled_impl.h: the kernels of pooled.h, compiled once per instruction set. */
#include "lib/math/pooled.h"

#define POOLED_CODE static inline __attribute__((always_inline)) void

/* The gates say at first which elements were larger than all before them; the last such one won. */
POOLED_CODE pooled_winner(uint16_t *gate, size_t gate_row, int h, int w, vmask allowed)
{
    for (int i = h - 1; i >= 0; i--) {
        for (int j = w - 1; j >= 0; j--) {
            uint16_t *g = gate + (size_t)i * gate_row + j;
            const vmask larger = *g;
            *g = larger & allowed;
            allowed &= (vmask)~larger;
        }
    }
}

/* With h and w known to the compiler the loops over the window vanish. */
POOLED_CODE pooled_max_of(const struct mt_pooled_row *r, const float *x, float *y, uint16_t *gate, bool relu,
                          int h, int w)
{
    const size_t gate_row = (size_t)(r->cols * w);
    for (int col = 0; col < r->cols; col++, x += w * 16, y += 16) {
        vf best = vf_load(x);
        if (gate)
            gate[col * w] = 0xffff;
        for (int i = 0; i < h; i++) {
            for (int j = !i; j < w; j++) {
                const vf v = vf_load(x + i * r->x_row + j * 16);
                const vmask larger = vf_gt(v, best);
                best = vf_select(larger, v, best);
                if (gate)
                    gate[(size_t)i * gate_row + (size_t)(col * w + j)] = larger;
            }
        }
        if (gate)
            pooled_winner(gate + col * w, gate_row, h, w, relu ? vf_gt(best, vf_zero()) : 0xffff);
        vf_store(y, relu ? vf_max(vf_zero(), best) : best);
    }
}

static void pooled_max(const struct mt_pooled_row *r, const float *x, float *y, uint16_t *gate, bool relu)
{
    if (r->h == 2 && r->w == 2)
        pooled_max_of(r, x, y, gate, relu, 2, 2);
    else
        pooled_max_of(r, x, y, gate, relu, r->h, r->w);
}

static void pooled_mean(const struct mt_pooled_row *r, const float *x, float *y, uint16_t *gate)
{
    const vf scale = vf_set1(1.0f / (float)(r->h * r->w));
    for (int col = 0; col < r->cols; col++, x += r->w * 16, y += 16) {
        vf sum = vf_zero();
        for (int i = 0; i < r->h; i++) {
            for (int j = 0; j < r->w; j++) {
                const vf v = vf_load(x + i * r->x_row + j * 16);
                sum = vf_add(sum, v);
                if (gate)
                    gate[(i * r->cols + col) * r->w + j] = vf_gt(v, vf_zero());
            }
        }
        vf_store(y, vf_mul(sum, scale));
    }
}

static void pooled_back(const struct mt_pooled_row *r, float scale, const float *dy, const uint16_t *gate,
                        float *dx)
{
    for (int col = 0; col < r->cols; col++, dy += 16) {
        const vf d = vf_mul(vf_load(dy), vf_set1(scale));
        for (int j = 0; j < r->w; j++, dx += 16)
            vf_store(dx, gate ? vf_select(*gate++, d, vf_zero()) : d);
    }
}

#define MT_POOLED_KERNELS                                                                                    \
    {                                                                                                        \
        .max = pooled_max, .mean = pooled_mean, .back = pooled_back                                          \
    }
