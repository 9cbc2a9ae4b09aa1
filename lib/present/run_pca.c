#include "lib/present/run_pca.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/eval/pca.h"
#include "lib/math/gemm.h"

#define AXES 3

/* Moves the finite rows to the front of `rows` and notes which they were. Returns how many. */
static int64_t keep_finite(float *rows, int64_t *from, const struct mt_points *e)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < e->n; i++) {
        int d = 0;
        while (d < e->dim && isfinite(e->x[i * e->dim + d]))
            d++;
        if (d < e->dim)
            continue;
        memcpy(rows + kept * e->dim, e->x + i * e->dim, (size_t)e->dim * sizeof *rows);
        from[kept++] = i;
    }
    return kept;
}

/* x (n, 3): of the samples that are finite; not-a-number where the others would be. */
static int principal_components(const struct mt_points *e, float *x, struct mt_err *err)
{
    double explained;
    size_t n = (size_t)e->n, bytes = n * (size_t)(e->dim + AXES) * sizeof(float);
    float *rows = malloc(bytes + 1), *y = rows ? rows + n * (size_t)e->dim : NULL;
    int64_t *from = malloc(n * sizeof *from + 1), kept = 0;
    int rc = rows && from ? mt_gemm_open(err) : mt_err_memory(err, "a projection", bytes);
    if (rc == 0)
        kept = keep_finite(rows, from, e);
    if (rc == 0 && kept > 1)
        rc = mt_pca(rows, kept, e->dim, AXES, y, &explained, err);
    for (size_t i = 0; i < AXES * n; i++)
        x[i] = NAN;
    for (int64_t i = 0; rc == 0 && kept > 1 && i < kept; i++)
        memcpy(x + AXES * from[i], y + AXES * i, AXES * sizeof *x);
    free(rows);
    free(from);
    return rc;
}

int mt_run_pca(struct mt_points *pca, const struct mt_points *embeddings, struct mt_err *err)
{
    const struct mt_points *e = embeddings;
    size_t n = (size_t)e->n;
    memset(pca, 0, sizeof *pca);
    if (e->dim <= AXES || e->n < 2)
        return 0;
    pca->index = malloc(n * sizeof *pca->index);
    pca->label = malloc(n * sizeof *pca->label);
    pca->pred = malloc(n * sizeof *pca->pred);
    pca->x = malloc(n * AXES * sizeof *pca->x);
    if (!pca->index || !pca->label || !pca->pred || !pca->x)
        return mt_err_memory(err, "a projection", n * AXES * sizeof *pca->x);
    memcpy(pca->index, e->index, n * sizeof *pca->index);
    memcpy(pca->label, e->label, n * sizeof *pca->label);
    memcpy(pca->pred, e->pred, n * sizeof *pca->pred);
    pca->n = e->n;
    pca->dim = AXES;
    return principal_components(e, pca->x, err);
}
