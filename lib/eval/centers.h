/* centers.h: the mean embedding of each class, and the class whose center is nearest.
 *
 * euclidean: c_k = mean of x_i, y_i = k. cosine: the direction of c_k is that of the mean of x_i / |x_i|
 * (what minimizes the sum of 1 - cos), its length the mean of |x_i|, so that it stands among its samples in a
 * plot; embeddings of length 1 have centers of length 1. Vectors of length 0 have no direction and count in
 * the length alone. Sums are in double, in the order of the samples. */
#ifndef MT_EVAL_CENTERS_H
#define MT_EVAL_CENTERS_H

#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/pool.h"
#include "lib/eval/metric.h"
#include "lib/eval/ranking.h"

struct mt_centers {
    int classes, dim;
    enum mt_metric metric;
    float *x;       /* (classes, D); zeros for a class without samples */
    int64_t *count; /* (classes) samples */
};

/* From embeddings x (n, D) with labels in [0, classes). Released by the caller on success only. */
int mt_centers_fit(struct mt_centers *c, const float *x, const int32_t *label, int64_t n, int classes,
                   int dim, enum mt_metric metric, struct mt_err *err);
void mt_centers_release(struct mt_centers *c);

/* The nearest center of each of x (n, D); of equal distances the smaller class. Classes without samples take
 * no part. There is no probability; the margin is the second distance less the first (in units of the
 * metric), not-a-number where there is one center only. */
int mt_centers_rank(const struct mt_centers *c, const float *x, int64_t n, struct mt_pool *pool,
                    const struct mt_ranking *out, struct mt_err *err);

#endif
