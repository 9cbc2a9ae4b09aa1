/* monitor.h: which epoch was best, and when to stop early (Keras' EarlyStopping rule). */
#ifndef MT_TRAIN_MONITOR_H
#define MT_TRAIN_MONITOR_H

#include <stdbool.h>

#include "lib/train/experiment.h"
#include "lib/train/history.h"

struct mt_monitor {
    int what;         /* index into mt_monitor_names */
    bool smaller;     /* smaller is better */
    int64_t patience; /* MT_UNSET_INT: never stop */
    double min_delta;
    /* What it remembers; saved in checkpoints. */
    bool any; /* an epoch was seen */
    double best;
    int64_t best_epoch; /* 1-based */
    int64_t wait;       /* epochs without an improvement */
};

/* Without validation samples a monitor of validation falls back to train_loss: then only "best" depends on
 * it. */
void mt_monitor_init(struct mt_monitor *m, const struct mt_experiment *e, bool validation);
/* Per epoch: wait += 1; an improvement by more than min_delta resets it; not-a-number is none. Returns
 * whether the epoch is the best so far. */
bool mt_monitor_observe(struct mt_monitor *m, const struct mt_metrics *row);
bool mt_monitor_stops(const struct mt_monitor *m);

/* Whether a run that ended after `epochs` is judged by the weights of its best epoch (0: it has none) instead
 * of the last: eval.checkpoint says so, or restore_best does and the monitor had stopped, be it in the last
 * epoch that there was. */
bool mt_judged_by_best(const struct mt_experiment *e, int64_t epochs, int64_t best_epoch);

#endif
