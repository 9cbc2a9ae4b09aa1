/* epochs.h: figures of a run's last and best epoch, out of metrics.csv. */
#ifndef MT_COMPARE_EPOCHS_H
#define MT_COMPARE_EPOCHS_H

#include "lib/compare/results.h"

/* Adds to a run's figures, for every column that is a loss or an accuracy, last_COLUMN, best_COLUMN and
 * COLUMN (of the epoch whose weights were evaluated: eval.checkpoint). Figures that summary.json has stay. A
 * run without metrics.csv is left as it is; MT_ERR_DATA where it is damaged. */
int mt_epochs_add(struct mt_result *r, struct mt_err *err);

#define MT_EPOCH_LAST (-1)

/* A column of metrics.csv after an epoch, or after the last one; *value is not-a-number for an empty cell.
 * Returns 1, 0 where the run folder has no such row or column, or -1: MT_ERR_DATA where it is damaged. */
int mt_epochs_at(const char *run, int64_t epoch, const char *column, double *value, struct mt_err *err);

#endif
