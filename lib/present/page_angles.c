#include "lib/present/page_angles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/present/run_angles.h"

static int ascending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double median(const float *v, int64_t n, float *scratch)
{
    memcpy(scratch, v, (size_t)n * sizeof *v);
    qsort(scratch, (size_t)n, sizeof *v, ascending);
    return n % 2 ? (double)scratch[n / 2] : ((double)scratch[n / 2 - 1] + (double)scratch[n / 2]) / 2;
}

/* Drops samples without both angles. */
static void keep_whole(struct mt_page_angles *a, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (isnan(a->own[i]) || isnan(a->other[i]))
            continue;
        a->own[a->n] = a->own[i];
        a->other[a->n] = a->other[i];
        a->nearer_to_other += a->other[i] < a->own[i];
        a->n++;
    }
}

int mt_page_angles_measure(struct mt_page_angles *a, const struct mt_page_run *r)
{
    const struct mt_points *e = &r->embeddings;
    struct mt_err err;
    int rc = -1;
    memset(a, 0, sizeof *a);
    if (e->n == 0 || r->centers.n < 2 || r->centers.dim != e->dim)
        return 0;
    float *scratch = malloc((size_t)e->n * sizeof *scratch);
    a->own = malloc((size_t)e->n * sizeof *a->own);
    a->other = malloc((size_t)e->n * sizeof *a->other);
    if (scratch && a->own && a->other)
        rc = mt_run_angles(e, &r->centers, a->own, a->other, &err);
    if (rc == 0)
        keep_whole(a, e->n);
    if (a->n > 0) {
        a->median_own = median(a->own, a->n, scratch);
        a->median_other = median(a->other, a->n, scratch);
        a->nearer_to_other /= (double)a->n;
    }
    free(scratch);
    return rc < 0 ? -1 : a->n > 0;
}

void mt_page_angles_release(struct mt_page_angles *a)
{
    free(a->own);
    free(a->other);
}
