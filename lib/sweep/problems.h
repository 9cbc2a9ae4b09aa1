/* problems.h: what is wrong with cells, each problem told once, with the first cell that has it. Private to
 * lib/sweep. */
#ifndef MT_SWEEP_PROBLEMS_H
#define MT_SWEEP_PROBLEMS_H

#include "lib/conf/tree.h"

struct mt_problem {
    char *text, *label; /* label: of the first run */
    int runs;
    enum mt_err_kind kind;
};

struct mt_problems {
    struct mt_problem *v;
    int n;
    bool failed; /* no memory */
};

/* Adds what one run's binding said. */
void mt_problems_add(struct mt_problems *p, const struct mt_diag *of_run, const char *label);
/* Appends all to diag and releases them. Returns -1 when there were any. */
int mt_problems_report(struct mt_problems *p, struct mt_diag *diag);

#endif
