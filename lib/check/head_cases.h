/* head_cases.h: the batches on which heads are checked: every place where a formula could break. */
#ifndef MT_CHECK_HEAD_CASES_H
#define MT_CHECK_HEAD_CASES_H

#include <stdbool.h>

#include "lib/check/head_reference.h"

#define MT_CASE_N 6
#define MT_CASE_C 5
#define MT_CASE_D 4

struct mt_head_case {
    const char *name;
    int classes;
    /* Fills the angle between every sample and its class; false: the case does not exist for this setting (no
     * such angle, or the loss jumps there). NULL: angles as they come. */
    bool (*angle)(const struct mt_head_batch *b, double *theta);
    void (*change)(struct mt_head_batch *b); /* plants what the case is about; may be NULL */
};

extern const struct mt_head_case mt_head_cases[]; /* ends with name == NULL */

/* Random numbers (the same for every setting), the angle, the change; all are numbers a float can hold. */
void mt_head_case_fill(const struct mt_head_case *c, struct mt_head_batch *b, double theta);

#endif
