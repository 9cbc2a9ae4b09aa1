/* dropped.h: which tasks successive halving has stopped for good, as index.csv says: their runs alone look
 * like interrupted ones. Private to lib/answer. */
#ifndef MT_ANSWER_DROPPED_H
#define MT_ANSWER_DROPPED_H

#include "lib/sweep/sweep.h"

/* dropped (n_tasks): whether the row of the task's run has the state `dropped`. Without an index.csv that can
 * be read, none. */
int mt_dropped_read(const struct mt_sweep *sweep, bool *dropped, struct mt_err *err);

#endif
