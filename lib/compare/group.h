/* group.h: which runs stand together. */
#ifndef MT_COMPARE_GROUP_H
#define MT_COMPARE_GROUP_H

#include "lib/compare/compare.h"

/* What is repeated: the runs of one seed and one combination of the settings that are averaged over. */
struct mt_units {
    int n, n_seeds;
    int64_t *seed; /* (n_seeds) ascending */
    int *seed_of;  /* (n) index into seed; units of a seed stand together */
    int *of_run;   /* (results) the unit of each run; -1: left out */
};

/* Fills key, group, label and the notes on what is averaged over and on runs given twice. */
int mt_group_runs(struct mt_comparison *c, struct mt_units *u, const struct mt_results *results,
                  const struct mt_compare_options *options, struct mt_err *err);
void mt_units_release(struct mt_units *u);

/* Gives group `at` its label: the experiment's name where it tells the group from others, else the settings
 * that do, else a number. The groups before it have theirs. */
int mt_group_label(struct mt_comparison *c, int at, struct mt_err *err);

/* Appends a note. */
int mt_comparison_note(struct mt_comparison *c, struct mt_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
