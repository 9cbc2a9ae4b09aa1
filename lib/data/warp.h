/* warp.h: samples whose pixels come from other places: bilinear resampling, and shifts by whole pixels. */
#ifndef MT_DATA_WARP_H
#define MT_DATA_WARP_H

#include "lib/data/transform.h"

struct mt_warp {
    int top, left, h, w; /* the part of the sample that is looked at */
    /* Pixel (i,j) of the result is what stands at (y0 + yy i + yx j, x0 + xy i + xx j) of that part. */
    double y0, yy, yx, x0, xy, xx;
    double fill; /* what is beyond the part; NaN: what its nearest pixel holds */
};

size_t mt_warp_scratch(const struct mt_form *f);
void mt_warp(const struct mt_form *f, const struct mt_warp *w, const void *in, void *out, void *scratch);

/* Enlarges a part of the sample to all of it. */
void mt_enlarge(const struct mt_form *f, int top, int left, int h, int w, const void *in, void *out,
                void *scratch);

/* Moves the sample down and right. fill as above; |down| < H, |right| < W. */
void mt_move(const struct mt_form *f, int down, int right, double fill, const void *in, void *out);

#endif
