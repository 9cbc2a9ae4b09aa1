/* plot_data.c: what the charts of a run are drawn from. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/results.h"
#include "lib/head/head.h"
#include "lib/present/plots.h"
#include "lib/present/run_angles.h"

static const char *const projections[MT_PLOT_PROJECTIONS] = {"pca", "tsne", "umap"};

/* The head of the last stage: its own, or the experiment's. */
static const char *last_head(const struct mt_result *r)
{
    static const char stage[] = "train.stages[", type[] = ".head.type";
    const char *head = mt_settings_get(&r->settings, "head.type");
    for (int i = 0; i < r->settings.n; i++) {
        const char *key = r->settings.v[i].key;
        size_t len = strlen(key), end = strlen(type);
        if (!strncmp(key, stage, strlen(stage)) && len > end && !strcmp(key + len - end, type))
            head = r->settings.v[i].value;
    }
    return head;
}

static bool is_angular(const struct mt_result *r)
{
    const char *normalize = mt_settings_get(&r->settings, "model.normalize"), *head = last_head(r);
    if (normalize && !strcmp(normalize, "true"))
        return true;
    for (const struct mt_kind *const *k = mt_head_table.row; head && *k; k++)
        if (!strcmp((*k)->name, head))
            return ((const struct mt_head_type *)(const void *)*k)->cosine;
    return false;
}

/* Rows of length 1, as the head sees them; a row of length zero has no place on the sphere. */
static void normalize(struct mt_points *p)
{
    for (int64_t i = 0; i < p->n; i++) {
        double square = 0.0;
        for (int d = 0; d < p->dim; d++)
            square += (double)p->x[i * p->dim + d] * p->x[i * p->dim + d];
        double length = square > 0.0 ? sqrt(square) : NAN;
        for (int d = 0; d < p->dim; d++)
            p->x[i * p->dim + d] = (float)(p->x[i * p->dim + d] / length);
    }
}

static int measure(struct mt_plot_data *d, struct mt_err *err)
{
    if (d->points.n == 0 || d->centers.n == 0 || d->centers.dim != d->points.dim)
        return 0;
    size_t bytes = (size_t)d->points.n * sizeof(float);
    d->target = malloc(bytes);
    d->other = malloc(bytes);
    if (!d->target || !d->other)
        return mt_err_memory(err, "angles", bytes);
    return mt_run_angles(&d->points, &d->centers, d->target, d->other, err);
}

static int read_all(struct mt_plot_data *d, const char *run, struct mt_err *err)
{
    char file[64];
    if (mt_curves_read(&d->curves, run, err) < 0 ||
        mt_points_read(&d->centers, run, "embeddings/centers.csv", &d->names, err) < 0)
        return -1;
    if ((d->split = mt_run_split(run)) != NULL) {
        snprintf(file, sizeof file, "embeddings/%s.csv", d->split);
        if (mt_points_read(&d->points, run, file, &d->names, err) < 0 ||
            mt_confusion_read(&d->confusion, run, d->split, err) < 0)
            return -1;
    }
    for (int i = 0; i < MT_PLOT_PROJECTIONS; i++) {
        snprintf(file, sizeof file, "projections/%s.csv", projections[i]);
        if (mt_points_read(&d->projection[i], run, file, &d->names, err) < 0)
            return -1;
    }
    return measure(d, err);
}

int mt_plot_data_read(struct mt_plot_data *d, const struct mt_result *result, struct mt_err *err)
{
    *d = (struct mt_plot_data){.name = result->name, .unit = is_angular(result)};
    if (read_all(d, result->path, err) < 0) {
        mt_plot_data_release(d);
        return -1;
    }
    if (d->unit) {
        normalize(&d->points);
        normalize(&d->centers);
    }
    return 0;
}

void mt_plot_data_release(struct mt_plot_data *d)
{
    mt_class_names_release(&d->names);
    mt_points_release(&d->points);
    mt_points_release(&d->centers);
    for (int i = 0; i < MT_PLOT_PROJECTIONS; i++)
        mt_points_release(&d->projection[i]);
    mt_curves_release(&d->curves);
    mt_confusion_release(&d->confusion);
    free(d->target);
    free(d->other);
    *d = (struct mt_plot_data){0};
}
