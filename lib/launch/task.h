/* task.h: one task of a sweep as a plain run. */
#ifndef MT_LAUNCH_TASK_H
#define MT_LAUNCH_TASK_H

#include "lib/sweep/sweep.h"
#include "lib/train/run.h"

/* Trains a task, or goes on with it, in the run folder that was planned for it. `options` may leave out dir
 * and folder. A failure that the run itself could not write down is noted in its status.json. Returns 0 with
 * *result filled, or -1. */
int mt_sweep_task_run(const struct mt_sweep *s, int index, const struct mt_run_options *options,
                      struct mt_run_result *result, struct mt_err *err);

/* Makes status.json of a run that nobody writes to say that it has failed, unless it says so already; what it
 * says of the epochs stays. */
int mt_sweep_task_failed(const struct mt_sweep *s, int index, int exit_code, const char *reason,
                         struct mt_err *err);

/* Makes status.json of a run that nobody writes to say that successive halving has dropped it after so many
 * epochs; whether it had collapsed stays. */
int mt_sweep_task_dropped(const struct mt_sweep *s, int index, int64_t epochs, struct mt_err *err);

#endif
