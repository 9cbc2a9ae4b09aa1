#include "lib/report/dots.h"

#include <math.h>
#include <stdlib.h>

#include "lib/report/palette.h"
#include "lib/report/svg.h"

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

int64_t mt_dots_sort(struct mt_dot *dot, int64_t n)
{
    int64_t kept = 0;
    if (n > 0)
        qsort(dot, (size_t)n, sizeof *dot, compare);
    for (int64_t i = 0; i < n; i++)
        if (kept == 0 || compare(&dot[kept - 1], &dot[i]) != 0)
            dot[kept++] = dot[i];
    return kept;
}

void mt_dots_draw(struct mt_buf *b, const struct mt_dot *dot, int64_t n, int64_t *at, int layer, double size,
                  double opacity)
{
    int64_t i = *at;
    if (i == n || dot[i].layer != layer)
        return;
    mt_svg_group(b, &(struct mt_svg_style){.width = size, .opacity = opacity, .round = true});
    while (i < n && dot[i].layer == layer) {
        struct mt_svg_path p;
        int32_t color = dot[i].color;
        mt_svg_path_begin(
            &p, b, &(struct mt_svg_style){.stroke = color < 0 ? "currentColor" : mt_palette_class(color)});
        for (; i < n && dot[i].layer == layer && dot[i].color == color; i++)
            mt_svg_path_dot(&p, dot[i].x / 10.0, dot[i].y / 10.0);
        mt_svg_path_end(&p);
    }
    mt_svg_group_end(b);
    *at = i;
}

double mt_dots_size(int64_t n)
{
    return fmin(fmax(9.0 / pow((double)n + 1.0, 0.18), 1.6), 5.0);
}
