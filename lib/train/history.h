/* history.h: the rows of metrics.csv, one per epoch, with every column in every row. */
#ifndef MT_TRAIN_HISTORY_H
#define MT_TRAIN_HISTORY_H

#include <stdint.h>

#include "lib/core/buf.h"

/* What an epoch came to. NaN stands for "not measured" and is left blank in the file. */
struct mt_metrics {
    int64_t epoch, step; /* whole epochs and steps done since training began */
    const char *stage;
    double lr; /* of the epoch's last step */
    double train_loss, train_accuracy, train_leak_accuracy;
    double val_loss, val_margin_loss, val_accuracy, val_leak_accuracy;
    double mean_target_cos, t, grad_norm, l2_loss;
    double mean_weight_cos, embedding_rank; /* probe.h */
    int64_t zero_embeddings;
};

void mt_metrics_init(struct mt_metrics *m); /* nothing measured */
void mt_metrics_header(struct mt_buf *out);
void mt_metrics_row(const struct mt_metrics *m, struct mt_buf *out);
/* The number in a column, NaN when it was not measured. `column` is one of the header's names, and not
 * `stage`. */
double mt_metrics_value(const struct mt_metrics *m, const char *column);

#endif
