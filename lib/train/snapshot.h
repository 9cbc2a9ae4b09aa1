/* snapshot.h: a copy of a model's tensors in memory: the best epoch so far, until it is time to write it. */
#ifndef MT_TRAIN_SNAPSHOT_H
#define MT_TRAIN_SNAPSHOT_H

#include "lib/core/tensor.h"

struct mt_snapshot {
    float *data; /* every tensor behind the other */
    size_t count;
};

int mt_snapshot_init(struct mt_snapshot *s, const struct mt_tensors *ts, struct mt_err *err);
void mt_snapshot_release(struct mt_snapshot *s);
void mt_snapshot_take(struct mt_snapshot *s, const struct mt_tensors *ts);
void mt_snapshot_swap(struct mt_snapshot *s, struct mt_tensors *ts); /* exchanges the two */

#endif
