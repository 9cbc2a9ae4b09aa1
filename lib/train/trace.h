/* trace.h: loss, gradient norm and learning rate of every step, as CSV. */
#ifndef MT_TRAIN_TRACE_H
#define MT_TRAIN_TRACE_H

#include <stdint.h>
#include <stdio.h>

#include "lib/train/trainer.h"

struct mt_trace {
    FILE *file; /* NULL: no trace */
    const char *path;
};

/* path NULL: no trace. A run that goes on after `step` steps (0: one that begins) keeps the rows of those. */
int mt_trace_open(struct mt_trace *t, const char *path, int64_t step, struct mt_err *err);
int mt_trace_step(struct mt_trace *trace, const struct mt_trainer *t, struct mt_err *err);
int mt_trace_close(struct mt_trace *t, struct mt_err *err);

#endif
