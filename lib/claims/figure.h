/* figure.h: the figure of a run that a claim looks at. */
#ifndef MT_CLAIMS_FIGURE_H
#define MT_CLAIMS_FIGURE_H

#include "lib/compare/results.h"

/* A key of summary.json, or COLUMN@EPOCH or COLUMN@last of metrics.csv. Not-a-number where the run has none
 * such. MT_ERR_DATA where metrics.csv is damaged. */
int mt_claim_figure(const struct mt_result *r, const char *figure, double *value, struct mt_err *err);

#endif
