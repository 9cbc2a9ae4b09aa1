#include "lib/eval/fuzzy.h"

#include <math.h>
#include <stdlib.h>

#include "lib/eval/neighbors.h"

#define STEPS 64
#define TOLERANCE 1e-5
#define LEAST_SCALE 1e-3 /* of s_i, in mean distances */

/* One point's sum, its k neighbors' distances given. */
static double total(const double *distance, int k, double nearest, double scale)
{
    double sum = 0;
    for (int j = 0; j < k; j++)
        sum += distance[j] > nearest ? exp(-(distance[j] - nearest) / scale) : 1;
    return sum;
}

/* s_i by bisection: the larger it is, the larger the sum. */
static double scale_of(const double *distance, int k, double nearest, double target)
{
    double scale = 1, low = 0, high = INFINITY;
    for (int step = 0; step < STEPS; step++) {
        double excess = total(distance, k, nearest, scale) - target;
        if (fabs(excess) < TOLERANCE)
            break;
        if (excess > 0)
            high = scale;
        else
            low = scale;
        scale = high < INFINITY ? (low + high) / 2 : 2 * scale;
    }
    return scale;
}

static double mean(const double *v, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += v[i];
    return sum / (double)n;
}

/* Distances (n, k) become memberships. */
static void settle(double *value, int64_t n, int k, int neighbors)
{
    double of_all = mean(value, n * k) * k / neighbors; /* each point's distance to itself counts as 0 */
    for (int64_t i = 0; i < n; i++) {
        double *row = value + i * k, nearest = 0;
        for (int j = k - 1; j >= 0; j--)
            nearest = row[j] > 0 ? row[j] : nearest;
        double of_row = nearest > 0 ? mean(row, k) * k / neighbors : of_all;
        double scale = fmax(scale_of(row, k, nearest, log2(neighbors)), LEAST_SCALE * of_row);
        for (int j = 0; j < k; j++)
            row[j] = row[j] > nearest ? exp(-(row[j] - nearest) / scale) : 1;
    }
}

static double either(double ij, double ji)
{
    return ij + ji - ij * ji;
}

uint64_t mt_fuzzy_graph_bytes(int64_t n, int dim, int neighbors)
{
    return mt_graph_bytes(n, neighbors - 1) + mt_neighbors_bytes(n, dim);
}

int mt_fuzzy_graph(struct mt_graph *w, const float *x, int64_t n, int dim, int neighbors,
                   struct mt_pool *pool, struct mt_err *err)
{
    int k = neighbors - 1, rc = -1;
    size_t cells = (size_t)n * (size_t)k;
    struct mt_neighbors *nb = NULL;
    int32_t *index = malloc(cells * sizeof *index);
    double *value = malloc(cells * sizeof *value);
    if (!index || !value) {
        mt_err_memory(err, "the neighbors", cells * (sizeof *value + sizeof *index));
        goto out;
    }
    if (mt_neighbors_new(&nb, x, n, dim, MT_METRIC_EUCLIDEAN, err) < 0 ||
        mt_neighbors_find(nb, x, n, 0, k, pool, index, value, err) < 0)
        goto out;
    settle(value, n, k, neighbors);
    rc = mt_graph_join(w, index, value, n, k, either, err);
out:
    mt_neighbors_free(nb);
    free(index);
    free(value);
    return rc;
}
