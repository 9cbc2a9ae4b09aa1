/* outcome.h: what becomes of a run: what the folder of one whose process has ended says, and where it died
 * before it could say why, what the process ended with; and that one is dropped. */
#ifndef MT_LAUNCH_OUTCOME_H
#define MT_LAUNCH_OUTCOME_H

#include "lib/launch/halving.h"
#include "lib/launch/index.h"
#include "lib/launch/worker.h"

/* Reads the run's row of the index again. Where the run has failed, *failed, and end->err and the row say
 * why. */
int mt_sweep_note_end(struct mt_sweep_index *ix, struct mt_job_end *end, bool *failed, struct mt_err *err);

/* Writes into the folders of the runs that are dropped, and into their rows, that they are. */
int mt_sweep_note_dropped(struct mt_sweep_index *ix, const struct mt_halving *h, struct mt_err *err);

#endif
