/* norm.h: kernels of normalizing layers on one block of 16 samples (lanes.h). */
#ifndef MT_MATH_NORM_H
#define MT_MATH_NORM_H

#include <stddef.h>
#include <stdint.h>

struct mt_norm_keep {
    const uint16_t *bits; /* [C][P], one bit per lane */
    float factor;
};

struct mt_norm_kernels {
    /* Batch normalization: C channels of P elements, [C][P][16]; the first `lanes` lanes hold samples.
     * Dropout behind it, of which `keep` tells (NULL: none), multiplies its output and the gradient dy that
     * comes back, by `factor` in the lanes whose bit is set and by zero in the others. */

    /* mean[c] of the block's valid elements, and square[c] = sum of (x - mean[c])^2. */
    void (*moments)(int C, int P, int lanes, const float *x, float *mean, float *square);
    /* y = (x - mean[c]) scale[c] + shift[c]; y may be x. */
    void (*apply)(int C, int P, const float *x, const float *mean, const float *scale, const float *shift,
                  const struct mt_norm_keep *keep, float *y);
    /* sum_dy[c] = sum of dy, sum_dyx[c] = sum of dy (x - mean[c]); dy is zero in lanes without a sample. */
    void (*sums)(int C, int P, const float *x, const float *dy, const float *mean,
                 const struct mt_norm_keep *keep, float *sum_dy, float *sum_dyx);
    /* dx = scale[c] (dy - a[c] - (x - mean[c]) b[c]), zero in lanes without a sample; dx may be dy. */
    void (*backward)(int C, int P, int lanes, const float *x, const float *dy, const float *mean,
                     const float *scale, const float *a, const float *b, const struct mt_norm_keep *keep,
                     float *dx);

    /* y = x / sqrt(max(square, 1e-12)) for vectors of D, with square[lane] = sum x^2; y may be x. */
    void (*unit)(int D, const float *x, float *y, float *square);
    /* Its derivative from y and square: dx = (dy - y (y . dy)) / |x|, or dy 1e6 where the sum was below
     * 1e-12; dx may be dy. */
    void (*unit_backward)(int D, const float *y, const float *square, const float *dy, float *dx);
};

#endif
