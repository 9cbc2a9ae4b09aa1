/* runs.h: what became of the tasks of a sweep, as their run folders say, whoever trained them and in whatever
 * order. Run folders are only read. */
#ifndef MT_ANSWER_RUNS_H
#define MT_ANSWER_RUNS_H

#include "lib/compare/results.h"
#include "lib/sweep/sweep.h"

enum mt_task_state {
    MT_TASK_COMPLETE,
    MT_TASK_COLLAPSED,
    MT_TASK_DIVERGED,
    MT_TASK_FAILED,
    MT_TASK_DROPPED,     /* paused by successive halving for good, for others were better */
    MT_TASK_INTERRUPTED, /* has begun, and neither ended nor failed; one that trains now is among these */
    MT_TASK_MISSING,     /* has no run folder */
    MT_TASK_DAMAGED,     /* has one that cannot be read */
    MT_TASK_STATES
};
extern const char *const mt_task_state_names[MT_TASK_STATES];

struct mt_task_run {
    enum mt_task_state state;
    char reason[512]; /* why it is no complete run; "" */
    int result;       /* index into mt_sweep_runs.results; -1: there is nothing to read */
};

struct mt_sweep_runs {
    /* To the figures of summary.json come, out of metrics.csv, last_COLUMN and best_COLUMN for losses and
     * accuracies: of the last epoch and of the best one; and COLUMN itself, of the epoch whose weights were
     * evaluated. */
    struct mt_results results;
    struct mt_task_run *task; /* (n) by the index of the task */
    int n;
};

/* MT_ERR_RUN without memory; damaged folders are a state, not an error. */
int mt_sweep_runs_read(struct mt_sweep_runs *runs, const struct mt_sweep *sweep, struct mt_err *err);
void mt_sweep_runs_release(struct mt_sweep_runs *runs);

#endif
