#include "lib/present/plots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/results.h"
#include "lib/present/curve_panels.h"
#include "lib/report/chart.h"
#include "lib/report/svg.h"

#define LEGEND_LEFT 8.0

static struct mt_chart_classes classes_of(const struct mt_plot_data *d)
{
    return (struct mt_chart_classes){d->names.n, (const char *const *)d->names.name};
}

/* Begins a drawing called "WHAT of NAME". */
static void begin(struct mt_buf *b, double width, double height, const char *what,
                  const struct mt_plot_data *d, const char *desc, bool standalone)
{
    struct mt_buf title = {0};
    mt_buf_printf(&title, "%s of %s", what, d->name);
    mt_svg_begin(b, &(struct mt_svg){.width = width,
                                     .height = height,
                                     .title = title.data ? title.data : what,
                                     .desc = desc,
                                     .standalone = standalone});
    b->failed |= title.failed;
    mt_buf_release(&title);
}

/* --- points --- */

static const struct mt_camera cameras[] = {{30, 20}, {150, 20}, {270, 20}};
#define VIEW 300.0
#define VIEWS 3

/* Points as they are drawn: the centers belong to them, or there are none. */
static struct mt_chart_points chart_points(const struct mt_plot_data *d, const struct mt_points *p, bool own,
                                           const char *title)
{
    bool centers = own && d->centers.n > 0 && d->centers.dim == p->dim;
    return (struct mt_chart_points){.title = title,
                                    .n = p->n,
                                    .dim = p->dim,
                                    .x = p->x,
                                    .label = p->label,
                                    .n_centers = centers ? d->centers.n : 0,
                                    .center = centers ? d->centers.x : NULL,
                                    .center_label = d->centers.label,
                                    .unit = own && d->unit};
}

static void describe(char *text, size_t size, const struct mt_plot_data *d, const struct mt_points *p,
                     bool own)
{
    snprintf(text, size, "%lld points in %d dimensions, colored by %d classes%s%s.", (long long)p->n, p->dim,
             d->names.n, own && d->unit ? ", on the unit sphere" : "",
             own && d->centers.n ? "; diamonds are the centers of the classes" : "");
}

static void legend(struct mt_buf *b, double top, double width, const struct mt_chart_classes *c)
{
    mt_svg_group_at(b, LEGEND_LEFT, top);
    mt_chart_legend(b, width - 2 * LEGEND_LEFT, c);
    mt_svg_group_end(b);
}

static void draw_views(const struct mt_plot_data *d, const struct mt_points *p, bool own, const char *what,
                       bool standalone, struct mt_buf *b)
{
    char desc[256], title[64];
    struct mt_chart_classes c = classes_of(d);
    double width = VIEW * VIEWS, height = VIEW + 30;
    describe(desc, sizeof desc, d, p, own);
    begin(b, width, height + mt_chart_legend_height(width - 2 * LEGEND_LEFT, &c), what, d, desc, standalone);
    for (int i = 0; i < VIEWS; i++) {
        snprintf(title, sizeof title, "%s from %.0f\u00b0", i ? "" : what, cameras[i].azimuth);
        struct mt_chart_points points = chart_points(d, p, own, i ? title + 1 : title);
        mt_svg_group_at(b, VIEW * i, 0);
        mt_chart_scatter3d(b, VIEW, height, &points, &cameras[i]);
        mt_svg_group_end(b);
    }
    legend(b, height, width, &c);
    mt_svg_end(b);
}

static void draw_plane(const struct mt_plot_data *d, const struct mt_points *p, bool own, const char *what,
                       bool standalone, struct mt_buf *b)
{
    char desc[256];
    struct mt_chart_classes c = classes_of(d);
    struct mt_chart_points points = chart_points(d, p, own, what);
    double width = 560, height = 560;
    describe(desc, sizeof desc, d, p, own);
    begin(b, width, height + mt_chart_legend_height(width - 2 * LEGEND_LEFT, &c), what, d, desc, standalone);
    mt_chart_scatter(b, width, height, &points, own);
    legend(b, height, width, &c);
    mt_svg_end(b);
}

static bool draw_points(const struct mt_plot_data *d, const struct mt_points *p, bool own, const char *what,
                        bool standalone, struct mt_buf *b)
{
    if (p->n == 0 || p->dim < 2 || p->dim > 3)
        return false;
    (p->dim == 3 ? draw_views : draw_plane)(d, p, own, what, standalone, b);
    return true;
}

static bool draw_embeddings(const struct mt_plot_data *d, bool standalone, struct mt_buf *b)
{
    char what[64];
    snprintf(what, sizeof what, "%s embeddings", d->split ? d->split : "");
    return draw_points(d, &d->points, true, what, standalone, b);
}

static bool draw_pca(const struct mt_plot_data *d, bool standalone, struct mt_buf *b)
{
    return draw_points(d, &d->projection[MT_PLOT_PCA], false, "PCA", standalone, b);
}

static bool draw_tsne(const struct mt_plot_data *d, bool standalone, struct mt_buf *b)
{
    return draw_points(d, &d->projection[MT_PLOT_TSNE], false, "t-SNE", standalone, b);
}

static bool draw_umap(const struct mt_plot_data *d, bool standalone, struct mt_buf *b)
{
    return draw_points(d, &d->projection[MT_PLOT_UMAP], false, "UMAP", standalone, b);
}

/* --- curves --- */

#define PANEL_WIDTH 460.0
#define PANEL_HEIGHT 250.0
#define MOST_PANELS 8

static bool draw_curves(const struct mt_plot_data *d, bool standalone, struct mt_buf *b)
{
    struct mt_chart_series series[MOST_PANELS][MT_CURVE_SERIES];
    struct mt_chart_lines panel[MOST_PANELS];
    int drawn = 0;
    for (const struct mt_curve_panel *p = mt_curve_panels; p->title && drawn < MOST_PANELS; p++)
        drawn += mt_curve_panel_fill(p, &d->curves, &panel[drawn], series[drawn]);
    if (drawn == 0)
        return false;
    begin(b, 2 * PANEL_WIDTH, PANEL_HEIGHT * ((drawn + 1) / 2), "training curves", d,
          "One panel each for loss, accuracy, the state of the head and the learning rate, over the epochs.",
          standalone);
    for (int i = 0; i < drawn; i++) {
        mt_svg_group_at(b, PANEL_WIDTH * (i % 2), PANEL_HEIGHT * (i / 2));
        mt_chart_lines(b, PANEL_WIDTH, PANEL_HEIGHT, &panel[i]);
        mt_svg_group_end(b);
    }
    mt_svg_end(b);
    return true;
}

/* --- the confusion matrix and the angles --- */

static bool draw_confusion(const struct mt_plot_data *d, bool standalone, struct mt_buf *b)
{
    char title[64];
    int C = d->confusion.classes;
    if (C == 0)
        return false;
    double width = fmin(fmax(C * 30.0 + 110.0, 380.0), 760.0), height = width - 20.0;
    snprintf(title, sizeof title, "confusion, %s", d->split);
    struct mt_chart_matrix m = {
        .title = title, .classes = {C, (const char *const *)d->confusion.name}, .count = d->confusion.count};
    begin(b, width, height, "confusion matrix", d,
          "Rows are true classes, columns predictions; colors are shares of the row.", standalone);
    mt_chart_matrix(b, width, height, &m);
    mt_svg_end(b);
    return true;
}

/* The end of the axis: the first multiple of 30 degrees that no angle exceeds. */
static double widest(const float *a, const float *b, int64_t n)
{
    double most = 0.0;
    for (int64_t i = 0; i < n; i++) {
        most = fmax(most, a[i]);
        most = fmax(most, b[i]);
    }
    return fmin(fmax(ceil(most / 30.0) * 30.0, 30.0), 180.0);
}

static bool draw_angles(const struct mt_plot_data *d, bool standalone, struct mt_buf *b)
{
    char title[96];
    if (!d->target)
        return false;
    double most = widest(d->target, d->other, d->points.n);
    snprintf(title, sizeof title, "angles between embeddings and class centers, %s", d->split);
    struct mt_chart_histogram h = {.title = title,
                                   .x_title = "degrees; height: percent of the samples",
                                   .high = most,
                                   .bins = 60,
                                   .n_series = 2,
                                   .series = {{"to the center of the own class", d->target, d->points.n, 0},
                                              {"to the nearest other center", d->other, d->points.n, 1}}};
    begin(b, 620, 340, "angles", d,
          "Distributions over the samples: the angle to the center of the own class, and the angle to the "
          "nearest "
          "center of another class.",
          standalone);
    mt_chart_histograms(b, 620, 340, &h);
    mt_svg_end(b);
    return true;
}

const struct mt_plot mt_plots[] = {
    {"embeddings", draw_embeddings},
    {"pca", draw_pca},
    {"tsne", draw_tsne},
    {"umap", draw_umap},
    {"curves", draw_curves},
    {"confusion", draw_confusion},
    {"angles", draw_angles},
    {NULL, NULL},
};

/* --- files --- */

static int write_plot(const struct mt_plot *plot, const struct mt_plot_data *d, const char *dir, char **path,
                      struct mt_err *err)
{
    char name[64];
    struct mt_buf b = {0};
    int rc = 0;
    snprintf(name, sizeof name, "%s.svg", plot->name);
    if (!(*path = mt_path_join(dir, name)))
        return mt_err_memory(err, dir, strlen(dir));
    bool drawn = plot->draw(d, true, &b);
    if (b.failed)
        rc = mt_err_memory(err, *path, b.len);
    else if (drawn)
        rc = mt_file_write(*path, b.data, b.len, err) < 0 ? -1 : 1;
    mt_buf_release(&b);
    return rc;
}

int mt_plots_write(const char *run, const char *dir, void (*done)(void *arg, const char *path), void *arg,
                   struct mt_err *err)
{
    struct mt_result result;
    struct mt_plot_data d;
    if (mt_result_read(&result, run, err) < 0)
        return -1;
    int rc = mt_plot_data_read(&d, &result, err);
    if (rc < 0) {
        mt_result_release(&result);
        return -1;
    }
    char *own = dir ? strdup(dir) : mt_path_join(run, "plots");
    rc = !own ? mt_err_memory(err, run, strlen(run)) : dir ? 0 : mt_file_within(run, "plots/", err);
    if (rc == 0)
        rc = mt_file_mkdirs(own, err);
    for (const struct mt_plot *plot = mt_plots; rc == 0 && plot->name; plot++) {
        char *path = NULL;
        int drawn = write_plot(plot, &d, own, &path, err);
        if (drawn == 1 && done)
            done(arg, path);
        rc = drawn < 0 ? -1 : 0;
        free(path);
    }
    free(own);
    mt_plot_data_release(&d);
    mt_result_release(&result);
    return rc;
}
