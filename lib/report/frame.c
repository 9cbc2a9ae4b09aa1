#include "lib/report/frame.h"

#include <math.h>

#include "lib/report/svg.h"

#define SMALL 10.0 /* size of labels */
#define LEFT 46.0
#define RIGHT 12.0
#define BOTTOM 38.0
#define SAMPLE 22.0 /* length of the line in front of a name */

void mt_frame_place(struct mt_frame *f, double width, double height, double above)
{
    f->left = LEFT;
    f->top = MT_FRAME_TITLE + above;
    f->right = fmax(width - RIGHT, LEFT + 1.0);
    f->bottom = fmax(height - BOTTOM, f->top + 1.0);
    f->x.from = f->left;
    f->x.to = f->right;
    f->y.from = f->bottom;
    f->y.to = f->top;
}

void mt_frame_title(struct mt_buf *b, double width, const char *title)
{
    if (title)
        mt_svg_text(b, 4, 16, title,
                    &(struct mt_svg_text){.size = 13, .bold = true, .most = (int)(width / 7.2)});
}

static void draw_x_axis(struct mt_buf *b, const struct mt_frame *f, const char *title)
{
    char label[32];
    for (int i = 0; i < f->x.n_ticks; i++) {
        double at = mt_axis_at(&f->x, f->x.tick[i]);
        mt_axis_label(&f->x, i, label);
        mt_svg_text(b, at, f->bottom + 14, label, &(struct mt_svg_text){.size = SMALL, .anchor = "middle"});
    }
    if (title)
        mt_svg_text(b, (f->left + f->right) / 2, f->bottom + 30, title,
                    &(struct mt_svg_text){.size = 11, .anchor = "middle"});
}

static void draw_y_axis(struct mt_buf *b, const struct mt_frame *f)
{
    char label[32];
    for (int i = 0; i < f->y.n_ticks; i++) {
        double at = mt_axis_at(&f->y, f->y.tick[i]);
        mt_axis_label(&f->y, i, label);
        mt_svg_text(b, f->left - 6, at + 3.5, label, &(struct mt_svg_text){.size = SMALL, .anchor = "end"});
    }
}

void mt_frame_draw(struct mt_buf *b, const struct mt_frame *f, const char *x_title)
{
    struct mt_svg_path grid;
    mt_svg_path_begin(&grid, b,
                      &(struct mt_svg_style){.stroke = "currentColor", .width = 0.6, .opacity = 0.2});
    for (int i = 0; i < f->x.n_ticks; i++) {
        double at = mt_axis_at(&f->x, f->x.tick[i]);
        mt_svg_path_move(&grid, at, f->top);
        mt_svg_path_line(&grid, at, f->bottom);
    }
    for (int i = 0; i < f->y.n_ticks; i++) {
        double at = mt_axis_at(&f->y, f->y.tick[i]);
        mt_svg_path_move(&grid, f->left, at);
        mt_svg_path_line(&grid, f->right, at);
    }
    mt_svg_path_end(&grid);
    draw_x_axis(b, f, x_title);
    draw_y_axis(b, f);
    mt_svg_rect(b, f->left, f->top, f->right - f->left, f->bottom - f->top,
                &(struct mt_svg_style){.stroke = "currentColor", .width = 0.8, .opacity = 0.6});
}

void mt_frame_keys(struct mt_buf *b, double x, double y, double most, const struct mt_frame_key *key, int n)
{
    double end = x + most;
    for (int i = 0; i < n; i++) {
        double width = mt_svg_text_width(key[i].name, SMALL);
        if (x + SAMPLE + 4 + width > end && i > 0)
            break;
        mt_svg_line(b, x, y - 3.5, x + SAMPLE, y - 3.5,
                    &(struct mt_svg_style){.stroke = key[i].color, .width = 2, .dash = key[i].dash});
        mt_svg_text(b, x + SAMPLE + 4, y, key[i].name, &(struct mt_svg_text){.size = SMALL, .most = 40});
        x += SAMPLE + width + 16;
    }
}
