/* dots.h: many points as few paths: sorted by layer, color and place, rounded to 0.1, each place once.
 * Private to lib/report. */
#ifndef MT_REPORT_DOTS_H
#define MT_REPORT_DOTS_H

#include <stdint.h>

#include "lib/core/buf.h"

struct mt_dot {
    int32_t layer; /* drawn in ascending order */
    int32_t color; /* class; -1: none */
    int32_t x, y;  /* tenths of pixels */
};

/* Sorts n dots and drops those that fall on another of their layer and color. Returns how many are left. */
int64_t mt_dots_sort(struct mt_dot *dot, int64_t n);
/* Draws the dots from *at on that are of this layer; moves *at behind them. */
void mt_dots_draw(struct mt_buf *b, const struct mt_dot *dot, int64_t n, int64_t *at, int layer, double size,
                  double opacity);
/* How large the dots of n points are drawn. */
double mt_dots_size(int64_t n);

#endif
