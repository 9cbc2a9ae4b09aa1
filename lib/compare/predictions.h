/* predictions.h: which samples of a split two runs got right, from their predictions.csv. Private to
 * lib/compare. */
#ifndef MT_COMPARE_PREDICTIONS_H
#define MT_COMPARE_PREDICTIONS_H

#include "lib/compare/results.h"
#include "lib/stats/proportion.h"

/* Counts for an accuracy such as "test_knn_accuracy". Returns 1; 0 where the metric is no accuracy or a run
 * has no such predictions; -1 (MT_ERR_DATA) where a file is damaged or the samples are not the same. */
int mt_predictions_compare(struct mt_two_by_two *out, const struct mt_result *first,
                           const struct mt_result *second, const char *metric, struct mt_err *err);

/* "test" of "test_knn_accuracy", and the column of predictions.csv; false: the metric is no accuracy. */
bool mt_accuracy_of(const char *metric, char split[32], const char **column);

#endif
