/* tasks.h: tasks.csv. Private to lib/sweep. */
#ifndef MT_SWEEP_TASKS_H
#define MT_SWEEP_TASKS_H

#include "lib/core/buf.h"
#include "lib/sweep/plan.h"
#include "lib/sweep/sweep.h"

void mt_tasks_print(const struct mt_sweep_plan *p, struct mt_buf *out);
/* Fills parameters and tasks of a sweep whose experiment is bound. */
int mt_tasks_read(struct mt_sweep *s, struct mt_err *err);

#endif
