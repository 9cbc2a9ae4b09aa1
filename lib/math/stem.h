/* stem.h: the inner loops of a 3x3 convolution of few channels with stride 1, such as a network's first.
 *
 * It has so little arithmetic per output (conv.h has the formulas) that storing outputs only to pool them, or
 * spreading gradients only to read them back, would take longer than the sums. Here a tile of outputs is one
 * pooling window of a few filters, which is pooled in registers; and weight gradients take the gradient of
 * the pooled output and its gates (pooled.h). x has its padding, so that all outputs use all taps.
 *
 * Sums run over channels and taps (forward) or windows and their elements (weights) in ascending order with
 * one fused multiply-add per term. Distances are in floats, those of gates in gates. */
#ifndef MT_MATH_STEM_H
#define MT_MATH_STEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MT_STEM_CHANNELS 3 /* at most */

/* rows x cols windows of h x w elements that lie side by side, of all filters of a tile. */
struct mt_stem_pooled {
    int rows, cols, h, w; /* h = w: 2 or 3 */
    bool mean, relu;      /* ReLU before a mean, after a maximum */
    int channels, filters;
    const float *x; /* of the first element's first tap */
    ptrdiff_t x_row;
    size_t x_channel;
    const float *weight; /* packed [channels][9][filters] */
    const float *bias;   /* (filters), or NULL */
    float *y;
    size_t y_filter;
    ptrdiff_t y_row;
    uint16_t *gate; /* of z, or NULL */
    size_t gate_filter;
    ptrdiff_t gate_row;
};

/* dw[f][i][j] += sum over elements (r, c) of dz[f][r][c] * x[r + i][c + j] lane by lane, db[f] += sum of dz
 * of one channel of x. dz = scale * dy of the window where the gate is set (NULL: everywhere); with 1x1
 * windows, where y > 0. */
struct mt_stem_outer {
    int rows, cols, h, w; /* windows; h = w: 1, 2 or 3 */
    int filters;
    float scale;
    const float *x;
    ptrdiff_t x_row;
    const float *dy, *y; /* y: with 1x1 windows, NULL: no ReLU */
    size_t dy_filter;
    ptrdiff_t dy_row;
    const uint16_t *gate;
    size_t gate_filter;
    ptrdiff_t gate_row;
    float *dw; /* of each filter nine vectors */
    size_t dw_filter;
    float *db; /* a vector per filter, or NULL */
};

struct mt_stem_kernels {
    int filters[4]; /* largest tile of filters for windows of that height and width */
    void (*pooled)(const struct mt_stem_pooled *tile);
    void (*outer)(const struct mt_stem_outer *outer);
};

#endif
