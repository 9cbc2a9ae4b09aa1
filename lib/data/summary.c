#include "lib/data/summary.h"

#include <math.h>
#include <stdlib.h>

static double value(const struct mt_dataset *d, size_t i)
{
    return d->pixel == MT_PIXEL_U8 ? ((const uint8_t *)d->pixels)[i] : (double)((const float *)d->pixels)[i];
}

int mt_summarize(struct mt_summary *s, const struct mt_view *v, struct mt_err *err)
{
    const struct mt_dataset *d = v->data;
    size_t count = mt_shape_count(d->shape);
    double n = (double)v->n * (double)count, sum = 0, squares = 0;
    *s = (struct mt_summary){.min = INFINITY, .max = -INFINITY};
    if (d->label && !(s->of_class = calloc((size_t)d->classes, sizeof *s->of_class)))
        return mt_err_memory(err, "class sizes", (size_t)d->classes * sizeof *s->of_class);
    for (int64_t i = 0; i < v->n; i++) {
        for (size_t k = 0; k < count; k++) {
            double x = value(d, (size_t)v->index[i] * count + k);
            s->min = x < s->min ? x : s->min;
            s->max = x > s->max ? x : s->max;
            sum += x;
        }
        if (d->label)
            s->of_class[d->label[v->index[i]]]++;
    }
    s->mean = sum / n;
    for (int64_t i = 0; i < v->n; i++) {
        for (size_t k = 0; k < count; k++) {
            double x = value(d, (size_t)v->index[i] * count + k) - s->mean;
            squares += x * x;
        }
    }
    s->deviation = sqrt(squares / n);
    return 0;
}

void mt_summary_release(struct mt_summary *s)
{
    free(s->of_class);
    *s = (struct mt_summary){0};
}
