/* scatter.c: points of classes in the plane, in one scale for both axes. */
#include <math.h>
#include <stdlib.h>

#include "lib/report/chart.h"
#include "lib/report/dots.h"
#include "lib/report/frame.h"
#include "lib/report/svg.h"

static bool is_finite(const float *x)
{
    return isfinite(x[0]) && isfinite(x[1]);
}

struct extent {
    double low[2], high[2];
    bool any;
};

static void extend(struct extent *e, const float *x, int64_t n, int dim)
{
    for (int64_t i = 0; i < n; i++)
        for (int d = 0; d < 2 && is_finite(x + i * dim); d++) {
            double v = x[i * dim + d];
            e->low[d] = e->any ? fmin(e->low[d], v) : v;
            e->high[d] = e->any ? fmax(e->high[d], v) : v;
            e->any |= d == 1;
        }
}

static void find_extent(struct extent *e, const struct mt_chart_points *p)
{
    *e = (struct extent){0};
    extend(e, p->x, p->n, p->dim);
    if (p->center)
        extend(e, p->center, p->n_centers, p->dim);
    if (p->unit || !e->any)
        *e = (struct extent){{-1, -1}, {1, 1}, true};
}

/* Both axes get the same number of units per pixel. */
static void place(struct mt_frame *f, double width, double height, const struct mt_chart_points *p, bool axes)
{
    struct extent e;
    find_extent(&e, p);
    if (axes) {
        mt_frame_place(f, width, height, 0);
    } else {
        *f = (struct mt_frame){.left = 2, .top = p->title ? MT_FRAME_TITLE : 2, .right = width - 2};
        f->bottom = fmax(height - 2, f->top + 1);
    }
    double wide = f->right - f->left, high = f->bottom - f->top;
    double unit = fmax((e.high[0] - e.low[0]) / wide, (e.high[1] - e.low[1]) / high) * 1.08;
    unit = unit > 0.0 ? unit : 1.0 / wide;
    double x = (e.low[0] + e.high[0]) / 2, y = (e.low[1] + e.high[1]) / 2;
    mt_axis_linear(&f->x, x - unit * wide / 2, x + unit * wide / 2, 6, true);
    mt_axis_linear(&f->y, y - unit * high / 2, y + unit * high / 2, 6, true);
    f->x.from = f->left;
    f->x.to = f->right;
    f->y.from = f->bottom;
    f->y.to = f->top;
}

static int make_dots(struct mt_dots *dots, const struct mt_frame *f, const float *x, int dim,
                     const int32_t *label, int64_t n)
{
    if (mt_dots_init(dots, n) < 0)
        return -1;
    for (int64_t i = 0; i < n; i++, x += dim)
        if (is_finite(x))
            mt_dots_add(dots, 0, label ? label[i] : -1, mt_axis_at(&f->x, x[0]), mt_axis_at(&f->y, x[1]));
    mt_dots_sort(dots);
    return 0;
}

static void draw_circle(struct mt_buf *b, const struct mt_frame *f)
{
    double x = mt_axis_at(&f->x, 0), y = mt_axis_at(&f->y, 0);
    mt_svg_circle(b, x, y, mt_axis_at(&f->x, 1) - x,
                  &(struct mt_svg_style){.stroke = "currentColor", .width = 0.8, .opacity = 0.5});
}

void mt_chart_scatter(struct mt_buf *b, double width, double height, const struct mt_chart_points *p,
                      bool axes)
{
    struct mt_frame f;
    struct mt_dots points = {0}, centers = {0};
    place(&f, width, height, p, axes);
    mt_frame_title(b, width, p->title);
    if (axes)
        mt_frame_draw(b, &f, NULL);
    if (p->unit)
        draw_circle(b, &f);
    if (make_dots(&points, &f, p->x, p->dim, p->label, p->n) < 0 ||
        make_dots(&centers, &f, p->center, p->dim, p->center_label, p->center ? p->n_centers : 0) < 0)
        b->failed = true;
    mt_dots_draw(b, &points, 0, mt_dots_size(p->n), 0.8);
    mt_dots_draw_diamonds(b, &centers, 0, 1);
    free(points.v);
    free(centers.v);
}
