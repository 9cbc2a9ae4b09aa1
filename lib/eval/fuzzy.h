/* fuzzy.h: UMAP's graph: how surely two points are neighbors, each seen with its own measure of distance
 * (McInnes, Healy and Melville 2018, sections 3.1 and 4.1). */
#ifndef MT_EVAL_FUZZY_H
#define MT_EVAL_FUZZY_H

#include "lib/core/pool.h"
#include "lib/eval/graph.h"

/* w_ij = a + b - a b of x (n, D), with a = exp(-(d_ij - r_i) / s_i) for the nearest `neighbors` of i, the
 * point itself counted (umap-learn's way of counting), and b likewise from j; r_i is the distance to the
 * nearest other point that is not at the same place, and s_i makes the sum over i's neighbors
 * log2(neighbors). 2 <= neighbors <= n. */
int mt_fuzzy_graph(struct mt_graph *w, const float *x, int64_t n, int dim, int neighbors,
                   struct mt_pool *pool, struct mt_err *err);
/* The most bytes that it takes. */
uint64_t mt_fuzzy_graph_bytes(int64_t n, int dim, int neighbors);

#endif
