#include "lib/present/run_angles.h"

#include <math.h>
#include <stdlib.h>

#include "lib/eval/angles.h"
#include "lib/present/run_directions.h"

static float dot(const float *a, const float *b, int dim)
{
    float sum = 0.0f;
    for (int d = 0; d < dim; d++)
        sum += a[d] * b[d];
    return sum;
}

/* The center of another class than `label` that is nearest to x; -1: there is none. */
static int64_t nearest_other(const float *x, int32_t label, const float *unit,
                             const struct mt_points *centers)
{
    int64_t best = -1;
    float most = -INFINITY;
    for (int64_t k = 0; k < centers->n; k++) {
        float cosine = centers->label[k] == label ? NAN : dot(x, unit + k * centers->dim, centers->dim);
        if (cosine > most) {
            most = cosine;
            best = k;
        }
    }
    return best;
}

static int64_t own_center(const struct mt_points *centers, int32_t label)
{
    if (label < centers->n && centers->label[label] == label) /* as centers.csv is written */
        return label;
    for (int64_t k = 0; k < centers->n; k++)
        if (centers->label[k] == label)
            return k;
    return -1;
}

int mt_run_angles(const struct mt_points *points, const struct mt_points *centers, float *target,
                  float *other, struct mt_err *err)
{
    int dim = centers->dim;
    double work = (double)points->n * (double)centers->n * dim;
    int64_t every = 1 + (int64_t)(work / MT_RUN_ANGLES_WORK);
    float *unit = malloc((size_t)(centers->n * dim) * sizeof *unit + 1);
    if (!unit)
        return mt_err_memory(err, "unit vectors", (size_t)(centers->n * dim) * sizeof *unit);
    mt_directions(unit, centers->x, centers->n, dim);
    for (int64_t i = 0; i < points->n; i++) {
        const float *x = points->x + i * dim;
        target[i] = other[i] = NAN;
        if (points->label[i] < 0 || i % every)
            continue;
        int64_t own = own_center(centers, points->label[i]);
        int64_t near = nearest_other(x, points->label[i], unit, centers);
        if (own >= 0)
            target[i] = (float)mt_angle(x, centers->x + own * dim, dim);
        if (near >= 0)
            other[i] = (float)mt_angle(x, centers->x + near * dim, dim);
    }
    free(unit);
    return 0;
}
