/* numbering.h: texts, and seeds, that are equal, by number. Private to lib/answer. */
#ifndef MT_ANSWER_NUMBERING_H
#define MT_ANSWER_NUMBERING_H

#include "lib/sweep/sweep.h"

/* id (n): equal texts get one number, from 0, in the order of their first appearance. Returns how many
 * numbers there are, or -1 without memory. */
int mt_number_texts(const char *const *text, int n, int *id);

/* seed (tasks) begins with the seeds of a sweep, ascending; id (tasks) is the place of each task's among
 * them. Returns how many seeds there are. */
int mt_number_seeds(const struct mt_sweep *sweep, int64_t *seed, int *id);

#endif
