#include "lib/report/dots.h"

#include <math.h>
#include <stdlib.h>

#include "lib/report/palette.h"
#include "lib/report/svg.h"

int mt_dots_init(struct mt_dots *d, int64_t most)
{
    *d = (struct mt_dots){.v = malloc((size_t)most * sizeof *d->v + 1)};
    return d->v ? 0 : -1;
}

void mt_dots_add(struct mt_dots *d, int layer, int32_t label, double x, double y)
{
    d->v[d->n++] = (struct mt_dot){layer, label < 0 ? -1 : label % MT_PALETTE_CLASSES,
                                   (int32_t)lround(x * 10), (int32_t)lround(y * 10)};
}

/* Rows from top to bottom make for short differences. */
static int compare(const void *a, const void *b)
{
    const struct mt_dot *p = a, *q = b;
    if (p->layer != q->layer)
        return p->layer < q->layer ? -1 : 1;
    if (p->color != q->color)
        return p->color < q->color ? -1 : 1;
    int32_t row = p->y / 8 - q->y / 8;
    if (row)
        return row;
    return p->x != q->x ? (p->x < q->x ? -1 : 1) : (p->y > q->y) - (p->y < q->y);
}

void mt_dots_sort(struct mt_dots *d)
{
    int64_t kept = 0;
    if (d->n > 0)
        qsort(d->v, (size_t)d->n, sizeof *d->v, compare);
    for (int64_t i = 0; i < d->n; i++)
        if (kept == 0 || compare(&d->v[kept - 1], &d->v[i]) != 0)
            d->v[kept++] = d->v[i];
    d->n = kept;
}

static bool is_next(const struct mt_dots *d, int layer)
{
    return d->at < d->n && d->v[d->at].layer == layer;
}

static const char *color_of(const struct mt_dot *dot)
{
    return dot->color < 0 ? "currentColor" : mt_palette_class(dot->color);
}

void mt_dots_draw(struct mt_buf *b, struct mt_dots *d, int layer, double size, double opacity)
{
    if (!is_next(d, layer))
        return;
    mt_svg_group(b, &(struct mt_svg_style){.width = size, .opacity = opacity, .round = true});
    while (is_next(d, layer)) {
        const struct mt_dot *first = &d->v[d->at];
        struct mt_svg_path p;
        mt_svg_path_begin(&p, b, &(struct mt_svg_style){.stroke = color_of(first)});
        for (; is_next(d, layer) && d->v[d->at].color == first->color; d->at++)
            mt_svg_path_dot(&p, d->v[d->at].x / 10.0, d->v[d->at].y / 10.0);
        mt_svg_path_end(&p);
    }
    mt_svg_group_end(b);
}

static void add_diamond(struct mt_svg_path *p, const struct mt_dot *dot, double half)
{
    double x = dot->x / 10.0, y = dot->y / 10.0;
    mt_svg_path_move(p, x, y - half);
    mt_svg_path_line(p, x + half, y);
    mt_svg_path_line(p, x, y + half);
    mt_svg_path_line(p, x - half, y);
    mt_svg_path_close(p);
}

void mt_dots_draw_diamonds(struct mt_buf *b, struct mt_dots *d, int layer, double opacity)
{
    if (!is_next(d, layer))
        return;
    bool many = d->n > 100; /* small, so that they do not hide the points */
    mt_svg_group(
        b, &(struct mt_svg_style){.stroke = "currentColor", .width = many ? 0.5 : 1.2, .opacity = opacity});
    while (is_next(d, layer)) {
        const struct mt_dot *first = &d->v[d->at];
        struct mt_svg_path p;
        mt_svg_path_begin(&p, b, &(struct mt_svg_style){.fill = color_of(first)});
        for (; is_next(d, layer) && d->v[d->at].color == first->color; d->at++)
            add_diamond(&p, &d->v[d->at], many ? 2.2 : 6.0);
        mt_svg_path_end(&p);
    }
    mt_svg_group_end(b);
}

double mt_dots_size(int64_t n)
{
    return fmin(fmax(9.0 / pow((double)n + 1.0, 0.18), 1.6), 5.0);
}
