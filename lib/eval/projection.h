/* projection.h: points of D dimensions drawn in two or three.
 *
 * A method is one file with one const struct and a row in projection.c. Each gives the same bytes for any
 * number of threads: what a task writes depends on the task alone, and random numbers are named by point and
 * step. */
#ifndef MT_EVAL_PROJECTION_H
#define MT_EVAL_PROJECTION_H

#include "lib/core/fields.h"
#include "lib/core/pool.h"
#include "lib/math/kernels.h"

struct mt_projection_job {
    const float *x; /* (n, D) */
    int64_t n;
    int dim;
    int axes; /* 2 or 3 */
    uint64_t seed;
    struct mt_pool *pool;
    const struct mt_kernels *kernels;
    void (*tell)(void *arg, int64_t step, int64_t steps); /* called now and then; may be NULL */
    void *tell_arg;
};

struct mt_projection_method {
    struct mt_kind kind; /* its struct begins with `int metric` */
    int64_t most;        /* points it takes; its time grows with their square, PCA's with their number */
    /* The most bytes that `run` takes; the job's x need not be there yet. */
    uint64_t (*bytes)(const struct mt_projection_job *job, const void *cfg);
    const char *measures; /* what *measure is: "explained_variance", or NULL */
    /* y (n, axes). `x` holds finite numbers only and is scaled as the metric asks. */
    int (*run)(const struct mt_projection_job *job, const void *cfg, float *y, double *measure,
               struct mt_err *err);
};

extern const struct mt_table mt_projection_table;

/* The first field of every method; its struct begins with `int metric`. */
extern const char *const mt_projection_metrics[];
#define MT_PROJECTION_METRIC_FIELD                                                                           \
    {                                                                                                        \
        .name = "metric", .type = MT_CHOICE, .offset = 0, .def = "euclidean",                                \
        .choices = mt_projection_metrics,                                                                    \
        .help = "What is near: by distance, or by angle (cosine: embeddings are scaled to length 1 first)."  \
    }

/* The most bytes that mt_project takes. */
uint64_t mt_projection_bytes(const struct mt_projection_method *method, const void *cfg,
                             const struct mt_projection_job *job);

/* Projects job->x into y (n, axes). A number that is not finite, no point at all or too many are errors
 * (MT_ERR_DATA). The caller has opened lib/math/gemm.h. *measure is not-a-number where there is none. */
int mt_project(const struct mt_projection_method *method, const void *cfg,
               const struct mt_projection_job *job, float *y, double *measure, struct mt_err *err);

void mt_projection_tell(const struct mt_projection_job *job, int64_t step, int64_t steps);

#endif
