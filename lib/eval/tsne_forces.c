/* tsne_forces.c: what moves the points of a t-SNE picture. Every row is summed by itself and in one order, so
 * that threads do not show. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/eval/tsne.h"

#define ROWS 64 /* per task; even, as the kernel asks */

int mt_tsne_init(struct mt_tsne *t, const struct mt_graph *p, int axes, struct mt_pool *pool,
                 const struct mt_kernels *kernels, struct mt_err *err)
{
    size_t room = ((size_t)p->n + 15) / 16 * 16, bytes = (3 * (size_t)axes + 1) * room * sizeof(float);
    *t = (struct mt_tsne){.n = p->n, .axes = axes, .room = room, .kernels = kernels, .pool = pool, .p = p};
    float *at = t->block = aligned_alloc(64, bytes);
    if (!at)
        return mt_err_memory(err, "t-SNE", bytes);
    memset(at, 0, bytes);
    for (int d = 0; d < axes; d++, at += 3 * room) {
        t->y[d] = at;
        t->push[d] = at + room;
        t->pull[d] = at + 2 * room;
        for (size_t i = (size_t)p->n; i < room; i++)
            t->y[d][i] = MT_REPULSION_FAR;
    }
    t->z = at;
    return 0;
}

void mt_tsne_release(struct mt_tsne *t)
{
    free(t->block);
    t->block = NULL;
}

static inline float square_distance(const struct mt_tsne *t, int axes, int64_t i, int64_t j)
{
    float sum = 0;
    for (int d = 0; d < axes; d++) {
        float diff = t->y[d][i] - t->y[d][j];
        sum += diff * diff;
    }
    return sum;
}

static inline __attribute__((always_inline)) void pull_row(const struct mt_tsne *t, int axes, int64_t i)
{
    float sum[3] = {0};
    for (int64_t e = t->p->start[i]; e < t->p->start[i + 1]; e++) {
        int64_t j = t->p->other[e];
        float pq = t->p->weight[e] / (1 + square_distance(t, axes, i, j));
        for (int d = 0; d < axes; d++)
            sum[d] += pq * (t->y[d][i] - t->y[d][j]);
    }
    for (int d = 0; d < axes; d++)
        t->pull[d][i] = sum[d];
}

static void force_rows(void *arg, int task, int worker)
{
    struct mt_tsne *t = arg;
    size_t from = (size_t)task * ROWS, to = from + ROWS < t->room ? from + ROWS : t->room;
    (void)worker;
    t->kernels->repulsion.push(t->axes, t->room, from, to, (const float *const *)t->y, t->push, t->z);
    for (int64_t i = (int64_t)from; i < (int64_t)to && i < t->n; i++)
        t->axes == 2 ? pull_row(t, 2, i) : pull_row(t, 3, i);
}

void mt_tsne_forces(struct mt_tsne *t)
{
    mt_pool_run(t->pool, (int)((t->room + ROWS - 1) / ROWS), force_rows, t);
    t->sum = 0;
    for (int64_t i = 0; i < t->n; i++)
        t->sum += (double)t->z[i] - 1; /* a point is no pair with itself */
    t->sum = fmax(t->sum, (double)t->n * FLT_EPSILON); /* what is less is lost beside the 1 */
}

double mt_tsne_divergence(const struct mt_tsne *t)
{
    double sum = 0, log_z = log(t->sum);
    for (int64_t i = 0; i < t->n; i++)
        for (int64_t e = t->p->start[i]; e < t->p->start[i + 1]; e++) {
            double p = t->p->weight[e];
            sum += p * (log(p) + log1p(square_distance(t, t->axes, i, t->p->other[e])) + log_z);
        }
    return sum;
}
