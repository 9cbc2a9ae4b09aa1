/* affinity.h: t-SNE's probabilities that two points are neighbors (van der Maaten and Hinton 2008, section 2;
 * only near neighbors count, as in van der Maaten 2014). */
#ifndef MT_EVAL_AFFINITY_H
#define MT_EVAL_AFFINITY_H

#include "lib/core/pool.h"
#include "lib/eval/graph.h"

/* p_ij = (p_j|i + p_i|j) / 2n of x (n, D), where p_j|i goes as exp(-b_i |x_i - x_j|^2) over the nearest
 * 3 perplexity + 1 neighbors of i, and b_i makes the entropy of row i log(perplexity). The sum over all edges
 * is
 * 1. n >= 2 and perplexity < n. */
int mt_affinities(struct mt_graph *p, const float *x, int64_t n, int dim, double perplexity,
                  struct mt_pool *pool, struct mt_err *err);
/* The most bytes that it takes. */
uint64_t mt_affinities_bytes(int64_t n, int dim, double perplexity);

#endif
