#include "lib/data/summary.h"

#include <math.h>
#include <stdlib.h>

#include "lib/data/histogram.h"

/* 8-bit values, from how often each comes up. */
static int figures_u8(struct mt_summary *s, const struct mt_view *v, struct mt_pool *pool, struct mt_err *err)
{
    struct mt_histogram h;
    double variance;
    if (mt_histogram_of(&h, v, pool, err) < 0)
        return -1;
    for (int b = 0; b < 256; b++) {
        for (int c = 1; c < MT_MAX_CHANNELS; c++)
            h.seen[0][b] += h.seen[c][b];
        if (h.seen[0][b]) {
            s->min = s->min < b ? s->min : b;
            s->max = b;
        }
    }
    mt_histogram_moments(h.seen[0], &s->mean, &variance);
    s->deviation = sqrt(variance);
    return 0;
}

static void figures_f32(struct mt_summary *s, const struct mt_view *v)
{
    size_t count = mt_shape_count(v->data->shape);
    const float *pixels = v->data->pixels;
    double n = (double)v->n * (double)count, sum = 0, squares = 0;
    for (int64_t i = 0; i < v->n; i++) {
        for (size_t k = 0; k < count; k++) {
            double x = pixels[(size_t)v->index[i] * count + k];
            s->min = x < s->min ? x : s->min;
            s->max = x > s->max ? x : s->max;
            sum += x;
        }
    }
    s->mean = sum / n;
    for (int64_t i = 0; i < v->n; i++) {
        for (size_t k = 0; k < count; k++) {
            double x = pixels[(size_t)v->index[i] * count + k] - s->mean;
            squares += x * x;
        }
    }
    s->deviation = sqrt(squares / n);
}

int mt_summarize(struct mt_summary *s, const struct mt_view *v, struct mt_pool *pool, struct mt_err *err)
{
    const struct mt_dataset *d = v->data;
    int rc = 0;
    *s = (struct mt_summary){.min = INFINITY, .max = -INFINITY};
    if (d->label && !(s->of_class = calloc((size_t)d->classes, sizeof *s->of_class)))
        return mt_err_memory(err, "class sizes", (size_t)d->classes * sizeof *s->of_class);
    for (int64_t i = 0; d->label && i < v->n; i++)
        s->of_class[d->label[v->index[i]]]++;
    if (d->pixel == MT_PIXEL_U8)
        rc = figures_u8(s, v, pool, err);
    else
        figures_f32(s, v);
    if (rc < 0)
        mt_summary_release(s);
    return rc;
}

void mt_summary_release(struct mt_summary *s)
{
    free(s->of_class);
    *s = (struct mt_summary){0};
}
