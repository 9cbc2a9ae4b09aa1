/* draw.h: numbers drawn from distributions. Private to lib/sweep.
 *
 *     uniform          min + (max - min) u                    u uniform in [0, 1)
 *     log_uniform      exp(ln min + (ln max - ln min) u)
 *     int_uniform      floor(min + (max + 1 - min) u)         both ends included
 *     int_log_uniform  floor(exp(ln min + (ln(max + 1) - ln min) u))
 *
 * With a step, values are min + step round((v - min) / step). Numbers are named by seed, key and the
 * combination's number, so that neither further combinations nor further keys change them. */
#ifndef MT_SWEEP_DRAW_H
#define MT_SWEEP_DRAW_H

#include "lib/sweep/space.h"

struct mt_distribution {
    const char *name;
    bool log, whole;
};

extern const struct mt_distribution mt_distributions[]; /* ends with a row whose name is NULL */
/* The row of this name; NULL: there is none. */
const struct mt_distribution *mt_distribution_find(const char *name);

/* Fills the space with combinations until there are `run_cap` runs. */
int mt_space_draw(struct mt_space *space, struct mt_conf *conf, const struct mt_node *exclude,
                  int64_t run_cap, int64_t seed, struct mt_diag *diag);

#endif
