/* words.h: a sweep's answer in sentences that claim no more than the numbers do. Private to lib/answer.
 */
#ifndef MT_ANSWER_WORDS_H
#define MT_ANSWER_WORDS_H

#include "lib/answer/answer.h"

enum mt_answer_sentence {
    MT_SAYS_UNFINISHED, /* runs that are to come */
    MT_SAYS_BEST,       /* which cell, chosen from how many by what; or why none */
    MT_SAYS_REPORT,     /* what it reaches on which samples, and what that figure is worth */
    MT_SAYS_BASELINE,   /* by how much that is better than the baseline */
    MT_SAYS_EFFECTS,    /* what each parameter does at equal values of the others */
    MT_SAYS_UNTOLD,     /* cells that cannot be told from it */
    MT_SAYS_TOLD,       /* cells that can */
    MT_SAYS_LEFT_OUT,   /* cells that could not be chosen */
    MT_SAYS_SEEDS,      /* what so many seeds can tell */
    MT_ANSWER_SENTENCES
};

void mt_answer_title(const struct mt_answer *a, struct mt_buf *out);
/* Appends the sentence; false, and nothing, where there is nothing to say. */
bool mt_answer_sentence(const struct mt_answer *a, enum mt_answer_sentence which, struct mt_buf *out);
void mt_effect_title(const struct mt_answer *a, const struct mt_sweep_effect *e, struct mt_buf *out);
/* Note `at`, from 0: runs that did not come through, data that differ, ...; false behind the last. */
bool mt_answer_note(const struct mt_answer *a, int at, struct mt_buf *out);

#endif
