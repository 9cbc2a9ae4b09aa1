/* heatmap.c: the reported metric over the two parameters with the most values, as an SVG file.
 *
 * A cell holds its mean and half its interval; one of which a run diverged, collapsed or failed is hatched
 * and says so, and one of which no run came through has no color. The scale of colors is that of
 * lib/report/palette.h, which is read in gray too. All that the drawing says stands in its description as
 * text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/answer/map.h"
#include "lib/compare/columns.h"
#include "lib/report/palette.h"
#include "lib/report/scale.h"
#include "lib/report/svg.h"

#define WIDE 96.0 /* of a cell, in pixels */
#define HIGH 62.0
#define FOOT 54.0 /* below a map: values and the name of the parameter */
#define EDGE 16.0
#define LEGEND 92.0

struct drawing {
    struct mt_map m;
    double left; /* width of the row labels */
    double head; /* height above a map, for its title */
    struct mt_buf *out;
};

/* --- a square --- */

/* "diverged" of all, "1 of 3 diverged" of some: of the first state that is no success. */
static bool put_fate(const struct drawing *g, const struct mt_place *p, bool *bad, struct mt_buf *out)
{
    int in_state[MT_TASK_STATES], all = 0;
    mt_place_states(&g->m, p, in_state);
    *bad = in_state[MT_TASK_COLLAPSED] || in_state[MT_TASK_DIVERGED] || in_state[MT_TASK_FAILED];
    for (int s = 0; s < MT_TASK_STATES; s++)
        all += in_state[s];
    for (int s = MT_TASK_COMPLETE + 1; s < MT_TASK_STATES; s++) {
        if (!in_state[s])
            continue;
        if (in_state[s] == all)
            mt_buf_puts(out, mt_task_state_names[s]);
        else
            mt_buf_printf(out, "%d of %d %s", in_state[s], all, mt_task_state_names[s]);
        return true;
    }
    return false;
}

static void put_figures(const struct drawing *g, const struct mt_place *p, struct mt_buf *mean,
                        struct mt_buf *half)
{
    const struct mt_comparison *c = &g->m.a->from_baseline;
    int digits = mt_metric_decimals(c->metric[g->m.a->reported]);
    const struct mt_sample *s = &c->figure[p->cell * c->n_metrics + g->m.a->reported].seeds;
    if (isnan(p->mean))
        return;
    mt_buf_printf(mean, "%.*f", digits, p->mean);
    if (p->cells > 1)
        mt_buf_printf(half, "mean of %d", p->cells);
    else if (s->n > 1)
        mt_buf_printf(half, "± %.*f", digits, s->high - s->mean);
}

static void hatch(struct drawing *g, double x, double y, const char *ink)
{
    struct mt_svg_path path;
    mt_svg_clip(g->out, x, y, WIDE, HIGH);
    mt_svg_path_begin(&path, g->out, &(struct mt_svg_style){.stroke = ink, .width = 1, .opacity = 0.3});
    for (double k = 8; k < WIDE + HIGH; k += 8) {
        mt_svg_path_move(&path, x + k, y);
        mt_svg_path_line(&path, x + k - HIGH, y + HIGH);
    }
    mt_svg_path_end(&path);
    mt_svg_clip_end(g->out);
}

static void outline(struct drawing *g, const struct mt_place *p, double x, double y, const char *ink)
{
    if (g->m.averaged)
        return;
    if (mt_place_holds(&g->m, p, g->m.a->best))
        mt_svg_rect(g->out, x + 3, y + 3, WIDE - 6, HIGH - 6,
                    &(struct mt_svg_style){.stroke = ink, .width = 3});
    if (mt_place_holds(&g->m, p, g->m.a->from_baseline.baseline))
        mt_svg_rect(g->out, x + 6.5, y + 6.5, WIDE - 13, HIGH - 13,
                    &(struct mt_svg_style){.stroke = ink, .width = 1, .dash = "4 3"});
}

static void write_square(struct drawing *g, const struct mt_place *p, double x, double y, const char *ink,
                         const char *const line[3])
{
    int n = 0, at = 0;
    for (int i = 0; i < 3; i++)
        n += line[i] && *line[i];
    for (int i = 0; i < 3; i++) {
        if (!line[i] || !*line[i])
            continue;
        double base = y + HIGH / 2 + 4 + 14 * (at++ - (n - 1) / 2.0);
        mt_svg_text(
            g->out, x + WIDE / 2, base, line[i],
            &(struct mt_svg_text){.size = i ? 10 : 13,
                                  .anchor = "middle",
                                  .fill = ink,
                                  .most = 18,
                                  .bold = !i && mt_place_holds(&g->m, p, g->m.a->best) && !g->m.averaged});
    }
}

static void draw_square(struct drawing *g, const struct mt_place *p, double x, double y)
{
    struct mt_buf mean = {0}, half = {0}, fate = {0};
    char color[MT_COLOR_TEXT];
    bool bad = false, known = !isnan(p->mean);
    double range = g->m.high - g->m.low;
    struct mt_color fill = mt_palette_value(known && range > 0 ? (p->mean - g->m.low) / range : 0.5);
    const char *ink = known ? mt_color_is_dark(fill) ? "#ffffff" : "#000000" : "currentColor";
    if (p->cells == 0)
        return;
    put_fate(g, p, &bad, &fate);
    put_figures(g, p, &mean, &half);
    mt_svg_rect(g->out, x, y, WIDE, HIGH,
                &(struct mt_svg_style){.fill = known ? mt_color_text(fill, color) : "none",
                                       .stroke = known ? NULL : "currentColor",
                                       .width = known ? 0 : 0.5});
    if (bad)
        hatch(g, x, y, ink);
    outline(g, p, x, y, ink);
    write_square(g, p, x, y, ink, (const char *const[3]){mean.data, half.data, fate.data});
    g->out->failed |= mean.failed || half.failed || fate.failed;
    mt_buf_release(&mean);
    mt_buf_release(&half);
    mt_buf_release(&fate);
}

/* --- a map --- */

static double map_height(const struct drawing *g)
{
    return g->head + HIGH * g->m.y.n + FOOT;
}

static void draw_map(struct drawing *g, int map)
{
    const struct mt_sweep *s = g->m.a->sweep;
    const struct mt_svg_text middle = {.anchor = "middle", .most = 16}, end = {.anchor = "end", .most = 24};
    double bottom = g->head + HIGH * g->m.y.n;
    if (g->m.title[map])
        mt_svg_text(g->out, g->left, g->head - 12, g->m.title[map],
                    &(struct mt_svg_text){.bold = true, .most = 90});
    for (int y = 0; y < g->m.y.n; y++) {
        mt_svg_text(g->out, g->left - 8, g->head + HIGH * (y + 0.5) + 4, g->m.y.text[y], &end);
        for (int x = 0; x < g->m.x.n; x++)
            draw_square(g, mt_place_at(&g->m, map, y, x), g->left + WIDE * x, g->head + HIGH * y);
    }
    for (int x = 0; x < g->m.x.n; x++)
        mt_svg_text(g->out, g->left + WIDE * (x + 0.5), bottom + 18, g->m.x.text[x], &middle);
    mt_svg_text(g->out, g->left + WIDE * g->m.x.n / 2, bottom + 38, s->parameter[g->m.x.parameter],
                &(struct mt_svg_text){.anchor = "middle", .bold = true, .most = 60});
    if (g->m.y.parameter >= 0)
        mt_svg_text(g->out, EDGE, g->head + HIGH * g->m.y.n / 2, s->parameter[g->m.y.parameter],
                    &(struct mt_svg_text){.anchor = "middle", .bold = true, .turn = -90, .most = 40});
}

static void draw_legend(struct drawing *g, double y, double width)
{
    struct mt_axis axis;
    char color[MT_COLOR_TEXT], label[32];
    const int steps = 64;
    struct mt_buf key = {0};
    if (g->m.high > g->m.low) {
        mt_axis_linear(&axis, g->m.low, g->m.high, 5, true);
        axis.from = g->left;
        axis.to = g->left + width;
        for (int i = 0; i < steps; i++)
            mt_svg_rect(
                g->out, g->left + width * i / steps, y, width / steps + 0.5, 14,
                &(struct mt_svg_style){.fill = mt_color_text(mt_palette_value((i + 0.5) / steps), color)});
        for (int i = 0; i < axis.n_ticks; i++) {
            mt_axis_label(&axis, i, label);
            mt_svg_text(g->out, mt_axis_at(&axis, axis.tick[i]), y + 28, label,
                        &(struct mt_svg_text){.size = 10, .anchor = "middle"});
        }
    }
    if (g->m.averaged)
        mt_buf_puts(&key, "Means over the other parameters.");
    else if (g->m.a->best >= 0)
        mt_buf_puts(&key, "Thick outline: best cell. Dashed: baseline.");
    else
        mt_buf_puts(&key, "Dashed: baseline.");
    mt_svg_text(g->out, EDGE, y + 48, key.data, &(struct mt_svg_text){.size = 10});
    mt_svg_text(g->out, EDGE, y + 64, "Hatched: a run diverged, collapsed or failed.",
                &(struct mt_svg_text){.size = 10});
    mt_buf_release(&key);
}

/* --- as text --- */

static void put_title(const struct drawing *g, struct mt_buf *out)
{
    const struct mt_sweep *s = g->m.a->sweep;
    mt_buf_printf(out, "%s: mean %s by ", s->name, g->m.a->from_baseline.metric[g->m.a->reported]);
    if (g->m.y.parameter >= 0)
        mt_buf_printf(out, "%s and ", s->parameter[g->m.y.parameter]);
    mt_buf_puts(out, s->parameter[g->m.x.parameter]);
}

static void put_description(const struct drawing *g, struct mt_buf *out)
{
    const char *semicolon = "";
    struct mt_buf fate = {0};
    bool bad;
    if (g->m.a->best >= 0 && !g->m.averaged) {
        mt_buf_puts(out, "Best cell: ");
        mt_cell_label_text(g->m.a, g->m.a->best, out);
        mt_buf_puts(out, ". ");
    }
    for (int k = 0; k < g->m.n_maps * g->m.y.n * g->m.x.n; k++) {
        const struct mt_place *p = &g->m.place[k];
        if (p->cells == 0)
            continue;
        int row = k / g->m.x.n % g->m.y.n, column = k % g->m.x.n, map = k / (g->m.x.n * g->m.y.n);
        mt_buf_puts(out, semicolon);
        if (g->m.title[map])
            mt_buf_printf(out, "%s, ", g->m.title[map]);
        if (g->m.y.parameter >= 0)
            mt_buf_printf(out, "%s %s, ", g->m.a->sweep->parameter[g->m.y.parameter], g->m.y.text[row]);
        mt_buf_printf(out, "%s %s: ", g->m.a->sweep->parameter[g->m.x.parameter], g->m.x.text[column]);
        struct mt_buf half = {0};
        size_t before = out->len;
        put_figures(g, p, out, &half);
        mt_buf_printf(out, "%s%s", half.len ? " " : "", half.len ? half.data : "");
        if (put_fate(g, p, &bad, &fate))
            mt_buf_printf(out, "%s%s", out->len > before ? ", " : "", fate.data);
        mt_buf_clear(&fate);
        mt_buf_release(&half);
        semicolon = "; ";
    }
    mt_buf_puts(out, ".");
    out->failed |= fate.failed;
    mt_buf_release(&fate);
}

/* --- the drawing --- */

static double label_width(const struct drawing *g)
{
    double widest = 0;
    for (int y = 0; y < g->m.y.n; y++) {
        double own = mt_svg_text_width(g->m.y.text[y], 12);
        widest = own > widest ? own : widest;
    }
    return fmin(widest, 180) + (g->m.y.parameter >= 0 ? 2 * EDGE + 12 : EDGE);
}

static void draw(struct drawing *g)
{
    struct mt_buf title = {0}, desc = {0};
    g->left = label_width(g);
    g->head = g->m.n_maps > 1 ? 46 : 14;
    put_title(g, &title);
    put_description(g, &desc);
    double heading = 1.15 * mt_svg_text_width(title.failed ? "" : title.data, 14) + 2 * EDGE;
    double inner = WIDE * g->m.x.n, width = fmax(fmax(g->left + inner + EDGE, heading), 330);
    double height = 30 + g->m.n_maps * map_height(g) + LEGEND;
    mt_svg_begin(
        g->out,
        &(struct mt_svg){
            .width = width, .height = height, .title = title.data, .desc = desc.data, .standalone = true});
    mt_svg_text(g->out, EDGE, 24, title.data, &(struct mt_svg_text){.size = 14, .bold = true});
    for (int i = 0; i < g->m.n_maps; i++) {
        mt_svg_group_at(g->out, 0, 30 + i * map_height(g));
        draw_map(g, i);
        mt_svg_group_end(g->out);
    }
    draw_legend(g, 30 + g->m.n_maps * map_height(g) + 8, fmax(inner, 160));
    mt_svg_end(g->out);
    g->out->failed |= title.failed || desc.failed;
    mt_buf_release(&title);
    mt_buf_release(&desc);
}

int mt_answer_heatmap(const struct mt_answer *a, struct mt_buf *out, struct mt_err *err)
{
    struct drawing g = {.out = out};
    int rc = mt_map_make(&g.m, a, err);
    if (rc > 0)
        draw(&g);
    mt_map_release(&g.m);
    return rc < 0 ? -1 : 0;
}
