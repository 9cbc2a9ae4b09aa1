/* tsne.h: the parts of t-SNE that tests look at. */
#ifndef MT_EVAL_TSNE_H
#define MT_EVAL_TSNE_H

#include "lib/eval/graph.h"
#include "lib/eval/projection.h"

/* A picture and what moves it. Coordinates lie axis by axis, (axes, room), room = n rounded up to 16. */
struct mt_tsne {
    int64_t n;
    int axes;
    size_t room;
    const struct mt_kernels *kernels;
    struct mt_pool *pool;
    const struct mt_graph *p;
    float *y[3], *push[3], *pull[3];
    float *z;   /* (room) */
    double sum; /* Z: over all pairs of 1 / (1 + |y_i - y_j|^2) */
    void *block;
};

int mt_tsne_init(struct mt_tsne *t, const struct mt_graph *p, int axes, struct mt_pool *pool,
                 const struct mt_kernels *kernels, struct mt_err *err);
void mt_tsne_release(struct mt_tsne *t);
/* Fills push, pull and Z from y: with q = 1 / (1 + |y_i - y_j|^2),
 *     pull_i = sum over edges of p q (y_i - y_j),   push_i = sum over all of q^2 (y_i - y_j),
 * so that the gradient of the divergence is 4 (pull - push / Z). */
void mt_tsne_forces(struct mt_tsne *t);
/* KL(P | Q) = sum over edges of p log(p Z / q), after mt_tsne_forces. */
double mt_tsne_divergence(const struct mt_tsne *t);

#endif
