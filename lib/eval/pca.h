/* pca.h: principal components: the directions along which points spread most. */
#ifndef MT_EVAL_PCA_H
#define MT_EVAL_PCA_H

#include <stdint.h>

#include "lib/core/err.h"

/* y (n, axes): the coordinates of x (n, D) along their first principal components; axes beyond the rank of
 * the points are zero. *explained: the share of their variance that y keeps, not-a-number where there is
 * none. */
int mt_pca(const float *x, int64_t n, int dim, int axes, float *y, double *explained, struct mt_err *err);
/* The most bytes that it takes. */
uint64_t mt_pca_bytes(int64_t n, int dim, int axes);

#endif
