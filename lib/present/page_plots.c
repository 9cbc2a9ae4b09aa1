/* page_plots.c: the pictures: points, training curves and angles. */
#include "lib/present/curve_panels.h"
#include "lib/present/page_angles.h"
#include "lib/present/page_parts.h"
#include "lib/report/chart.h"
#include "lib/report/markup.h"
#include "lib/report/palette.h"
#include "lib/report/svg.h"

#define LEGEND_CLASSES 200

/* The classes with their colors, as buttons; scripts enable them. */
static void legend(const struct mt_page *p)
{
    mt_buf_puts(p->out, "<div class=choices><div class=legend role=group aria-label=\"Classes shown\">\n");
    for (int k = 0; k < p->n_classes && k < LEGEND_CLASSES; k++) {
        mt_buf_printf(p->out,
                      "<button type=button disabled aria-pressed=true data-class=%d><span class=dot "
                      "style=\"background:%s\">"
                      "</span>",
                      k, mt_palette_class(k));
        mt_markup_short(p->out, p->class_name[k], 40);
        mt_buf_puts(p->out, "</button>\n");
    }
    if (p->n_classes > LEGEND_CLASSES)
        mt_buf_printf(p->out, "<span class=soft>and %d more</span>", p->n_classes - LEGEND_CLASSES);
    mt_buf_puts(p->out, "</div>\n<div class=switches>"
                        "<button type=button disabled data-switch=all>All classes</button>"
                        "<button type=button disabled data-switch=none>None</button>"
                        "<label><input type=checkbox disabled data-choice=mistakes> Only mistakes</label>"
                        "<label><input type=checkbox disabled autocomplete=off data-choice=unit> Directions "
                        "only (embeddings at length 1)</label>"
                        "</div></div>\n");
}

#define SIDE 460.0 /* of a drawing */

/* Releases the title. */
static void begin_drawing(const struct mt_page *p, double height, struct mt_buf *title)
{
    mt_svg_begin(
        p->out, &(struct mt_svg){.width = SIDE, .height = height, .title = title->failed ? "" : title->data});
    p->out->failed |= title->failed;
    mt_buf_release(title);
}

/* --- points --- */

static void draw_view(const struct mt_page *p, const struct mt_page_run *r, const struct mt_page_view *v)
{
    static const struct mt_camera camera = {45, 27};
    const struct mt_page_samples *s = mt_page_samples_of(r, v);
    struct mt_chart_points chart = {.n = s->n,
                                    .dim = v->dim,
                                    .x = v->unit ? v->unit_x : v->x,
                                    .label = s->class,
                                    .unit = v->unit,
                                    .n_centers = v->center ? p->n_classes : 0,
                                    .center_label = p->class_numbers,
                                    .center = v->unit ? v->unit_center : v->center};
    struct mt_buf title = {0};
    mt_buf_printf(&title, "%s of %s, colored by class", v->title, r->label);
    begin_drawing(p, SIDE, &title);
    if (v->dim == 3)
        mt_chart_scatter3d(p->out, SIDE, SIDE, &chart, &camera);
    else
        mt_chart_scatter(p->out, SIDE, SIDE, &chart, v->axes);
    mt_svg_end(p->out);
}

static void view(const struct mt_page *p, int run, int number)
{
    const struct mt_page_run *r = &p->run[run];
    const struct mt_page_view *v = &r->view[number];
    mt_buf_printf(p->out, "<figure data-run=%d data-view=%d data-label=\"%s of ", run, number, v->title);
    mt_markup_text(p->out, r->label);
    mt_buf_puts(p->out, "\">\n<div class=static>");
    draw_view(p, r, v);
    mt_buf_printf(p->out, "</div>\n<figcaption>%s, %lld samples", v->title, (long long)v->n_placed);
    if (v->n_placed < r->embeddings.n)
        mt_buf_printf(p->out, " of %lld", (long long)r->embeddings.n);
    mt_buf_puts(p->out, v->center ? "; diamonds are the centers of the classes" : "");
    if (v->unit)
        mt_buf_printf(p->out, "; at length 1, on the unit %s", v->dim == 3 ? "sphere" : "circle");
    mt_buf_puts(p->out, "</figcaption></figure>\n");
}

/* Each run's box, filled by `part`, which returns false where there is nothing to show. */
static void boxes(const struct mt_page *p, bool (*part)(const struct mt_page *, int run), const char *nothing)
{
    mt_buf_puts(p->out, "<div class=runs>\n");
    for (int i = 0; i < p->n_runs; i++) {
        mt_page_box(p, &p->run[i]);
        if (!part(p, i))
            mt_buf_printf(p->out, "<p class=soft>%s</p>\n", nothing);
        mt_buf_puts(p->out, "</div>\n");
    }
    mt_buf_puts(p->out, "</div>\n");
}

static bool views(const struct mt_page *p, int run)
{
    const struct mt_page_run *r = &p->run[run];
    for (int k = 0; k < r->n_views; k++)
        view(p, run, k);
    if (r->n_views == 0 && r->embeddings.n > 0)
        mt_buf_printf(p->out, "<p class=soft>%lld samples in %d dimensions, which make no picture.</p>\n",
                      (long long)r->embeddings.n, r->embeddings.dim);
    return r->n_views > 0 || r->embeddings.n > 0;
}

void mt_page_scatters(const struct mt_page *p)
{
    mt_page_section(p, "points", "Embeddings");
    legend(p);
    boxes(p, views, "There are no embeddings in this run folder.");
    mt_page_section_end(p);
}

/* --- training --- */

#define CURVE_HEIGHT 230.0

static bool draw_curve(const struct mt_page *p, const struct mt_page_run *r,
                       const struct mt_curve_panel *panel)
{
    struct mt_chart_series series[MT_CURVE_SERIES];
    struct mt_chart_lines lines;
    struct mt_buf title = {0};
    if (!mt_curve_panel_fill(panel, &r->curves, &lines, series))
        return false;
    mt_buf_printf(&title, "%s of %s by epoch", panel->title, r->label);
    mt_buf_puts(p->out, "<figure>");
    begin_drawing(p, CURVE_HEIGHT, &title);
    mt_chart_lines(p->out, SIDE, CURVE_HEIGHT, &lines);
    mt_svg_end(p->out);
    mt_buf_puts(p->out, "</figure>\n");
    return true;
}

static bool training(const struct mt_page *p, int run)
{
    bool any = false;
    for (const struct mt_curve_panel *panel = mt_curve_panels; panel->title; panel++)
        any |= draw_curve(p, &p->run[run], panel);
    return any;
}

void mt_page_training(const struct mt_page *p)
{
    mt_page_section(p, "training", "Training");
    mt_buf_puts(
        p->out,
        "<p class=soft>Accuracy is by the score without a label. Leak accuracy is the argmax "
        "of the margin logits "
        "with the label fed in, and can only mislead; without a margin it is the same and not drawn.</p>\n");
    boxes(p, training, "No epoch has ended.");
    mt_page_section_end(p);
}

/* --- angles --- */

static bool angles(const struct mt_page *p, int run)
{
    const struct mt_page_run *r = &p->run[run];
    struct mt_page_angles a;
    struct mt_buf title = {0};
    int measured = mt_page_angles_measure(&a, r);
    p->out->failed |= measured < 0;
    if (measured <= 0) {
        mt_page_angles_release(&a);
        return false;
    }
    mt_buf_printf(&title, "Angles between embeddings and centers of classes, %s", r->label);
    mt_buf_puts(p->out, "<figure>");
    begin_drawing(p, CURVE_HEIGHT, &title);
    mt_chart_histograms(p->out, SIDE, CURVE_HEIGHT,
                        &(struct mt_chart_histogram){.x_title = "degrees; height: percent of the samples",
                                                     .low = 0,
                                                     .high = 180,
                                                     .bins = 90,
                                                     .n_series = 2,
                                                     .series = {{"own class", a.own, a.n, 0},
                                                                {"nearest other class", a.other, a.n, 1}}});
    mt_svg_end(p->out);
    mt_buf_printf(
        p->out,
        "<figcaption>%lld samples; median %.1f&deg; to the center of their class, %.1f&deg; to the nearest "
        "other; %.2f %% are nearer to another.</figcaption></figure>\n",
        (long long)a.n, a.median_own, a.median_other, 100 * a.nearer_to_other);
    mt_page_angles_release(&a);
    return true;
}

void mt_page_angles(const struct mt_page *p)
{
    mt_page_section(p, "angles", "Angles");
    mt_buf_puts(p->out, "<p class=soft>Between the embedding of a sample and the centers of the classes, "
                        "which are the means of the "
                        "training embeddings.</p>\n");
    boxes(p, angles, "There are no embeddings or centers in this run folder.");
    mt_page_section_end(p);
}
