/* share.h: samples that several runs of a sweep use: opened and verified once, before the processes that
 * train on them are started. */
#ifndef MT_LAUNCH_SHARE_H
#define MT_LAUNCH_SHARE_H

#include "lib/sweep/sweep.h"
#include "lib/train/splits.h"

struct mt_sweep_share { /* stays where it is while it is open */
    const struct mt_sweep *sweep;
    int task; /* whose data it is; -1: none was asked for */
    bool open;
    struct mt_sweep_experiment x;
    struct mt_splits splits;
};

/* Whether two tasks have the same section `data`. */
bool mt_sweep_same_data(const struct mt_sweep *s, int a, int b);

void mt_sweep_share_init(struct mt_sweep_share *share, const struct mt_sweep *s);
/* Opens the data of a task, and gives up what was open before. On failure nothing is open. All threads have
 * ended when it returns. */
int mt_sweep_share_open(struct mt_sweep_share *share, int task, int threads, struct mt_err *err);
void mt_sweep_share_close(struct mt_sweep_share *share);
/* The samples of a task where they are open, or NULL. */
const struct mt_splits *mt_sweep_share_of(const struct mt_sweep_share *share, int task);

/* Whether so many runs at a time fit into the memory that there is. Each run checks what it needs by itself,
 * so that one is always said to fit. */
int mt_sweep_share_fits(const struct mt_sweep_memory *m, int runs, struct mt_err *err);

#endif
