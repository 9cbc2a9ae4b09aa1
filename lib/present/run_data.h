/* run_data.h: what the files of a run folder hold, as plain arrays: for drawings and reports.
 *
 * Files are only read, and without the run's lock. Every file is optional: a reader returns 1 when it was
 * read, 0 when it is not there (the struct is then all zeros, and may be released), and -1 (MT_ERR_DATA, with
 * file, line and what to do) when it is damaged; then there is nothing to release. Sizes are known to be
 * those of the file before memory is asked for.
 *
 * `run` is the path of the run folder. What results.h reads (status, settings, figures) is not read again
 * here. */
#ifndef MT_PRESENT_RUN_DATA_H
#define MT_PRESENT_RUN_DATA_H

#include <stdint.h>

#include "lib/core/err.h"

/* The classes, by number, as the files that were read so far name them: readers below add to it; NULL where
 * they need not. */
struct mt_class_names {
    int n;       /* one more than the largest number met */
    char **name; /* (n); NULL: none was given */
    int cap;
};
void mt_class_names_release(struct mt_class_names *c);
/* The name of a class; without one, its number, written to `room`. */
const char *mt_class_name(const struct mt_class_names *c, int k, char room[16]);

/* metrics.csv: the columns of numbers, one value per epoch. */
struct mt_curves {
    int64_t n; /* epochs */
    int columns;
    char **name;   /* (columns) epoch, step, lr, train_loss, ...: what the header says, but `stage` */
    double *value; /* (columns, n); not-a-number where blank */
    char **stage;  /* (n) */
};
int mt_curves_read(struct mt_curves *c, const char *run, struct mt_err *err);
void mt_curves_release(struct mt_curves *c);
const double *mt_curves_column(const struct mt_curves *c, const char *name); /* (n); NULL: no such column */

/* embeddings/SPLIT.csv, embeddings/centers.csv, projections/METHOD.csv. */
struct mt_points {
    int64_t n;
    int dim;
    int64_t *index;        /* (n) number of the sample in its data set; of centers: count of samples */
    int32_t *label, *pred; /* (n); -1: none */
    float *x;              /* (n, D); not-a-number where blank, as are centers of classes without samples */
};
int mt_points_read(struct mt_points *p, const char *run, const char *file, struct mt_class_names *names,
                   struct mt_err *err);
void mt_points_release(struct mt_points *p);

/* eval/SPLIT/predictions.csv. Numbers are -1 and probabilities not-a-number where blank. */
struct mt_predicted {
    int64_t n;
    int64_t *index;                                /* (n) */
    char **file;                                   /* (n); NULL: samples are not files */
    int32_t *label, *pred, *second, *center, *knn; /* (n) */
    float *probability, *margin;                   /* (n) of pred; less that of second */
};
int mt_predicted_read(struct mt_predicted *p, const char *run, const char *split,
                      struct mt_class_names *names, struct mt_err *err);
void mt_predicted_release(struct mt_predicted *p);

/* eval/SPLIT/confusion_matrix.csv, where it is a matrix: with more than 2,000 classes it is a list, and 0 is
 * returned. */
struct mt_confusion {
    int classes;
    char **name;    /* (classes) */
    int64_t *count; /* (classes, classes): true class, predicted class */
};
int mt_confusion_read(struct mt_confusion *c, const char *run, const char *split, struct mt_err *err);
void mt_confusion_release(struct mt_confusion *c);

/* The first of test, validation and train whose embeddings are there; NULL: none. */
const char *mt_run_split(const char *run);

#endif
