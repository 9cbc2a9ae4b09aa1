/* trust.h: how far a projection can be trusted (Venna and Kaski 2001): whether points that are near one
 * another in it are near in truth.
 *
 *     T(k) = 1 - 2 / (n k (2n - 3k - 1)) sum over i, sum over j in U_i of (r(i,j) - k)
 *
 * U_i: those of the k nearest neighbors of i in the projection that are not among its k nearest in truth;
 * r(i,j): the rank of j among all others by distance from i in truth, 1 for the nearest. 1 is best; a random
 * arrangement has about one half. */
#ifndef MT_EVAL_TRUST_H
#define MT_EVAL_TRUST_H

#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/pool.h"

/* Of y (n, axes) as a projection of x (n, D), by euclidean distances. Of equal distances in truth each has
 * the best rank; those of x are equal too where rounding to double cannot tell them apart. *judged: how many
 * points i the sum runs over, evenly spread; all of them where n is at most 20,000. *trust is not-a-number
 * where k does not fit into n (k < n / 2). */
int mt_trustworthiness(const float *x, int dim, const float *y, int axes, int64_t n, int k,
                       struct mt_pool *pool, double *trust, int64_t *judged, struct mt_err *err);
/* The most bytes that it takes. */
uint64_t mt_trustworthiness_bytes(int64_t n, int dim, int k, int threads);

#endif
