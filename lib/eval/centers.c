#include "lib/eval/centers.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/eval/neighbors.h"

static double length_of(const float *x, int dim)
{
    double sum = 0.0;
    for (int d = 0; d < dim; d++)
        sum += (double)x[d] * x[d];
    return sqrt(sum);
}

/* sum (classes, D) and lengths (classes). */
static void add_samples(const struct mt_centers *c, const float *x, const int32_t *label, int64_t n,
                        double *sum, double *lengths)
{
    for (int64_t i = 0; i < n; i++, x += c->dim) {
        double *to = sum + (size_t)label[i] * (size_t)c->dim, length = length_of(x, c->dim);
        double scale = c->metric == MT_METRIC_COSINE ? (length > 0.0 ? 1.0 / length : 0.0) : 1.0;
        for (int d = 0; d < c->dim; d++)
            to[d] += x[d] * scale;
        lengths[label[i]] += length;
        c->count[label[i]]++;
    }
}

static void finish(struct mt_centers *c, const double *sum, const double *lengths)
{
    for (int k = 0; k < c->classes; k++) {
        const double *s = sum + (size_t)k * (size_t)c->dim;
        double squares = 0.0, divisor = (double)c->count[k];
        for (int d = 0; d < c->dim; d++)
            squares += s[d] * s[d];
        if (c->metric == MT_METRIC_COSINE)
            divisor = lengths[k] > 0.0 ? sqrt(squares) * (double)c->count[k] / lengths[k] : 0.0;
        for (int d = 0; d < c->dim; d++)
            c->x[(size_t)k * (size_t)c->dim + (size_t)d] = divisor > 0.0 ? (float)(s[d] / divisor) : 0.0f;
    }
}

int mt_centers_fit(struct mt_centers *c, const float *x, const int32_t *label, int64_t n, int classes,
                   int dim, enum mt_metric metric, struct mt_err *err)
{
    int rc = -1;
    size_t K = (size_t)classes, D = (size_t)dim;
    *c = (struct mt_centers){.classes = classes, .dim = dim, .metric = metric};
    c->x = calloc(K * D, sizeof *c->x);
    c->count = calloc(K, sizeof *c->count);
    double *sum = calloc(K * D, sizeof *sum), *lengths = calloc(K, sizeof *lengths);
    if (!c->x || !c->count || !sum || !lengths) {
        mt_err_memory(err, "the class centers", K * D * (sizeof *sum + sizeof *c->x));
        goto out;
    }
    for (int64_t i = 0; i < n; i++)
        if (label[i] < 0 || label[i] >= classes) {
            mt_err_set(err, MT_ERR_DATA, "sample %" PRId64 ": label %" PRId32 " must lie in 0..%d", i,
                       label[i], classes - 1);
            goto out;
        }
    add_samples(c, x, label, n, sum, lengths);
    finish(c, sum, lengths);
    rc = 0;
out:
    free(sum);
    free(lengths);
    if (rc < 0)
        mt_centers_release(c);
    return rc;
}

void mt_centers_release(struct mt_centers *c)
{
    free(c->x);
    free(c->count);
    c->x = NULL;
    c->count = NULL;
}

/* The centers that exist, one after another in x (classes, D), and their classes. Returns how many. */
static int gather(const struct mt_centers *c, float *x, int32_t *class_of)
{
    int n = 0;
    for (int32_t k = 0; k < c->classes; k++) {
        if (c->count[k] == 0)
            continue;
        for (int d = 0; d < c->dim; d++)
            x[(size_t)n * (size_t)c->dim + (size_t)d] = c->x[(size_t)k * (size_t)c->dim + (size_t)d];
        class_of[n++] = k;
    }
    return n;
}

int mt_centers_rank(const struct mt_centers *c, const float *x, int64_t n, struct mt_pool *pool,
                    const struct mt_ranking *out, struct mt_err *err)
{
    int rc = -1, centers = 0;
    size_t K = (size_t)c->classes, rows = (size_t)n;
    struct mt_neighbors *nb = NULL;
    float *present = malloc(K * (size_t)c->dim * sizeof *present);
    int32_t *class_of = malloc(K * sizeof *class_of), *index = malloc(rows * 2 * sizeof *index + 1);
    double *distance = malloc(rows * 2 * sizeof *distance + 1);
    if (!present || !class_of || !index || !distance) {
        mt_err_memory(err, "the nearest centers", rows * 2 * (sizeof *index + sizeof *distance));
        goto out;
    }
    centers = gather(c, present, class_of);
    if (centers == 0) {
        mt_err_set(err, MT_ERR_DATA, "no class has a center, because there are no training embeddings");
        goto out;
    }
    if (mt_neighbors_new(&nb, present, centers, c->dim, c->metric, err) < 0 ||
        mt_neighbors_find(nb, x, n, -1, 2, pool, index, distance, err) < 0)
        goto out;
    for (int64_t i = 0; i < n; i++) {
        bool two = index[2 * i + 1] >= 0;
        mt_ranking_set(out, i, class_of[index[2 * i]], two ? class_of[index[2 * i + 1]] : -1, NAN,
                       two ? distance[2 * i + 1] - distance[2 * i] : NAN);
    }
    rc = 0;
out:
    mt_neighbors_free(nb);
    free(present);
    free(class_of);
    free(index);
    free(distance);
    return rc;
}
