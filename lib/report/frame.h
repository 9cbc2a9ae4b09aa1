/* frame.h: the title, axes and grid that charts stand in. Private to lib/report. */
#ifndef MT_REPORT_FRAME_H
#define MT_REPORT_FRAME_H

#include "lib/core/buf.h"
#include "lib/report/scale.h"

#define MT_FRAME_TITLE 26.0 /* height that a title takes */

struct mt_frame {
    double left, top, right, bottom; /* of the place for values */
    struct mt_axis x, y;
};

/* Places the axes, whose values are set, inside a chart of this size; `above` is kept free under the title.
 */
void mt_frame_place(struct mt_frame *f, double width, double height, double above);
void mt_frame_title(struct mt_buf *b, double width, const char *title);
/* Grid, ticks with their labels, frame and the title of the x axis (NULL: none). */
void mt_frame_draw(struct mt_buf *b, const struct mt_frame *f, const char *x_title);

/* One line of the names of series, from (x, y) on, each behind a sample of its line. `most` pixels wide. */
struct mt_frame_key {
    const char *name, *color, *dash;
};
void mt_frame_keys(struct mt_buf *b, double x, double y, double most, const struct mt_frame_key *key, int n);

#endif
