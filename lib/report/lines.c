/* lines.c: several series over one axis, with gaps where nothing was measured. */
#include <math.h>

#include "lib/report/chart.h"
#include "lib/report/frame.h"
#include "lib/report/palette.h"
#include "lib/report/svg.h"

#define KEYS 18.0 /* height of the names of the series */
#define MOST_KEYS 8
#define MOST_PIECES                                                                                          \
    1500 /* of a series; where it is longer, pieces are drawn as first, least, largest and last */

static bool is_shown(const struct mt_chart_lines *c, double y)
{
    return isfinite(y) && (!c->log || y > 0.0);
}

static void place(struct mt_frame *f, double width, double height, const struct mt_chart_lines *c)
{
    double low = NAN, high = NAN, x_low = 0.0, x_high = 1.0;
    for (int s = 0; s < c->n_series; s++) {
        double a, b;
        if (!mt_axis_range(c->series[s].y, (long)c->n, c->log, &a, &b))
            continue;
        low = fmin(low, a); /* fmin passes over not-a-number */
        high = fmax(high, b);
    }
    mt_axis_range(c->x, (long)c->n, false, &x_low, &x_high);
    mt_axis_linear(&f->x, x_low, x_high, width < 260 ? 4 : 7, true);
    if (c->log)
        mt_axis_log(&f->y, low, high, 6);
    else
        mt_axis_linear(&f->y, low, high, height < 160 ? 3 : 6, false);
    mt_frame_place(f, width, height, KEYS);
}

static void draw_keys(struct mt_buf *b, const struct mt_frame *f, const struct mt_chart_lines *c)
{
    struct mt_frame_key key[MOST_KEYS];
    int n = c->n_series < MOST_KEYS ? c->n_series : MOST_KEYS;
    for (int s = 0; s < n; s++)
        key[s] =
            (struct mt_frame_key){c->series[s].name, mt_palette_class(c->series[s].color), c->series[s].dash};
    mt_frame_keys(b, f->left, f->top - 7, f->right - f->left, key, n);
}

struct pen {
    struct mt_svg_path path;
    const struct mt_frame *frame;
    const struct mt_chart_lines *chart;
    const double *y;
};

static void go_to(struct pen *p, int64_t i)
{
    double x = mt_axis_at(&p->frame->x, p->chart->x[i]);
    if (is_shown(p->chart, p->y[i]) && isfinite(x))
        mt_svg_path_line(&p->path, x, mt_axis_at(&p->frame->y, p->y[i]));
    else
        mt_svg_path_lift(&p->path);
}

/* A value between two gaps has no line: it becomes a dot. */
static bool is_alone(const struct pen *p, int64_t i)
{
    bool before = i > 0 && is_shown(p->chart, p->y[i - 1]);
    bool after = i + 1 < p->chart->n && is_shown(p->chart, p->y[i + 1]);
    return is_shown(p->chart, p->y[i]) && !before && !after;
}

static void draw_all(struct pen *p)
{
    for (int64_t i = 0; i < p->chart->n; i++)
        if (is_alone(p, i))
            mt_svg_path_dot(&p->path, mt_axis_at(&p->frame->x, p->chart->x[i]),
                            mt_axis_at(&p->frame->y, p->y[i]));
        else
            go_to(p, i);
}

/* The values from `first` to before `end` as a line through the extremes, in their order. */
static void draw_piece(struct pen *p, int64_t first, int64_t end)
{
    int64_t low = -1, high = -1;
    for (int64_t i = first; i < end; i++) {
        if (!is_shown(p->chart, p->y[i]))
            continue;
        low = low < 0 || p->y[i] < p->y[low] ? i : low;
        high = high < 0 || p->y[i] > p->y[high] ? i : high;
    }
    go_to(p, first);
    if (low >= 0) {
        go_to(p, low < high ? low : high);
        go_to(p, low < high ? high : low);
    }
    go_to(p, end - 1);
}

static void draw_series(struct mt_buf *b, const struct mt_frame *f, const struct mt_chart_lines *c,
                        const struct mt_chart_series *s)
{
    struct pen p = {.frame = f, .chart = c, .y = s->y};
    mt_svg_path_begin(&p.path, b,
                      &(struct mt_svg_style){.stroke = mt_palette_class(s->color),
                                             .width = 1.6,
                                             .dash = s->dash,
                                             .round = true,
                                             .tip = s->name});
    if (c->n <= 2 * MOST_PIECES)
        draw_all(&p);
    else
        for (int64_t k = 0; k < MOST_PIECES; k++)
            draw_piece(&p, c->n * k / MOST_PIECES, c->n * (k + 1) / MOST_PIECES);
    mt_svg_path_end(&p.path);
}

void mt_chart_lines(struct mt_buf *b, double width, double height, const struct mt_chart_lines *c)
{
    struct mt_frame f;
    place(&f, width, height, c);
    mt_frame_title(b, width, c->title);
    draw_keys(b, &f, c);
    mt_frame_draw(b, &f, c->x_title);
    for (int s = 0; s < c->n_series; s++)
        draw_series(b, &f, c, &c->series[s]);
}
