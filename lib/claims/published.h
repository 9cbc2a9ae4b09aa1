/* published.h: the figures that a publication prints line by line: its training log, and its classification
 * reports. They stand beside what runs of the same experiments come to; no verdict hangs on them. */
#ifndef MT_CLAIMS_PUBLISHED_H
#define MT_CLAIMS_PUBLISHED_H

#include "lib/conf/conf.h"

/* A line of a training log. The names of its figures are columns of metrics.csv. */
struct mt_published_epoch {
    char *run;                                           /* the experiment: n2/softmax */
    int64_t line;                                        /* of the publication's text */
    int64_t epoch;                                       /* from 1 */
    double train_loss, val_margin_loss, t, val_accuracy; /* unset: not printed */
};

/* A line of a classification report: of a class, or "accuracy", "macro avg", "weighted avg". */
struct mt_published_class {
    char *run;
    int64_t line;
    char *name;
    double precision, recall, f1; /* unset: not printed */
    int64_t support;
};

struct mt_published {
    struct mt_variants epochs;  /* of struct mt_published_epoch */
    struct mt_variants classes; /* of struct mt_published_class */
    struct mt_conf *conf;       /* owns all of it */
};

/* Problems come as printable text in `diag`, which the caller releases in any case. */
int mt_published_load(struct mt_published *p, const char *path, struct mt_diag *diag);
void mt_published_release(struct mt_published *p);
const struct mt_published_epoch *mt_published_epoch_at(const struct mt_published *p, int i);
const struct mt_published_class *mt_published_class_at(const struct mt_published *p, int i);

/* The figures of a log's line, by column of metrics.csv. */
#define MT_PUBLISHED_FIGURES 4
extern const char *const mt_published_figures[MT_PUBLISHED_FIGURES];
double mt_published_figure(const struct mt_published_epoch *e, int i); /* not-a-number: not printed */

#endif
