/* matrix.c: a confusion matrix whose cells are colored by their share of the row.
 *
 * Errors are rare, so the scale of colors follows the square root of the share: one in a hundred is seen.
 * Cells without a sample are left empty. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/report/chart.h"
#include "lib/report/frame.h"
#include "lib/report/palette.h"
#include "lib/report/svg.h"

#define MOST_NUMBERS 20 /* classes whose cells hold their count */
#define MOST_NAMED 60   /* classes whose rows and columns are named */
#define MOST_CELLS 150  /* rows that are drawn; more classes share them */
#define SHADES 24       /* colors where cells are too many to be drawn one by one */
#define BAR 52.0        /* width of the scale of colors, with its labels */

struct grid {
    int n, per; /* rows drawn, classes in each */
    int64_t *count;
    double left, top, cell;
    int characters; /* of a name */
    double size;    /* of the font of names */
};

static double share_of(const struct grid *g, int row, int column)
{
    int64_t all = 0;
    for (int k = 0; k < g->n; k++)
        all += g->count[(int64_t)row * g->n + k];
    return all > 0 ? (double)g->count[(int64_t)row * g->n + column] / (double)all : 0.0;
}

static bool gather(struct grid *g, const struct mt_chart_matrix *m)
{
    int C = m->classes.n;
    g->per = (C + MOST_CELLS - 1) / MOST_CELLS;
    g->per = g->per < 1 ? 1 : g->per;
    g->n = (C + g->per - 1) / g->per;
    g->count = calloc((size_t)g->n * (size_t)g->n + 1, sizeof *g->count);
    if (!g->count)
        return false;
    for (int64_t i = 0; i < C; i++)
        for (int64_t k = 0; k < C; k++)
            g->count[i / g->per * g->n + k / g->per] += m->count[i * C + k];
    return true;
}

static const char *name_of(const struct mt_chart_matrix *m, int k, char room[16])
{
    if (m->classes.name && m->classes.name[k] && *m->classes.name[k])
        return m->classes.name[k];
    snprintf(room, 16, "%d", k);
    return room;
}

static void place(struct grid *g, double width, double height, const struct mt_chart_matrix *m)
{
    double longest = 1.0, top = m->title ? MT_FRAME_TITLE : 4.0;
    char room[16];
    if (m->classes.n <= MOST_NAMED)
        for (int k = 0; k < m->classes.n; k++)
            longest = fmax(longest, mt_svg_text_width(name_of(m, k, room), 1.0) / 0.55);
    g->characters = (int)fmin(ceil(longest), 14.0);
    double names = m->classes.n <= MOST_NAMED ? g->characters * 6.0 + 8.0 : 8.0;
    g->left = 20 + names;
    g->top = top;
    g->cell = fmax(fmin((width - g->left - BAR) / g->n, (height - top - 20 - names) / g->n), 0.5);
    g->size = fmin(10.0, fmax(g->cell * 0.95, 4.0));
}

/* --- cells --- */

/* From light to dark, for cells without a sample are left white: in gray, too, few is lighter than many. */
static struct mt_color color_of(double root_of_share)
{
    return mt_palette_value(1.0 - root_of_share);
}

static void draw_numbered(struct mt_buf *b, const struct grid *g, const struct mt_chart_matrix *m)
{
    char text[64], hex[MT_COLOR_TEXT];
    for (int i = 0; i < g->n; i++)
        for (int k = 0; k < g->n; k++) {
            int64_t count = g->count[(int64_t)i * g->n + k];
            if (count == 0)
                continue;
            double share = share_of(g, i, k);
            struct mt_color color = color_of(sqrt(share));
            double x = g->left + k * g->cell, y = g->top + i * g->cell;
            snprintf(text, sizeof text, "%" PRId64 " (%.3g %%)", count, 100.0 * share);
            mt_svg_rect(b, x, y, g->cell, g->cell,
                        &(struct mt_svg_style){.fill = mt_color_text(color, hex), .tip = text});
            snprintf(text, sizeof text, "%" PRId64, count);
            double size = fmin(11.0, 1.6 * g->cell / (double)strlen(text));
            if (m->classes.n <= MOST_NUMBERS)
                mt_svg_text(b, x + g->cell / 2, y + g->cell / 2 + size * 0.36, text,
                            &(struct mt_svg_text){.size = size,
                                                  .anchor = "middle",
                                                  .fill = mt_color_is_dark(color) ? "#ffffff" : "#000000"});
        }
}

/* One path per shade. */
static void draw_shaded(struct mt_buf *b, const struct grid *g)
{
    char hex[MT_COLOR_TEXT];
    int64_t cells = (int64_t)g->n * g->n;
    uint8_t *shade = malloc((size_t)cells + 1); /* 0: no sample */
    if (!shade) {
        b->failed = true;
        return;
    }
    for (int i = 0; i < g->n; i++)
        for (int k = 0; k < g->n; k++)
            shade[(int64_t)i * g->n + k] =
                g->count[(int64_t)i * g->n + k]
                    ? (uint8_t)(1 + fmin(sqrt(share_of(g, i, k)) * SHADES, SHADES - 1))
                    : 0;
    for (int s = 1; s <= SHADES; s++) {
        struct mt_svg_path p;
        mt_svg_path_begin(&p, b,
                          &(struct mt_svg_style){.fill = mt_color_text(color_of((s - 0.5) / SHADES), hex)});
        for (int64_t at = 0; at < cells; at++) {
            if (shade[at] != s)
                continue;
            double x = g->left + (double)(at % g->n) * g->cell, y = g->top + (double)(at / g->n) * g->cell;
            mt_svg_path_move(&p, x, y);
            mt_svg_path_line(&p, x + g->cell, y);
            mt_svg_path_line(&p, x + g->cell, y + g->cell);
            mt_svg_path_line(&p, x, y + g->cell);
            mt_svg_path_close(&p);
        }
        mt_svg_path_end(&p);
    }
    free(shade);
}

/* --- around the cells --- */

static void draw_names(struct mt_buf *b, const struct grid *g, const struct mt_chart_matrix *m)
{
    char room[16];
    double bottom = g->top + g->n * g->cell;
    for (int k = 0; k < g->n && m->classes.n <= MOST_NAMED; k++) {
        const char *name = name_of(m, k, room);
        double middle = (k + 0.5) * g->cell;
        bool flat = g->characters <= 2;
        mt_svg_text(b, g->left - 5, g->top + middle + g->size * 0.36, name,
                    &(struct mt_svg_text){.size = g->size, .anchor = "end", .most = g->characters});
        mt_svg_text(b, g->left + middle + (flat ? 0 : g->size * 0.36), bottom + (flat ? 13 : 6), name,
                    &(struct mt_svg_text){.size = g->size,
                                          .anchor = flat ? "middle" : "end",
                                          .turn = flat ? 0 : -90,
                                          .most = g->characters});
    }
}

static void draw_titles(struct mt_buf *b, const struct grid *g, double height)
{
    char text[64] = "predicted class";
    double side = g->n * g->cell;
    if (g->per > 1)
        snprintf(text, sizeof text, "predicted class; a cell holds %d by %d classes", g->per, g->per);
    mt_svg_text(b, g->left + side / 2, height - 5, text,
                &(struct mt_svg_text){.size = 11, .anchor = "middle"});
    mt_svg_text(b, 12, g->top + side / 2, "true class",
                &(struct mt_svg_text){.size = 11, .anchor = "middle", .turn = -90});
}

static void draw_bar(struct mt_buf *b, const struct grid *g)
{
    static const double label[] = {0.01, 0.1, 0.25, 0.5, 1.0};
    char text[16], hex[MT_COLOR_TEXT];
    double side = fmin(g->n * g->cell, 240), x = g->left + g->n * g->cell + 10, bottom = g->top + side;
    for (int i = 0; i < 40; i++)
        mt_svg_rect(b, x, bottom - side * (i + 1) / 40, 9, side / 40 + 0.3,
                    &(struct mt_svg_style){.fill = mt_color_text(color_of((i + 0.5) / 40), hex)});
    for (size_t i = 0; i < sizeof label / sizeof *label; i++) {
        snprintf(text, sizeof text, "%.0f%%", 100 * label[i]);
        mt_svg_text(b, x + 12, bottom - side * sqrt(label[i]) + (label[i] < 1 ? 3.5 : 7), text,
                    &(struct mt_svg_text){.size = 9});
    }
}

void mt_chart_matrix(struct mt_buf *b, double width, double height, const struct mt_chart_matrix *m)
{
    struct grid g;
    if (m->classes.n < 1)
        return;
    if (!gather(&g, m)) {
        b->failed = true;
        return;
    }
    place(&g, width, height, m);
    mt_frame_title(b, width, m->title);
    if (m->classes.n <= MOST_NAMED)
        draw_numbered(b, &g, m);
    else
        draw_shaded(b, &g);
    mt_svg_rect(b, g.left, g.top, g.n * g.cell, g.n * g.cell,
                &(struct mt_svg_style){.stroke = "currentColor", .width = 0.8, .opacity = 0.6});
    draw_names(b, &g, m);
    draw_titles(b, &g, height);
    draw_bar(b, &g);
    free(g.count);
}
