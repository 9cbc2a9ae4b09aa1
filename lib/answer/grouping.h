/* grouping.h: comparisons whose groups a plan names, for lib/compare to fill. Private to lib/answer. */
#ifndef MT_ANSWER_GROUPING_H
#define MT_ANSWER_GROUPING_H

#include "lib/answer/answer.h"

/* Fills c: group group_of[task] (-1: left out) holds the task's run; within a seed, runs of one `match`
 * (0..n_matches) are paired. The labels are copied, c->metric is that of `metrics`, which may be c itself. */
struct mt_grouping {
    const int *group_of, *match_of; /* (tasks); match_of NULL: all are one */
    int n_groups, n_matches, baseline;
    const char *const *label; /* (n_groups) */
    const char *const *metric;
    int n_metrics;
};
int mt_group_tasks(struct mt_comparison *c, const struct mt_grouping *how, const struct mt_sweep *sweep,
                   const struct mt_sweep_runs *runs, struct mt_err *err);

/* Fills a->effect, one for each parameter of which some cells differ in nothing else. */
int mt_effects_find(struct mt_answer *a, struct mt_err *err);

/* Numbers the values of a parameter: value (cells) is that of each cell, text (cells) begins with the values
 * in their order: ascending where all are numbers, else as they first appear. Returns how many there are, or
 * -1. */
int mt_cell_values(const struct mt_answer *a, int parameter, int *value, const char **text,
                   struct mt_err *err);

/* The cells' labels (n_cells), each for free(): "s=16 m=0.3". NULL without memory. */
char **mt_cell_labels(const struct mt_answer *a);

#endif
