#include "lib/eval/affinity.h"

#include <math.h>
#include <stdlib.h>

#include "lib/eval/neighbors.h"

#define STEPS 100
#define TOLERANCE 1e-5 /* of the entropy: scikit-learn's */
#define ROWS 256       /* per task */

struct rows {
    int64_t n;
    int k;
    double entropy;
    double *value; /* (n, k): distances, then probabilities */
};

/* Row i: distances, nearest first, become probabilities for one b. Returns their entropy. */
static double spread(const double *distance, int k, double b, double *p)
{
    double sum = 0, mean = 0;
    for (int j = 0; j < k; j++) {
        double square = distance[j] * distance[j] - distance[0] * distance[0];
        p[j] = exp(-b * square);
        sum += p[j];
        mean += p[j] > 0 ? p[j] * square : 0;
    }
    for (int j = 0; j < k; j++)
        p[j] /= sum;
    return log(sum) + b * mean / sum;
}

/* b by bisection: the larger it is, the smaller the entropy. */
static void settle_row(const struct rows *r, const double *distance, double *p)
{
    double b = 1, low = 0, high = INFINITY;
    for (int step = 0; step < STEPS; step++) {
        double excess = spread(distance, r->k, b, p) - r->entropy;
        if (fabs(excess) <= TOLERANCE)
            break;
        if (excess > 0)
            low = b;
        else
            high = b;
        b = high < INFINITY ? (low + high) / 2 : 2 * b;
    }
}

static void settle_rows(void *arg, int task, int worker)
{
    const struct rows *r = arg;
    int64_t end = ((int64_t)task + 1) * ROWS < r->n ? ((int64_t)task + 1) * ROWS : r->n;
    double distance[3 * 1000 + 1];
    (void)worker;
    for (int64_t i = (int64_t)task * ROWS; i < end; i++) {
        for (int j = 0; j < r->k; j++)
            distance[j] = r->value[i * r->k + j];
        settle_row(r, distance, r->value + i * r->k);
    }
}

static double mean_of(double ij, double ji)
{
    return ij + ji;
}

static int neighbors_of(int64_t n, double perplexity)
{
    return n - 1 < (int64_t)(3 * perplexity + 1) ? (int)(n - 1) : (int)(3 * perplexity + 1);
}

uint64_t mt_affinities_bytes(int64_t n, int dim, double perplexity)
{
    return n < 1 ? 0 : mt_graph_bytes(n, neighbors_of(n, perplexity)) + mt_neighbors_bytes(n, dim);
}

int mt_affinities(struct mt_graph *p, const float *x, int64_t n, int dim, double perplexity,
                  struct mt_pool *pool, struct mt_err *err)
{
    int k = neighbors_of(n, perplexity), rc = -1;
    size_t cells = (size_t)n * (size_t)k;
    struct mt_neighbors *nb = NULL;
    struct rows r = {n, k, log(perplexity), malloc(cells * sizeof *r.value)};
    int32_t *index = malloc(cells * sizeof *index);
    if (!r.value || !index) {
        mt_err_memory(err, "the neighbors", cells * (sizeof *r.value + sizeof *index));
        goto out;
    }
    if (mt_neighbors_new(&nb, x, n, dim, MT_METRIC_EUCLIDEAN, err) < 0 ||
        mt_neighbors_find(nb, x, n, 0, k, pool, index, r.value, err) < 0)
        goto out;
    mt_pool_run(pool, (int)((n + ROWS - 1) / ROWS), settle_rows, &r);
    for (size_t c = 0; c < cells; c++)
        r.value[c] /= 2.0 * (double)n;
    rc = mt_graph_join(p, index, r.value, n, k, mean_of, err);
out:
    mt_neighbors_free(nb);
    free(r.value);
    free(index);
    return rc;
}
