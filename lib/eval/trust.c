#include "lib/eval/trust.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lib/eval/neighbors.h"
#include "lib/math/gemm.h"

#define QUERIES 64      /* per task, and per product */
#define REFERENCES 512  /* per product */
#define PAIRS 400000000 /* of points whose distance is taken, before points are left out */

struct judge {
    int64_t n, judged;
    int dim, k;
    double *x;         /* (n, D) less the first point, which changes no distance */
    double *squared;   /* (n) |x|^2 */
    double longest;    /* of `squared` */
    int32_t *neighbor; /* (judged, k) in the projection */
    struct scratch {
        double *query;   /* (QUERIES, D) */
        double *product; /* (QUERIES, REFERENCES) */
        double *limit;   /* (QUERIES, k): what is nearer has a smaller rank */
        int64_t *nearer; /* (QUERIES, k) */
    } * scratch;
    int64_t *excess; /* per task: the sum over r(i,j) - k */
};

static int64_t point_of(const struct judge *g, int64_t query)
{
    return query * g->n / g->judged;
}

/* The limits of query i, which is point `at`. Returns the largest. */
static double set_limits(const struct judge *g, const struct scratch *w, int64_t query, int i)
{
    int64_t at = point_of(g, query);
    double most = -1, slack = 4 * (g->dim + 8) * DBL_EPSILON * (g->squared[at] + g->longest);
    for (int j = 0; j < g->k; j++) {
        const double *a = g->x + at * g->dim, *b = g->x + g->neighbor[query * g->k + j] * (int64_t)g->dim;
        double sum = 0;
        for (int d = 0; d < g->dim; d++)
            sum += (a[d] - b[d]) * (a[d] - b[d]);
        w->limit[i * g->k + j] = sum - slack;
        w->nearer[i * g->k + j] = 0;
        most = fmax(most, sum - slack);
    }
    return most;
}

static void count_nearer(const struct judge *g, const struct scratch *w, int i, double distance)
{
    for (int j = 0; j < g->k; j++)
        w->nearer[i * g->k + j] += distance < w->limit[i * g->k + j];
}

/* Compares references first.. with query i, which is point `at`; `most` is its largest limit. */
static void scan(const struct judge *g, const struct scratch *w, int i, int64_t at, int64_t first, int refs,
                 double most)
{
    const double *product = w->product + (size_t)i * REFERENCES, *squared = g->squared + first;
    for (int r = 0; r < refs; r++) {
        double distance = g->squared[at] + squared[r] - 2 * product[r];
        if (distance < most && first + r != at)
            count_nearer(g, w, i, distance);
    }
}

static void judge_block(void *arg, int task, int worker)
{
    const struct judge *g = arg;
    const struct scratch *w = &g->scratch[worker];
    int64_t first = (int64_t)task * QUERIES, sum = 0;
    int D = g->dim, n = g->judged - first < QUERIES ? (int)(g->judged - first) : QUERIES;
    double most[QUERIES];
    for (int i = 0; i < n; i++) {
        const double *x = g->x + point_of(g, first + i) * D;
        for (int d = 0; d < D; d++)
            w->query[(int64_t)i * D + d] = x[d];
        most[i] = set_limits(g, w, first + i, i);
    }
    for (int64_t start = 0; start < g->n; start += REFERENCES) {
        int refs = g->n - start < REFERENCES ? (int)(g->n - start) : REFERENCES;
        mt_dgemm(false, true, n, refs, D, 1, w->query, D, g->x + start * D, D, 0, w->product, REFERENCES);
        for (int i = 0; i < n; i++)
            scan(g, w, i, point_of(g, first + i), start, refs, most[i]);
    }
    for (int64_t i = 0; i < (int64_t)n * g->k; i++)
        sum += w->nearer[i] >= g->k ? w->nearer[i] + 1 - g->k : 0;
    g->excess[task] = sum;
}

static void release(struct judge *g, int threads)
{
    for (int t = 0; g->scratch && t < threads; t++) {
        free(g->scratch[t].query);
        free(g->scratch[t].product);
        free(g->scratch[t].limit);
        free(g->scratch[t].nearer);
    }
    free(g->scratch);
    free(g->x);
    free(g->squared);
    free(g->neighbor);
    free(g->excess);
}

static int allocate(struct judge *g, int tasks, int threads, struct mt_err *err)
{
    size_t n = (size_t)g->n, D = (size_t)g->dim, k = (size_t)g->k;
    g->x = malloc(n * D * sizeof *g->x);
    g->squared = malloc(n * sizeof *g->squared);
    g->neighbor = malloc((size_t)g->judged * k * sizeof *g->neighbor);
    g->excess = calloc((size_t)tasks, sizeof *g->excess);
    g->scratch = calloc((size_t)threads, sizeof *g->scratch);
    bool ok = g->x && g->squared && g->neighbor && g->excess && g->scratch;
    for (int t = 0; ok && t < threads; t++) {
        struct scratch *w = &g->scratch[t];
        w->query = malloc(QUERIES * D * sizeof *w->query);
        w->product = malloc((size_t)QUERIES * REFERENCES * sizeof *w->product);
        w->limit = malloc(QUERIES * k * sizeof *w->limit);
        w->nearer = malloc(QUERIES * k * sizeof *w->nearer);
        ok = w->query && w->product && w->limit && w->nearer;
    }
    return ok ? 0 : mt_err_memory(err, "trustworthiness", n * D * sizeof *g->x);
}

static void take_points(struct judge *g, const float *x)
{
    for (int64_t i = 0; i < g->n; i++) {
        double sum = 0;
        for (int d = 0; d < g->dim; d++) {
            double v = (double)x[i * g->dim + d] - x[d];
            g->x[i * g->dim + d] = v;
            sum += v * v;
        }
        g->squared[i] = sum;
        g->longest = fmax(g->longest, sum);
    }
}

/* The k nearest of `found` (k+1), without the point itself. */
static void without_self(const int32_t *found, int64_t self, int k, int32_t *to)
{
    for (int j = 0, kept = 0; kept < k; j++)
        if (found[j] != self)
            to[kept++] = found[j];
}

/* The neighbors of each judged point in the projection. */
static int find_neighbors(struct judge *g, const float *y, int axes, struct mt_pool *pool, struct mt_err *err)
{
    int rc = -1, k = g->k;
    size_t cells = (size_t)g->judged * (size_t)(k + 1);
    struct mt_neighbors *nb = NULL;
    float *query = malloc((size_t)g->judged * (size_t)axes * sizeof *query);
    double *distance = malloc(cells * sizeof *distance);
    int32_t *found = malloc(cells * sizeof *found);
    if (!query || !distance || !found) {
        mt_err_memory(err, "trustworthiness", cells * sizeof *distance);
        goto out;
    }
    for (int64_t q = 0; q < g->judged; q++)
        for (int a = 0; a < axes; a++)
            query[q * axes + a] = y[point_of(g, q) * axes + a];
    if (mt_neighbors_new(&nb, y, g->n, axes, MT_METRIC_EUCLIDEAN, err) < 0 ||
        mt_neighbors_find(nb, query, g->judged, -1, k + 1, pool, found, distance, err) < 0)
        goto out;
    for (int64_t q = 0; q < g->judged; q++)
        without_self(found + q * (k + 1), point_of(g, q), k, g->neighbor + q * k);
    rc = 0;
out:
    mt_neighbors_free(nb);
    free(query);
    free(distance);
    free(found);
    return rc;
}

uint64_t mt_trustworthiness_bytes(int64_t n, int dim, int k, int threads)
{
    uint64_t N = (uint64_t)n, D = (uint64_t)dim, K = (uint64_t)k;
    uint64_t points = N * (D + 1) * sizeof(double) + N * (2 * K + 1) * (sizeof(double) + sizeof(int32_t));
    uint64_t scratch = QUERIES * (D + REFERENCES + 2 * K) * sizeof(double);
    return points + (uint64_t)threads * scratch;
}

int mt_trustworthiness(const float *x, int dim, const float *y, int axes, int64_t n, int k,
                       struct mt_pool *pool, double *trust, int64_t *judged, struct mt_err *err)
{
    struct judge g = {.n = n, .dim = dim, .k = k, .judged = n <= PAIRS / n ? n : PAIRS / n};
    int threads = mt_pool_threads(pool), tasks = (int)((g.judged + QUERIES - 1) / QUERIES);
    *trust = NAN;
    *judged = 0;
    if (2 * (int64_t)k >= n)
        return 0;
    int rc = allocate(&g, tasks, threads, err);
    if (rc == 0)
        rc = find_neighbors(&g, y, axes, pool, err);
    if (rc == 0) {
        double excess = 0, N = (double)n;
        take_points(&g, x);
        mt_pool_run(pool, tasks, judge_block, &g);
        for (int t = 0; t < tasks; t++)
            excess += (double)g.excess[t];
        *trust = 1 - 2 / ((double)g.judged * k * (2 * N - 3.0 * k - 1)) * excess;
        *judged = g.judged;
    }
    release(&g, threads);
    return rc;
}
