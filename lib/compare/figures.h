/* figures.h: the numbers of a comparison whose groups and metrics are settled. Private to lib/compare. */
#ifndef MT_COMPARE_FIGURES_H
#define MT_COMPARE_FIGURES_H

#include "lib/compare/group.h"

/* Fills c->figure and c->difference. MT_ERR_DATA where predictions are damaged. */
int mt_compare_figures(struct mt_comparison *c, const struct mt_units *units,
                       const struct mt_results *results, struct mt_err *err);

#endif
