#include "lib/eval/angles.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define SAMPLES 256          /* per task */
#define MOST_PAIRS (1 << 24) /* of centers */

double mt_angle(const float *a, const float *b, int dim)
{
    double aa = 0.0, bb = 0.0, less = 0.0, more = 0.0;
    for (int d = 0; d < dim; d++) {
        aa += (double)a[d] * a[d];
        bb += (double)b[d] * b[d];
    }
    if (aa == 0.0 || bb == 0.0)
        return NAN;
    double a_length = sqrt(aa), b_length = sqrt(bb);
    for (int d = 0; d < dim; d++) {
        double u = a[d] / a_length, v = b[d] / b_length;
        less += (u - v) * (u - v);
        more += (u + v) * (u + v);
    }
    return 2.0 * atan2(sqrt(less), sqrt(more)) * (180.0 / M_PI);
}

struct work {
    const struct mt_centers *centers;
    const float *x;
    const int32_t *label;
    int64_t n;
    double *sample; /* (n) angle to the own center */
    double *row_sum,
        *row_min; /* (classes) over the centers l > k; over all others where not all rows are measured */
    int *row_pairs, *row_arg;
    double *nearest; /* (classes) */
    int rows;        /* centers that are compared with all others: those of class row * classes / rows */
};

static const float *center_at(const struct mt_centers *c, int k)
{
    return c->x + (size_t)k * (size_t)c->dim;
}

static void within_block(void *arg, int task, int worker)
{
    struct work *w = arg;
    int64_t end = ((int64_t)task + 1) * SAMPLES;
    (void)worker;
    for (int64_t i = (int64_t)task * SAMPLES; i < w->n && i < end; i++)
        w->sample[i] =
            mt_angle(w->x + i * w->centers->dim, center_at(w->centers, w->label[i]), w->centers->dim);
}

static void between_row(void *arg, int row, int worker)
{
    struct work *w = arg;
    const struct mt_centers *c = w->centers;
    int k = (int)((int64_t)row * c->classes / w->rows);
    bool each_pair_once = w->rows == c->classes;
    (void)worker;
    w->nearest[k] = INFINITY;
    for (int l = 0; l < c->classes; l++) {
        double angle = l == k ? NAN : mt_angle(center_at(c, k), center_at(c, l), c->dim);
        if (isnan(angle))
            continue;
        w->nearest[k] = fmin(w->nearest[k], angle);
        if (l < k && each_pair_once)
            continue;
        w->row_sum[k] += angle;
        w->row_pairs[k]++;
        if (angle < w->row_min[k]) {
            w->row_min[k] = angle;
            w->row_arg[k] = l;
        }
    }
    if (isinf(w->nearest[k]))
        w->nearest[k] = NAN;
}

static double mean(double sum, int64_t n)
{
    return n > 0 ? sum / (double)n : NAN;
}

static void sum_within(struct mt_angles *a, const struct work *w, int64_t *count)
{
    double sum = 0.0;
    int64_t n = 0;
    for (int64_t i = 0; i < w->n; i++) {
        if (isnan(w->sample[i]))
            continue;
        a->class_within[w->label[i]] += w->sample[i];
        count[w->label[i]]++;
        sum += w->sample[i];
        n++;
    }
    a->within = mean(sum, n);
    for (int k = 0; k < w->centers->classes; k++)
        a->class_within[k] = mean(a->class_within[k], count[k]);
}

static void sum_between(struct mt_angles *a, const struct work *w)
{
    double sum = 0.0;
    int64_t pairs = 0;
    a->between_min = NAN;
    a->min_a = a->min_b = -1;
    for (int k = 0; k < w->centers->classes; k++) {
        sum += w->row_sum[k];
        pairs += w->row_pairs[k];
        if (w->row_arg[k] >= 0 && !(w->row_min[k] >= a->between_min)) {
            a->between_min = w->row_min[k];
            a->min_a = k;
            a->min_b = w->row_arg[k];
        }
    }
    a->between_mean = mean(sum, pairs);
}

int mt_angles_measure(struct mt_angles *a, const struct mt_centers *centers, const float *x,
                      const int32_t *label, int64_t n, struct mt_pool *pool, struct mt_err *err)
{
    int rc = -1;
    size_t K = (size_t)centers->classes;
    int64_t *count = calloc(K, sizeof *count);
    *a = (struct mt_angles){.class_within = calloc(K, sizeof(double)),
                            .class_nearest = calloc(K, sizeof(double))};
    struct work w = {.centers = centers,
                     .x = x,
                     .label = label,
                     .n = n,
                     .nearest = a->class_nearest,
                     .sample = malloc((size_t)n * sizeof(double) + 1),
                     .row_sum = calloc(K, sizeof(double)),
                     .row_min = calloc(K, sizeof(double)),
                     .row_pairs = calloc(K, sizeof(int)),
                     .row_arg = calloc(K, sizeof(int))};
    if (!count || !a->class_within || !a->class_nearest || !w.sample || !w.row_sum || !w.row_min ||
        !w.row_pairs || !w.row_arg) {
        mt_err_memory(err, "the angles", ((size_t)n + K) * sizeof(double));
        goto out;
    }
    mt_pool_run(pool, (int)((n + SAMPLES - 1) / SAMPLES), within_block, &w);
    for (size_t k = 0; k < K; k++) {
        w.nearest[k] = NAN;
        w.row_min[k] = INFINITY;
        w.row_arg[k] = -1;
    }
    w.rows =
        centers->classes <= MOST_PAIRS / centers->classes ? centers->classes : MOST_PAIRS / centers->classes;
    mt_pool_run(pool, w.rows, between_row, &w);
    sum_within(a, &w, count);
    sum_between(a, &w);
    rc = 0;
out:
    free(count);
    free(w.sample);
    free(w.row_sum);
    free(w.row_min);
    free(w.row_pairs);
    free(w.row_arg);
    if (rc < 0)
        mt_angles_release(a);
    return rc;
}

void mt_angles_release(struct mt_angles *a)
{
    free(a->class_within);
    free(a->class_nearest);
    a->class_within = a->class_nearest = NULL;
}
