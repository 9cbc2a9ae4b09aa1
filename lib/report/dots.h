/* dots.h: many points as few paths: sorted by layer, color and place, rounded to 0.1, each place once.
 * Private to lib/report. */
#ifndef MT_REPORT_DOTS_H
#define MT_REPORT_DOTS_H

#include <stdint.h>

#include "lib/core/buf.h"

struct mt_dot {
    int32_t layer; /* drawn in ascending order */
    int32_t color; /* 0 to MT_PALETTE_CLASSES - 1; -1: none */
    int32_t x, y;  /* tenths of pixels */
};
struct mt_dots {
    struct mt_dot *v;
    int64_t n, at; /* those before `at` are drawn */
};

int mt_dots_init(struct mt_dots *d, int64_t most); /* -1 without memory; v is for free() */
void mt_dots_add(struct mt_dots *d, int layer, int32_t label, double x, double y);
/* Sorts, and drops what falls on another dot of its layer and color. */
void mt_dots_sort(struct mt_dots *d);

/* Draws the dots of the next layer, if it is this one: as circles of this size, or as the diamonds that stand
 * for the centers of classes. */
void mt_dots_draw(struct mt_buf *b, struct mt_dots *d, int layer, double size, double opacity);
void mt_dots_draw_diamonds(struct mt_buf *b, struct mt_dots *d, int layer, double opacity);
/* How large the circles of n points are. */
double mt_dots_size(int64_t n);

#endif
