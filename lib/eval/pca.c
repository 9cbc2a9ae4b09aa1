/* pca.c: with the centered points X (n,D) and the eigenvectors v of their scatter X'X (D,D), the coordinates
 * are y = X v. Where there are fewer points than dimensions, the Gram matrix X X' (n,n) has the same
 * eigenvalues L, and its eigenvectors u give y = u sqrt(L). All in double.
 *
 * The sign of a component is open; here the coordinate that is largest in size is positive, of equal ones the
 * first. */
#include "lib/eval/pca.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "lib/eval/projection.h"
#include "lib/math/gemm.h"

#define ROWS 1024      /* centered at a time */
#define MOST_SIDE 8192 /* of the matrix whose eigenvalues are taken: 512 MiB */
#define SAME_SIZE 1e-9 /* of two coordinates that rounding may have told apart */

struct pca {
    const float *x;
    int64_t n;
    int dim, axes;
    bool gram;       /* fewer points than dimensions */
    int side;        /* of `matrix` */
    double *mean;    /* (D) */
    double *rows;    /* (n,D) for the Gram matrix, else (ROWS,D): centered points */
    double *matrix;  /* (side,side) */
    double *vectors; /* (axes,side) */
    double *values;  /* (axes) */
    double *y;       /* (n,axes) */
};

static int allocate(struct pca *p, struct mt_err *err)
{
    size_t D = (size_t)p->dim, side = (size_t)p->side, axes = (size_t)p->axes,
           rows = p->gram || p->n < ROWS ? (size_t)p->n : ROWS;
    p->mean = calloc(D, sizeof *p->mean);
    p->rows = malloc(rows * D * sizeof *p->rows);
    p->matrix = calloc(side * side, sizeof *p->matrix);
    p->vectors = calloc(axes * side, sizeof *p->vectors);
    p->values = calloc(axes, sizeof *p->values);
    p->y = calloc((size_t)p->n * axes, sizeof *p->y);
    if (p->mean && p->rows && p->matrix && p->vectors && p->values && p->y)
        return 0;
    return mt_err_memory(err, "principal components", (rows * D + side * side) * sizeof(double));
}

static void release(struct pca *p)
{
    free(p->mean);
    free(p->rows);
    free(p->matrix);
    free(p->vectors);
    free(p->values);
    free(p->y);
}

/* From the first point, so that of a constant column nothing is left, not even by rounding. */
static void take_mean(struct pca *p)
{
    for (int64_t i = 1; i < p->n; i++)
        for (int d = 0; d < p->dim; d++)
            p->mean[d] += (double)p->x[i * p->dim + d] - p->x[d];
    for (int d = 0; d < p->dim; d++)
        p->mean[d] = p->x[d] + p->mean[d] / (double)p->n;
}

/* p->rows = points first.. less the mean. Returns how many. */
static int center_rows(struct pca *p, int64_t first, int64_t most)
{
    int count = (int)(p->n - first < most ? p->n - first : most);
    const float *x = p->x + first * p->dim;
    for (int i = 0; i < count; i++)
        for (int d = 0; d < p->dim; d++) {
            size_t at = (size_t)i * (size_t)p->dim + (size_t)d;
            p->rows[at] = x[at] - p->mean[d];
        }
    return count;
}

static void fill_matrix(struct pca *p)
{
    int D = p->dim;
    if (p->gram) {
        int n = center_rows(p, 0, p->n);
        mt_dgemm(false, true, n, n, D, 1, p->rows, D, p->rows, D, 0, p->matrix, n);
        return;
    }
    for (int64_t first = 0; first < p->n; first += ROWS) {
        int n = center_rows(p, first, ROWS);
        mt_dgemm(true, false, D, D, n, 1, p->rows, D, p->rows, D, 1, p->matrix, D);
    }
}

static void take_coordinates(struct pca *p, int axes)
{
    int D = p->dim;
    if (p->gram) {
        for (int64_t i = 0; i < p->n; i++)
            for (int a = 0; a < axes; a++)
                p->y[i * p->axes + a] = p->vectors[a * p->n + i] * sqrt(p->values[a]);
        return;
    }
    for (int64_t first = 0; axes > 0 && first < p->n; first += ROWS) {
        int n = center_rows(p, first, ROWS);
        mt_dgemm(false, true, n, axes, D, 1, p->rows, D, p->vectors, D, 0, p->y + first * p->axes, p->axes);
    }
}

static void settle_sign(struct pca *p, int axis)
{
    double most = 0, first = 0;
    for (int64_t i = 0; i < p->n; i++)
        most = fmax(most, fabs(p->y[i * p->axes + axis]));
    for (int64_t i = 0; i < p->n && first == 0; i++)
        if (fabs(p->y[i * p->axes + axis]) >= most * (1 - SAME_SIZE))
            first = p->y[i * p->axes + axis];
    for (int64_t i = 0; first < 0 && i < p->n; i++)
        p->y[i * p->axes + axis] *= -1;
}

/* Eigenvalues that are zero but for rounding belong to no direction. */
static int settle_rank(struct pca *p, int count)
{
    double least = p->values[0] * p->side * DBL_EPSILON;
    while (count > 0 && !(p->values[count - 1] > least))
        count--;
    return count;
}

static int solve(struct pca *p, double *explained, struct mt_err *err)
{
    int count = p->axes < p->side ? p->axes : p->side;
    double all = 0, kept = 0;
    take_mean(p);
    fill_matrix(p);
    for (int i = 0; i < p->side; i++)
        all += p->matrix[(size_t)i * (size_t)p->side + (size_t)i];
    if (mt_symmetric_eigen(p->side, p->matrix, count, p->values, p->vectors, err) < 0)
        return -1;
    count = settle_rank(p, count);
    take_coordinates(p, count);
    for (int a = 0; a < count; a++) {
        settle_sign(p, a);
        kept += p->values[a];
    }
    *explained = count > 0 ? fmin(1, kept / all) : NAN;
    return 0;
}

uint64_t mt_pca_bytes(int64_t n, int dim, int axes)
{
    uint64_t N = (uint64_t)n, D = (uint64_t)dim, side = n < dim ? N : D;
    side = side < MOST_SIDE ? side : MOST_SIDE; /* more are refused */
    uint64_t rows = n < dim || n < ROWS ? N : ROWS;
    return sizeof(double) * (D + rows * D + side * side + (uint64_t)axes * (side + 1 + N));
}

int mt_pca(const float *x, int64_t n, int dim, int axes, float *y, double *explained, struct mt_err *err)
{
    struct pca p = {.x = x, .n = n, .dim = dim, .axes = axes, .gram = n < dim};
    p.side = p.gram ? (int)n : dim;
    if (p.side > MOST_SIDE)
        return mt_err_set(err, MT_ERR_DATA,
                          "%" PRId64 " embeddings of %d dimensions are too many for principal components, "
                          "which take up to %d dimensions or embeddings; use --limit %d",
                          n, dim, MOST_SIDE, MOST_SIDE);
    int rc = allocate(&p, err);
    if (rc == 0)
        rc = solve(&p, explained, err);
    for (int64_t i = 0; rc == 0 && i < n * axes; i++)
        y[i] = (float)p.y[i];
    release(&p);
    return rc;
}

struct cfg {
    int metric;
};

static const struct mt_field fields[] = {MT_PROJECTION_METRIC_FIELD, {0}};

static uint64_t bytes(const struct mt_projection_job *job, const void *cfg)
{
    (void)cfg;
    return mt_pca_bytes(job->n, job->dim, job->axes);
}

static int run(const struct mt_projection_job *job, const void *cfg, float *y, double *measure,
               struct mt_err *err)
{
    (void)cfg;
    return mt_pca(job->x, job->n, job->dim, job->axes, y, measure, err);
}

const struct mt_projection_method mt_projection_pca = {
    .kind = {.name = "pca",
             .help = "Principal components: a view from the side on which the points spread most.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .most = 10000000,
    .bytes = bytes,
    .measures = "explained_variance",
    .run = run,
};
