/* probe.h: two figures of an epoch that say how directions are spread: those of the class weights, and those
 * of the embeddings of a few samples, always the same. */
#ifndef MT_TRAIN_PROBE_H
#define MT_TRAIN_PROBE_H

#include "lib/train/model.h"
#include "lib/train/splits.h"

#define MT_PROBE_SAMPLES 64

struct mt_probe {
    const struct mt_view *view;
    const struct mt_scale *scale;
    int n;
    int32_t index[MT_PROBE_SAMPLES]; /* spread evenly over the view */
    double *sum;                     /* (D) */
};

/* Looks at the validation samples, or where there are none at the training samples. */
int mt_probe_init(struct mt_probe *p, const struct mt_splits *splits, const struct mt_model *m,
                  struct mt_err *err);
void mt_probe_release(struct mt_probe *p);

/* The mean cosine between the weights of two classes; -1/(C-1) where they stand evenly around the origin. */
double mt_probe_weight_cos(struct mt_probe *p, const struct mt_head *head);
/* *rank: 1 / (mean of cos^2 over pairs of embeddings): 1 where all lie along one line, D where they prefer no
 * direction (the participation ratio of their second moments). An embedding of length zero has no direction
 * and counts as lying along every line. NaN of a single sample, and where all stand at right angles. Fails
 * where a sample cannot be read. */
int mt_probe_rank(const struct mt_probe *p, struct mt_model *m, double *rank, struct mt_err *err);

#endif
