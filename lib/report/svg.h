/* svg.h: drawings as SVG 1.1 text.
 *
 *     mt_svg_begin(&b, &(struct mt_svg){.width = 400, .height = 300, .title = "Loss", .standalone = true});
 *     mt_svg_circle(&b, 20, 20, 4, &(struct mt_svg_style){.fill = mt_palette_class(0)});
 *     mt_svg_end(&b);
 *
 * Lengths are in pixels of the drawing; y grows downward. What is drawn may stand in a file of its own or
 * inside an HTML page: it refers to nothing outside, uses no ids, no classes and no style sheet of the page,
 * and draws lines and text in currentColor, so that it follows the color of its surroundings; a file of its
 * own brings two colors, for readers who like it light or dark. Every text is taken as hostile. Numbers do
 * not depend on the locale, and the same calls give the same bytes. A failed allocation is remembered by the
 * buffer. */
#ifndef MT_REPORT_SVG_H
#define MT_REPORT_SVG_H

#include <stdbool.h>

#include "lib/core/buf.h"

struct mt_svg {
    double width, height;
    const char *title; /* short: what a screen reader says */
    const char *desc;  /* what is to be seen, in a sentence or two; NULL */
    bool standalone;   /* a file of its own instead of a part of a page */
};
void mt_svg_begin(struct mt_buf *b, const struct mt_svg *svg);
void mt_svg_end(struct mt_buf *b);

/* Zero and NULL mean "as the group around it". Outside of any group: fill none, stroke none, width 1. Colors
 * are "#rrggbb", "none" or "currentColor". */
struct mt_svg_style {
    const char *fill, *stroke;
    double width;     /* of the stroke */
    double opacity;   /* (0,1] */
    const char *dash; /* "4 2" */
    bool round; /* ends and joins of strokes; a dot of a path is a circle of the stroke's width, else a square
                 */
    const char *tip; /* text shown when the pointer rests on the shape */
};

void mt_svg_group(struct mt_buf *b,
                  const struct mt_svg_style *style);        /* what follows, up to the end, has the style */
void mt_svg_group_at(struct mt_buf *b, double x, double y); /* what follows is moved by (x, y) */
void mt_svg_group_end(struct mt_buf *b);
/* What follows, up to the end, is cut off outside of the rectangle. Coordinates stay. */
void mt_svg_clip(struct mt_buf *b, double x, double y, double width, double height);
void mt_svg_clip_end(struct mt_buf *b);

void mt_svg_rect(struct mt_buf *b, double x, double y, double width, double height,
                 const struct mt_svg_style *style);
void mt_svg_circle(struct mt_buf *b, double x, double y, double radius, const struct mt_svg_style *style);
void mt_svg_line(struct mt_buf *b, double x1, double y1, double x2, double y2,
                 const struct mt_svg_style *style);

struct mt_svg_text {
    double size;        /* 0: 12 */
    const char *anchor; /* "start" (NULL), "middle" or "end" */
    const char *fill;   /* NULL: currentColor */
    double turn;        /* degrees, clockwise, about its place */
    int most;           /* characters; the rest is cut off; 0: all */
    bool bold;
};
/* (x, y) is on the base line. style may be NULL. */
void mt_svg_text(struct mt_buf *b, double x, double y, const char *text, const struct mt_svg_text *style);
/* About how wide a text will be; fonts differ. */
double mt_svg_text_width(const char *text, double size);

/* One path of many pieces in few bytes: coordinates are rounded to 0.1 and written as differences. Between
 * begin and end nothing else is appended to the buffer. Coordinates that are not finite start no piece and
 * end the one under way. */
struct mt_svg_path {
    struct mt_buf *b;
    const char *tip;
    long x, y, start_x, start_y; /* where the pen is and the piece began, in tenths */
    bool any, down;              /* something was drawn; a piece is under way */
};
void mt_svg_path_begin(struct mt_svg_path *p, struct mt_buf *b, const struct mt_svg_style *style);
void mt_svg_path_move(struct mt_svg_path *p, double x, double y);
void mt_svg_path_line(struct mt_svg_path *p, double x, double y); /* moves where no piece is under way */
void mt_svg_path_lift(struct mt_svg_path *p);                     /* ends the piece: the next line moves */
void mt_svg_path_close(struct mt_svg_path *p);                    /* back to where the piece began */
void mt_svg_path_dot(struct mt_svg_path *p, double x, double y);
void mt_svg_path_end(struct mt_svg_path *p);

/* A number as attributes hold it: at most two decimals, no exponent; 0 for what is not finite. */
void mt_svg_number(struct mt_buf *b, double value);

#endif
