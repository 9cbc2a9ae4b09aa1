/* graph.h: a graph between neighbors, made symmetric. */
#ifndef MT_EVAL_GRAPH_H
#define MT_EVAL_GRAPH_H

#include <stdint.h>

#include "lib/core/err.h"

/* Row i has the edges start[i]..start[i+1]-1, in rising order of their other end. Each edge is there from
 * both ends, with the same weight. */
struct mt_graph {
    int64_t n;
    int64_t *start; /* (n+1) */
    int32_t *other; /* (edges) */
    float *weight;  /* (edges), above 0 */
};

/* From each point's k neighbors, index and weight (n, k): edge i-j has join(w_ij, w_ji), where the weight of
 * one that is not a neighbor is 0; an index of -1 is none. Edges of weight 0 are left out. join is symmetric.
 * Released by the caller on success only. */
int mt_graph_join(struct mt_graph *g, const int32_t *index, const double *weight, int64_t n, int k,
                  double (*join)(double, double), struct mt_err *err);
/* The most bytes that indices, weights and the graph of them take together, while it is made. */
uint64_t mt_graph_bytes(int64_t n, int k);
void mt_graph_release(struct mt_graph *g);

#endif
