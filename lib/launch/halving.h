/* halving.h: successive halving over the run folders of a sweep: which cells are dropped at which rung.
 *
 * A rung (rungs.h) is decided when every run of every cell that reaches it has the epochs for it, or has
 * ended before. A cell's merit is the mean over its runs of the sweep's metric in the row of metrics.csv
 * after the rung's epoch. A run that stopped early before it keeps the figure that its evaluation has; one
 * that diverged before it has none. Cells with runs that have diverged or collapsed by then come behind those
 * without.
 *
 * All of that is read from run folders, in which rows once written never change, so decisions hang neither on
 * the order in which runs ended nor on when the sweep was stopped. That a run was collapsed while it waited
 * at a rung is forgotten when it goes on: then its cell was kept, and without that mark it would have been,
 * too. */
#ifndef MT_LAUNCH_HALVING_H
#define MT_LAUNCH_HALVING_H

#include "lib/core/buf.h"
#include "lib/launch/index.h"
#include "lib/sweep/rungs.h"

struct mt_halving {
    const struct mt_sweep *sweep;
    struct mt_rungs rungs;
    int rung;     /* the next to be decided; rungs.n: the runs that are left train to the end */
    int *kept;    /* (n_cells) rungs that the cell has passed */
    double *mean; /* (rungs.n, n_cells) */
};

/* To be released on success only. */
int mt_halving_open(struct mt_halving *h, const struct mt_sweep *s, struct mt_err *err);
void mt_halving_release(struct mt_halving *h);

/* Decides what can be decided; due (n_tasks) are then the runs that have to be gone on with, to
 * mt_halving_pause. Returns how many rungs were decided, or -1. */
int mt_halving_advance(struct mt_halving *h, const struct mt_sweep_index *ix, bool *due, struct mt_err *err);
int64_t mt_halving_pause(const struct mt_halving *h); /* epochs of the next rung; 0: to the end */

/* The epochs after which a cell was dropped; 0: it is not. */
int64_t mt_halving_dropped(const struct mt_halving *h, int cell);

/* "rung 1, after epoch 3: 6 of 16 cells go on, ..." of a rung that was decided. */
void mt_halving_words(const struct mt_halving *h, int rung, struct mt_buf *out);

/* Writes halving.csv: a row for each rung that was decided and each cell that reached it: rung,epochs,cell,
 * the cell's values,runs,METRIC,outcome (kept or dropped). */
int mt_halving_write(const struct mt_halving *h, struct mt_err *err);

#endif
