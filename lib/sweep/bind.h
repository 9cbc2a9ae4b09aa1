/* bind.h: one combination as an experiment. Private to lib/sweep. */
#ifndef MT_SWEEP_BIND_H
#define MT_SWEEP_BIND_H

#include "lib/conf/tree.h"
#include "lib/train/experiment.h"

/* Fills *e from a document that values were laid over, and settles what a run needs settled; `name` is the
 * experiment's where it gives none. Problems go to diag. */
int mt_sweep_bind(struct mt_conf *conf, struct mt_experiment *e, char *name, struct mt_diag *diag);

#endif
