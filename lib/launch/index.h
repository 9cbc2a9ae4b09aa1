/* index.h: index.csv, what has become of every run of a sweep: the columns of tasks.csv, then state,
 * exit_code,epochs,best_epoch,reason and the figures of summary.json. It is made from the run folders alone
 * and holds no times, so that finished sweeps have the same bytes whatever happened on the way. */
#ifndef MT_LAUNCH_INDEX_H
#define MT_LAUNCH_INDEX_H

#include "lib/compare/results.h"
#include "lib/sweep/sweep.h"

struct mt_sweep_row {
    bool begun; /* has a status.json; else `status` says nothing */
    struct mt_status status;
    struct mt_figure *figure; /* of summary.json; none before the run is complete */
    int n_figures;
};

struct mt_sweep_index {
    const struct mt_sweep *sweep;
    struct mt_sweep_row *row; /* (n_tasks) */
};

/* Reads what all run folders say. To be released on success only. */
int mt_sweep_index_open(struct mt_sweep_index *ix, const struct mt_sweep *s, struct mt_err *err);
void mt_sweep_index_release(struct mt_sweep_index *ix);
/* Reads one run folder again. */
int mt_sweep_index_update(struct mt_sweep_index *ix, int task, struct mt_err *err);
/* Appends the text of index.csv; and writes it. */
int mt_sweep_index_print(const struct mt_sweep_index *ix, struct mt_buf *out, struct mt_err *err);
int mt_sweep_index_write(const struct mt_sweep_index *ix, struct mt_err *err);

/* pending, running, complete, interrupted, failed, diverged, collapsed, dropped */
const char *mt_sweep_row_state(const struct mt_sweep_row *row);
/* Whether there is nothing left to do: complete, collapsed, or diverged, which it would do again. */
bool mt_sweep_row_has_ended(const struct mt_sweep_row *row);
/* The same of a run folder, with its state in words: those above, or damaged. */
bool mt_sweep_run_has_ended(const char *run, const char **state);
double mt_sweep_row_figure(const struct mt_sweep_row *row, const char *key); /* not-a-number: there is none */

#endif
