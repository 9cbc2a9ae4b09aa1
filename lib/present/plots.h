/* plots.h: the charts of a run, drawn from the files of its folder: plots/NAME.svg. */
#ifndef MT_PRESENT_PLOTS_H
#define MT_PRESENT_PLOTS_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/present/run_data.h"

enum { MT_PLOT_PCA, MT_PLOT_TSNE, MT_PLOT_UMAP, MT_PLOT_PROJECTIONS };

/* What the charts are drawn from. Whatever is not in the folder has n or classes 0. */
struct mt_plot_data {
    const char *name; /* of the experiment */
    bool unit; /* directions of embeddings mean something, lengths do not: they are drawn on the sphere */
    const char *split; /* test, validation or train: the first that was embedded; NULL: none */
    struct mt_class_names names;
    struct mt_points points, centers; /* of that split; in space of points->dim; of length 1 where `unit` */
    float *target, *other;            /* (points.n) angles (run_angles.h); NULL without centers */
    struct mt_points projection[MT_PLOT_PROJECTIONS]; /* PCA also where `project` has left none */
    struct mt_curves curves;
    struct mt_confusion confusion; /* of that split */
};

struct mt_result;
/* Reads what is there. MT_ERR_DATA where a file is damaged. `result` must outlive it. */
int mt_plot_data_read(struct mt_plot_data *d, const struct mt_result *result, struct mt_err *err);
void mt_plot_data_release(struct mt_plot_data *d);

struct mt_plot {
    const char *name;
    /* Appends the drawing: as a file, or as part of a page. false: this run has nothing for it. */
    bool (*draw)(const struct mt_plot_data *d, bool standalone, struct mt_buf *b);
};
extern const struct mt_plot mt_plots[]; /* ends with name NULL */

/* Draws every plot there is something for into the folder `dir` (NULL: RUN/plots). `done` (NULL: nobody) is
 * told each file's path. */
int mt_plots_write(const char *run, const char *dir, void (*done)(void *arg, const char *path), void *arg,
                   struct mt_err *err);

#endif
