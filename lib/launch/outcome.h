/* outcome.h: what is known of a run whose process has ended: what its folder says, and where it died before
 * it could say why, what the process ended with. */
#ifndef MT_LAUNCH_OUTCOME_H
#define MT_LAUNCH_OUTCOME_H

#include "lib/launch/index.h"
#include "lib/launch/worker.h"

/* Reads the run's row of the index again. Where the run has failed, *failed, and end->err and the row say
 * why. */
int mt_sweep_note_end(struct mt_sweep_index *ix, struct mt_job_end *end, bool *failed, struct mt_err *err);

#endif
