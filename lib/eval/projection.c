#include "lib/eval/projection.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "lib/eval/metric.h"

extern const struct mt_projection_method mt_projection_pca, mt_projection_tsne, mt_projection_umap;

static const struct mt_kind *const rows[] = {&mt_projection_pca.kind, &mt_projection_tsne.kind,
                                             &mt_projection_umap.kind, NULL};
const struct mt_table mt_projection_table = {"projection", rows};

const char *const mt_projection_metrics[] = {"cosine", "euclidean", NULL}; /* as enum mt_metric */

void mt_projection_tell(const struct mt_projection_job *job, int64_t step, int64_t steps)
{
    if (job->tell)
        job->tell(job->tell_arg, step, steps);
}

static bool all_finite(const float *v, int64_t n)
{
    int64_t i = 0;
    while (i < n && isfinite(v[i]))
        i++;
    return i == n;
}

static int check(const struct mt_projection_method *method, const struct mt_projection_job *job,
                 struct mt_err *err)
{
    if (job->n < 1 || job->dim < 1)
        return mt_err_set(err, MT_ERR_DATA, "there is no embedding that could be projected");
    if (job->n > method->most)
        return mt_err_set(err, MT_ERR_DATA,
                          "%" PRId64 " embeddings are more than the %" PRId64
                          " that %s takes; draw some of them with --limit %" PRId64,
                          job->n, method->most, method->kind.name, method->most);
    if (!all_finite(job->x, job->n * job->dim))
        return mt_err_set(err, MT_ERR_DATA, "an embedding holds a number that is not finite");
    return 0;
}

/* The rows scaled to length 1, for free(); zero vectors stay. */
static float *unit_rows(const float *x, int64_t n, int dim)
{
    float *unit = malloc((size_t)n * (size_t)dim * sizeof *unit);
    for (int64_t i = 0; unit && i < n; i++) {
        const float *from = x + i * dim;
        double squares = 0;
        for (int d = 0; d < dim; d++)
            squares += (double)from[d] * from[d];
        double scale = squares > 0 ? 1 / sqrt(squares) : 0;
        for (int d = 0; d < dim; d++)
            unit[i * dim + d] = (float)(from[d] * scale);
    }
    return unit;
}

uint64_t mt_projection_bytes(const struct mt_projection_method *method, const void *cfg,
                             const struct mt_projection_job *job)
{
    const int *metric = cfg;
    uint64_t unit = (uint64_t)job->n * (uint64_t)job->dim * sizeof(float);
    return method->bytes(job, cfg) + (*metric == MT_METRIC_COSINE ? unit : 0);
}

int mt_project(const struct mt_projection_method *method, const void *cfg,
               const struct mt_projection_job *job, float *y, double *measure, struct mt_err *err)
{
    struct mt_projection_job scaled = *job;
    const int *metric = cfg;
    float *unit = NULL;
    *measure = NAN;
    if (check(method, job, err) < 0)
        return -1;
    if (*metric == MT_METRIC_COSINE && !(scaled.x = unit = unit_rows(job->x, job->n, job->dim)))
        return mt_err_memory(err, "the embeddings", (size_t)job->n * (size_t)job->dim * sizeof *unit);
    int rc = method->run(&scaled, cfg, y, measure, err);
    free(unit);
    if (rc == 0 && !all_finite(y, job->n * job->axes))
        rc = mt_err_set(err, MT_ERR_DIVERGED,
                        "%s drove the points apart beyond all numbers; are its keys out of proportion?",
                        method->kind.name);
    return rc;
}
