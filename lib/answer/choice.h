/* choice.h: the best cell of a sweep, and what its differences from the others are worth. Private to
 * lib/answer.
 *
 * The cell with the best mean of many is best by luck too. A test of its difference from another cell, done
 * as if the two had been named before, finds "differences" between equal cells far more often than it says.
 * Whichever cell comes out best, its differences are among those of all pairs of cells; so they are tested as
 * members of that family. */
#ifndef MT_ANSWER_CHOICE_H
#define MT_ANSWER_CHOICE_H

#include "lib/answer/answer.h"

/* Sets candidate, best, n_candidates, seeds_each and bad_each, by a->from_baseline's means. */
void mt_choice_make(struct mt_answer *a);

/* Corrects p of a->from_best by Holm over the pairs of all cells that have one, metric by metric; sets
 * n_pairs. */
int mt_choice_correct(struct mt_answer *a, struct mt_err *err);

#endif
