/* neighbors.h: exact nearest neighbors among a set of reference vectors.
 *
 * The distance of two float32 vectors is defined in double precision, by one fixed order of additions, so
 * that neighbors and ties are the same for every instruction set, matrix library and number of threads. A
 * float32 product per block of queries and references, |q|^2 + |r|^2 - 2 q.r with a proven error bound, only
 * rules out what cannot be among the k nearest; what is left is measured in double.
 *
 * The bound: with u = 2^-24 and any order of additions, fused or not, the expression is off by at most
 * (D + 8) u (|q|^2 + |r|^2), since 2 sum |q_i r_i| <= |q|^2 + |r|^2. (Higham, Accuracy and Stability of
 * Numerical Algorithms, ch. 3.) A product that overflows rules out nothing. */
#ifndef MT_EVAL_NEIGHBORS_H
#define MT_EVAL_NEIGHBORS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/pool.h"
#include "lib/eval/metric.h"

struct mt_neighbors;

/* Takes a copy of the references ref (n, D), n >= 0, D >= 1; for cosine the copy is scaled to length 1 and
 * rounded to float32. A number that is not finite is an error (MT_ERR_DIVERGED). */
int mt_neighbors_new(struct mt_neighbors **out, const float *ref, int64_t n, int dim, enum mt_metric metric,
                     struct mt_err *err);
/* The bytes that it keeps. */
uint64_t mt_neighbors_bytes(int64_t n, int dim);
void mt_neighbors_free(struct mt_neighbors *nb);
int64_t mt_neighbors_count(const struct mt_neighbors *nb); /* references */
int mt_neighbors_dim(const struct mt_neighbors *nb);

/* For each query (n, D) its k >= 1 nearest references, nearest first, of equal distances the smaller index
 * first, into index and distance (n, k); where there are fewer than k, index is -1 and distance infinite.
 * `self`: query i is not compared with reference self + i; -1: with all. */
int mt_neighbors_find(const struct mt_neighbors *nb, const float *query, int64_t n, int64_t self, int k,
                      struct mt_pool *pool, int32_t *index, double *distance, struct mt_err *err);

#endif
