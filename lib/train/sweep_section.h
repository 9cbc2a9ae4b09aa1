/* sweep_section.h: the section `sweep` of an experiment file: which keys take which values (sweep/sweep.h).
 *
 * It says nothing about a single run: it is not part of the run id, and `train` passes it over. */
#ifndef MT_TRAIN_SWEEP_SECTION_H
#define MT_TRAIN_SWEEP_SECTION_H

#include <stdint.h>

#include "lib/core/fields.h"

struct mt_node;

enum mt_goal { MT_GOAL_MAXIMIZE, MT_GOAL_MINIMIZE };

struct mt_sweep_section { /* what the rows of mt_sweep_table fill; trees are read by sweep/ */
    struct {
        char *name; /* of summary.json */
        int goal;   /* enum mt_goal; -1: by the metric's name */
    } metric;
    struct mt_node *parameters; /* {KEY: {values: [...]} or {min: A, max: B, distribution: WORD}, ...} */
    struct mt_node *runs;       /* [{KEY: VALUE, ...}, ...] */
    struct mt_node *exclude;    /* [{KEY: VALUE, ...}, ...] */
    struct mt_node *baseline;   /* {KEY: VALUE, ...} */
    int64_t run_cap;            /* unset: none */
    int64_t seed;               /* of what is drawn */
    int64_t eta, min_epochs;    /* of halving */
};

extern const struct mt_table mt_sweep_table; /* methods */

#endif
