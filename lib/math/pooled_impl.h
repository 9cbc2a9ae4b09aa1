/* pooled_impl.h: the kernels of pooled.h, compiled once per instruction set. */
#include "lib/math/pooled.h"

#define POOLED_CODE static inline __attribute__((always_inline)) void

static void pooled_max_any(const struct mt_pooled_row *r, const float *x, float *y, uint16_t *gate, bool relu)
{
    const int places = r->h * r->w, gate_row = r->cols * r->w;
    for (int col = 0; col < r->cols; col++, x += r->w * 16, y += 16) {
        vf best = vf_load(x);
        for (int k = 1; k < places; k++) {
            const vf v = vf_load(x + k / r->w * r->x_row + k % r->w * 16);
            const vmask larger = vf_gt(v, best);
            best = vf_select(larger, v, best);
            if (gate)
                gate[k / r->w * gate_row + col * r->w + k % r->w] = larger;
        }
        /* The last one that was larger than all before it won. */
        vmask left = relu ? vf_gt(best, vf_zero()) : 0xffff;
        for (int k = places - 1; gate && k >= 0; k--) {
            uint16_t *g = &gate[k / r->w * gate_row + col * r->w + k % r->w];
            const vmask larger = k ? *g : 0xffff;
            *g = larger & left;
            left &= (vmask)~larger;
        }
        vf_store(y, relu ? vf_max(vf_zero(), best) : best);
    }
}

/* The same for 2 x 2, which nearly all are. */
static void pooled_max_2x2(const struct mt_pooled_row *r, const float *x, float *y, uint16_t *gate, bool relu)
{
    for (int col = 0; col < r->cols; col++, x += 32, y += 16) {
        const vf v[4] = {vf_load(x), vf_load(x + 16), vf_load(x + r->x_row), vf_load(x + r->x_row + 16)};
        const vmask b = vf_gt(v[1], v[0]);
        vf best = vf_select(b, v[1], v[0]);
        const vmask c = vf_gt(v[2], best);
        best = vf_select(c, v[2], best);
        const vmask d = vf_gt(v[3], best);
        best = vf_select(d, v[3], best);
        vf_store(y, relu ? vf_max(vf_zero(), best) : best);
        if (!gate)
            continue;
        const unsigned left = relu ? vf_gt(best, vf_zero()) : 0xffff, upper = left & ~(unsigned)(c | d);
        uint16_t *g = gate + 2 * col, *below = g + 2 * r->cols;
        g[0] = (uint16_t)(upper & ~(unsigned)b);
        g[1] = (uint16_t)(upper & b);
        below[0] = (uint16_t)(left & ~(unsigned)d & c);
        below[1] = (uint16_t)(left & d);
    }
}

static void pooled_max(const struct mt_pooled_row *r, const float *x, float *y, uint16_t *gate, bool relu)
{
    (r->h == 2 && r->w == 2 ? pooled_max_2x2 : pooled_max_any)(r, x, y, gate, relu);
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

/* With w known to the compiler its loop vanishes. */
POOLED_CODE pooled_back_of(int cols, int w, float scale, const float *dy, const uint16_t *gate, float *dx)
{
    for (int col = 0; col < cols; col++, dy += 16, gate += w, dx += w * 16) {
        const vf d = vf_mul(vf_load(dy), vf_set1(scale));
        for (int j = 0; j < w; j++)
            vf_store(dx + j * 16, vf_select(gate[j], d, vf_zero()));
    }
}

static void pooled_back_open(const struct mt_pooled_row *r, float scale, const float *dy, float *dx)
{
    for (int col = 0; col < r->cols; col++, dy += 16) {
        const vf d = vf_mul(vf_load(dy), vf_set1(scale));
        for (int j = 0; j < r->w; j++, dx += 16)
            vf_store(dx, d);
    }
}

static void pooled_back(const struct mt_pooled_row *r, float scale, const float *dy, const uint16_t *gate,
                        float *dx)
{
    if (!gate)
        pooled_back_open(r, scale, dy, dx);
    else if (r->w == 2)
        pooled_back_of(r->cols, 2, scale, dy, gate, dx);
    else if (r->w == 3)
        pooled_back_of(r->cols, 3, scale, dy, gate, dx);
    else
        pooled_back_of(r->cols, r->w, scale, dy, gate, dx);
}

#define MT_POOLED_KERNELS                                                                                    \
    {                                                                                                        \
        .max = pooled_max, .mean = pooled_mean, .back = pooled_back                                          \
    }
