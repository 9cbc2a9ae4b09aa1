/* values.h: several values in one text, as the command line gives them: KEY=VALUES.
 *
 *     0.1,0.3,0.5                     a list; a comma inside of quotes, braces or brackets separates nothing
 *     8:64:x2      1e-4:1e-1:x10      from A to B by a factor
 *     0:1:+0.25    5:1:-1             from A to B by a step
 *     0..4                            whole numbers, both included
 *     {type: softmax},{type: arcface, m: 0.5}
 *
 * Each part of a list may be a range. A single value that is no range is one value, whatever YAML it is: [3,
 * 6] is a list that one key takes. Text that looks like a range is kept as it is in quotes. */
#ifndef MT_SWEEP_VALUES_H
#define MT_SWEEP_VALUES_H

#include <stdbool.h>

#include "lib/core/err.h"

struct mt_values {
    char **v; /* YAML, one value each */
    int n, cap;
};

/* Splits a text. MT_ERR_USAGE says what is wrong with it, without the key. Released on success only. */
int mt_values_split(struct mt_values *values, const char *text, struct mt_err *err);
void mt_values_release(struct mt_values *values);

/* Whether a text is more than one value, so that --set could not take it. */
bool mt_values_are_many(const char *text);

/* A number and nothing else, in any locale's absence: [+-] digits, point, exponent. */
bool mt_value_number(const char *text, double *out);

#endif
