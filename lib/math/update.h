/* update.h: kernels of the optimizers, over pieces of tensors. All sets give the same bytes: no operation is
 * fused, roots and quotients are rounded correctly, sums keep their order. */
#ifndef MT_MATH_UPDATE_H
#define MT_MATH_UPDATE_H

#include <stddef.h>

/* Coefficients of one step of Adam (lib/optim/adam_update.h):
 *
 *     d = g_scale (g + l2x2 w) + coupled w
 *     m = beta1 m + mean_gain d,  v = beta2 v + square_gain d^2;  below `tiny` they become 0
 *     w = keep w - rate m / (sqrt(v) + eps) */
struct mt_adam_step {
    float g_scale, l2x2, coupled, beta1, beta2, mean_gain, square_gain, tiny, keep, rate, eps;
};

struct mt_update_kernels {
    /* sum (g + c w)^2 over n elements, in double; w may be NULL when c is 0. */
    double (*squares)(const float *g, const float *w, double c, size_t n);
    /* g, w, m and v begin at multiples of 64 bytes. */
    void (*adam)(const struct mt_adam_step *s, size_t n, const float *g, float *w, float *m, float *v);
};

#endif
