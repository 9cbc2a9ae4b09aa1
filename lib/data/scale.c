/* scale.c: mean and gain that turn stored values into what the network sees, (v - mean[c]) * gain[c]. A flat
 * vector is one channel: all its values share one mean and gain. */
#include <math.h>

#include "lib/data/histogram.h"

static int channels(struct mt_shape s)
{
    return s.h == 1 && s.w == 1 ? 1 : s.c;
}

/* Mean and population variance of one channel of float samples, in two passes. */
static void moments_f32(const struct mt_view *v, size_t offset, size_t count, size_t stride, double *mean,
                        double *var)
{
    const float *pixels = v->data->pixels;
    double n = (double)v->n * (double)count, sum = 0, squares = 0;
    for (int64_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < count; k++)
            sum += (double)pixels[(size_t)v->index[i] * stride + offset + k];
    *mean = sum / n;
    for (int64_t i = 0; i < v->n; i++) {
        for (size_t k = 0; k < count; k++) {
            double d = (double)pixels[(size_t)v->index[i] * stride + offset + k] - *mean;
            squares += d * d;
        }
    }
    *var = squares / n;
}

static int standardize(struct mt_scale *s, const struct mt_view *train, struct mt_pool *pool,
                       struct mt_err *err)
{
    struct mt_histogram h;
    struct mt_shape shape = train->data->shape;
    int n = channels(shape), constant = 0;
    size_t stride = mt_shape_count(shape), count = stride / (size_t)n;
    bool bytes = train->data->pixel == MT_PIXEL_U8;
    if (bytes && mt_histogram_of(&h, train, pool, err) < 0)
        return -1;
    for (int c = 0; c < n; c++) {
        double mean, var;
        if (bytes)
            mt_histogram_moments(h.seen[c], &mean, &var);
        else
            moments_f32(train, (size_t)c * count, count, stride, &mean, &var);
        s->mean[c] = (float)mean;
        s->gain[c] = var > 0 ? (float)(1 / sqrt(var)) : 1;
        constant += !(var > 0);
        if (!isfinite(s->mean[c]) || !isfinite(s->gain[c]))
            return mt_err_set(err, MT_ERR_DATA,
                              "values of channel %d are too large or too close to standardize (mean %g, "
                              "variance %g); rescale the data",
                              c, mean, var);
    }
    if (constant == n)
        return mt_err_set(err, MT_ERR_DATA,
                          "all training samples hold the same value, which cannot be standardized; check the "
                          "data or use scale: none");
    return 0;
}

int mt_scale_fit(struct mt_scale *s, enum mt_scale_mode mode, double max, const struct mt_view *train,
                 struct mt_pool *pool, struct mt_err *err)
{
    int rc = 0;
    float gain = 1;
    if (mode == MT_SCALE_UNIT) {
        if (isnan(max))
            max = train->data->type_max;
        if (!(max > 0))
            return mt_err_set(
                err, MT_ERR_DATA,
                "scale: unit needs to know the largest value of floating-point data; set data.max, "
                "or use scale: standardize or none");
        gain = (float)(1 / max);
    }
    for (int c = 0; c < MT_MAX_CHANNELS; c++) {
        s->mean[c] = 0;
        s->gain[c] = gain;
    }
    if (mode == MT_SCALE_STANDARDIZE)
        rc = standardize(s, train, pool, err);
    for (int c = channels(train->data->shape); rc == 0 && c < MT_MAX_CHANNELS; c++) {
        s->mean[c] = s->mean[0];
        s->gain[c] = s->gain[0];
    }
    return rc;
}
