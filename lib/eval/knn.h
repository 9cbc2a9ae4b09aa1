/* knn.h: the class that most of the k nearest references have. */
#ifndef MT_EVAL_KNN_H
#define MT_EVAL_KNN_H

#include "lib/eval/neighbors.h"
#include "lib/eval/ranking.h"

/* Votes for queries (n, D): classes are ordered by votes, then by the smaller sum of their neighbors'
 * distances, then by number. The probability is the share of the votes, the margin the difference of the two
 * shares. ref_label (references) lies in [0, classes). Where there are fewer than k references all vote; none
 * at all is an error. `self` and the rest as in mt_neighbors_find. */
int mt_knn_rank(const struct mt_neighbors *nb, const int32_t *ref_label, int classes, const float *query,
                int64_t n, int64_t self, int k, struct mt_pool *pool, const struct mt_ranking *out,
                struct mt_err *err);

#endif
