/* update_impl.h: the kernels of update.h, compiled once per instruction set. */
#include <string.h>

#include "lib/math/update.h"

typedef float update_half __attribute__((vector_size(32)));
typedef double update_wide __attribute__((vector_size(64)));

static inline void update_widen(const float *p, update_wide out[2])
{
    for (int h = 0; h < 2; h++) {
        update_half part;
        memcpy(&part, p + 8 * h, sizeof part);
        out[h] = __builtin_convertvector(part, update_wide);
    }
}

/* sum += (g + c w)^2 for sixteen elements, each with a sum of its own */
static inline void update_square(const float *g, const float *w, double c, update_wide sum[2])
{
    update_wide d[2], weight[2];
    update_widen(g, d);
    if (w) {
        update_widen(w, weight);
        for (int h = 0; h < 2; h++)
            d[h] += c * weight[h];
    }
    for (int h = 0; h < 2; h++)
        sum[h] += d[h] * d[h];
}

static inline double update_squares_of(const float *g, const float *w, double c, size_t n)
{
    update_wide sum[2] = {{0}, {0}};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        update_square(g + i, w ? w + i : NULL, c, sum);
    if (i < n) {
        float last_g[16] = {0}, last_w[16] = {0};
        memcpy(last_g, g + i, (n - i) * sizeof *g);
        if (w)
            memcpy(last_w, w + i, (n - i) * sizeof *w);
        update_square(last_g, w ? last_w : NULL, c, sum);
    }
    update_wide all = sum[0] + sum[1];
    double total[8];
    memcpy(total, &all, sizeof total);
    for (int half = 4; half; half /= 2)
        for (int l = 0; l < half; l++)
            total[l] += total[l + half];
    return total[0];
}

static double update_squares(const float *g, const float *w, double c, size_t n)
{
    return c != 0 ? update_squares_of(g, w, c, n) : update_squares_of(g, NULL, 0, n);
}

static inline void update_adam_16(const struct mt_adam_step *s, const float *g, float *w, float *m, float *v)
{
    const vf weight = vf_load(w), tiny = vf_set1(s->tiny), zero = vf_zero();
    vf d = vf_mul(vf_set1(s->g_scale), vf_add(vf_load(g), vf_mul(vf_set1(s->l2x2), weight)));
    d = vf_add(d, vf_mul(vf_set1(s->coupled), weight));
    vf mean = vf_add(vf_mul(vf_set1(s->beta1), vf_load(m)), vf_mul(vf_set1(s->mean_gain), d));
    vf square = vf_add(vf_mul(vf_set1(s->beta2), vf_load(v)), vf_mul(vf_set1(s->square_gain), vf_mul(d, d)));
    mean = vf_select(vf_gt(tiny, vf_max(vf_sub(zero, mean), mean)), zero, mean);
    square = vf_select(vf_gt(tiny, square), zero, square);
    vf move = vf_div(vf_mul(vf_set1(s->rate), mean), vf_add(vf_sqrt(square), vf_set1(s->eps)));
    vf_store(m, mean);
    vf_store(v, square);
    vf_store(w, vf_sub(vf_mul(vf_set1(s->keep), weight), move));
}

static void update_adam(const struct mt_adam_step *s, size_t n, const float *g, float *w, float *m, float *v)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        update_adam_16(s, g + i, w + i, m + i, v + i);
    if (i == n)
        return;
    float last[4][16] __attribute__((aligned(64))) = {{0}}, *from[4] = {(float *)g + i, w + i, m + i, v + i};
    for (int a = 0; a < 4; a++)
        memcpy(last[a], from[a], (n - i) * sizeof *g);
    update_adam_16(s, last[0], last[1], last[2], last[3]);
    for (int a = 1; a < 4; a++)
        memcpy(from[a], last[a], (n - i) * sizeof *g);
}

#define MT_UPDATE_KERNELS                                                                                    \
    {                                                                                                        \
        .squares = update_squares, .adam = update_adam,                                                      \
    }
