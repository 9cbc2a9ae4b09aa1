/* pooled.h: pooling windows that lie side by side without overlap or padding, one row of windows at a time.
 *
 * A convolution that took over its pooling layer calls them on rows that just were computed, so that the
 * plane before pooling never exists as a whole. What backward needs is one bit per element and sample, its
 * gate: whether the element won its maximum, or ReLU let it through to the mean. */
#ifndef MT_MATH_POOLED_H
#define MT_MATH_POOLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mt_pooled_row {
    int h, w, cols;  /* window, windows in a row */
    ptrdiff_t x_row; /* floats from one row of x to the next */
};

struct mt_pooled_kernels {
    /* y[col] = max of the window, then max(0, y) when `relu`. gate, unless NULL: (h, cols * w), bit l for
     * lane l: set at the first largest element in row-major order, nowhere where ReLU gives zero. */
    void (*max)(const struct mt_pooled_row *row, const float *x, float *y, uint16_t *gate, bool relu);
    /* y[col] = mean of the window. gate, unless NULL: set where x > 0. */
    void (*mean)(const struct mt_pooled_row *row, const float *x, float *y, uint16_t *gate);
    /* One row of the gradient of x: dx[element] = scale * dy[its window] where the gate (of that row, NULL:
     * all) is set, else 0. */
    void (*back)(const struct mt_pooled_row *row, float scale, const float *dy, const uint16_t *gate,
                 float *dx);
};

#endif
