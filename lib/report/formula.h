/* formula.h: text that a spreadsheet takes for a formula when it opens a CSV file: what begins with = + - @,
 * a tab or a carriage return, in their wide forms too, and is no number. Names are not changed for that,
 * since other programs join on them; the program says so instead. */
#ifndef MT_REPORT_FORMULA_H
#define MT_REPORT_FORMULA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

bool mt_is_formula(const char *text);

struct mt_formulas {
    int64_t n;      /* how many were met */
    char first[64]; /* the first of them, cut if need be */
};

void mt_formulas_add(struct mt_formulas *f, const char *text); /* counts the text if it is one */
/* The same for each field of a CSV in memory. Returns 0, or -1 without memory. */
int mt_formulas_scan(struct mt_formulas *f, const char *csv);
/* What there is to say about them, for one or more. */
void mt_formulas_text(const struct mt_formulas *f, const char *what, struct mt_buf *out);

#endif
