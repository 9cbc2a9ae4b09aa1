/* plot_data.c: what the charts of a run are drawn from. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/compare/results.h"
#include "lib/present/plots.h"
#include "lib/present/run_angles.h"
#include "lib/present/run_directions.h"
#include "lib/present/run_pca.h"

static const char *const projections[MT_PLOT_PROJECTIONS] = {"pca", "tsne", "umap"};

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
    int there[MT_PLOT_PROJECTIONS];
    for (int i = 0; i < MT_PLOT_PROJECTIONS; i++) {
        snprintf(file, sizeof file, "projections/%s.csv", projections[i]);
        if ((there[i] = mt_points_read(&d->projection[i], run, file, &d->names, err)) < 0)
            return -1;
    }
    if (!there[MT_PLOT_PCA] && mt_run_pca(&d->projection[MT_PLOT_PCA], &d->points, err) < 0)
        return -1;
    return measure(d, err);
}

int mt_plot_data_read(struct mt_plot_data *d, const struct mt_result *result, struct mt_err *err)
{
    *d = (struct mt_plot_data){.name = result->name, .unit = mt_run_is_angular(result)};
    if (read_all(d, result->path, err) < 0) {
        mt_plot_data_release(d);
        return -1;
    }
    if (d->unit) {
        mt_directions(d->points.x, d->points.x, d->points.n, d->points.dim);
        mt_directions(d->centers.x, d->centers.x, d->centers.n, d->centers.dim);
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
