/* window.h: kernels of pooling on one block of 16 samples (lanes.h).
 *
 * A window of h x w elements moves by sy, sx over each plane; the plane's first element stands at (top, left)
 * of the padded plane. Elements of the padding are left out: they never win and do not count. */
#ifndef MT_MATH_WINDOW_H
#define MT_MATH_WINDOW_H

#include <stdint.h>

#include "lib/math/lanes.h"

struct mt_window {
    int h, w, sy, sx, top, left;
};

struct mt_window_kernels {
    /* y = the largest element of each window; of equals the first. With `later`, h * w - 1 masks per output
     * say for backward which elements, counted without the padding's, beat all before them. */
    void (*max_forward)(const struct mt_window *win, struct mt_shape in, struct mt_shape out, const float *x,
                        float *y, uint16_t *later);
    void (*max_backward)(const struct mt_window *win, struct mt_shape in, struct mt_shape out,
                         const float *dy, const uint16_t *later, float *dx);
    void (*mean_forward)(const struct mt_window *win, struct mt_shape in, struct mt_shape out, const float *x,
                         float *y);
    void (*mean_backward)(const struct mt_window *win, struct mt_shape in, struct mt_shape out,
                          const float *dy, float *dx);
};

#endif
