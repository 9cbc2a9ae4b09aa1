/* numbering.h: texts that are equal, by number. Private to lib/answer. */
#ifndef MT_ANSWER_NUMBERING_H
#define MT_ANSWER_NUMBERING_H

/* id (n): equal texts get one number, from 0, in the order of their first appearance. Returns how many
 * numbers there are, or -1 without memory. */
int mt_number_texts(const char *const *text, int n, int *id);

#endif
