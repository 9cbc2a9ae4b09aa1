/* figures.h: the numbers of a comparison whose groups and metrics are settled; by mt_compare(), or by a plan
 * (lib/sweep). */
#ifndef MT_COMPARE_FIGURES_H
#define MT_COMPARE_FIGURES_H

#include "lib/compare/group.h"

/* Fills c->figure and c->difference. `predictions`: where there is one seed, read what the runs said to each
 * sample, and compare over samples; MT_ERR_DATA where that is damaged. */
int mt_compare_figures(struct mt_comparison *c, const struct mt_units *units,
                       const struct mt_results *results, bool predictions, struct mt_err *err);

/* How far figures of nine digits may lie apart and be equal, among the finite ones of v (n). */
double mt_figures_grain(const double *v, int n);

#endif
