/* resize.c: separable resampling. Output i is centered at x = (i + 1/2) s in the input, s = in / out, and is
 * the mean of the input weighted by the triangle max(0, 1 - |k + 1/2 - x| / max(s, 1)), normalized; what lies
 * outside has no weight. Rows are resampled across first, each once, and kept while output rows need them. */
#include "lib/data/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct axis {
    int taps;      /* room per output */
    int *first;    /* (out): first input */
    int *count;    /* (out) */
    float *weight; /* (out, taps) */
};

static void release_axis(struct axis *a)
{
    free(a->first);
    free(a->count);
    free(a->weight);
}

static int plan_axis(struct axis *a, int in, int out)
{
    double scale = (double)in / out, support = scale > 1 ? scale : 1;
    a->taps = (int)ceil(2 * support) + 1;
    a->first = malloc((size_t)out * sizeof *a->first);
    a->count = malloc((size_t)out * sizeof *a->count);
    a->weight = calloc((size_t)out * (size_t)a->taps, sizeof *a->weight);
    if (!a->first || !a->count || !a->weight)
        return -1;
    for (int i = 0; i < out; i++) {
        double center = (i + 0.5) * scale, sum = 0;
        int first = (int)floor(center - support + 0.5), end = (int)floor(center + support + 0.5);
        first = first < 0 ? 0 : first;
        end = end > in ? in : end;
        for (int pass = 0; pass < 2; pass++) {
            double total = 0;
            for (int k = first; k < end; k++) {
                double w = 1 - fabs(k + 0.5 - center) / support;
                w = w > 0 ? w : 0;
                total += w;
                if (pass == 1)
                    a->weight[(size_t)i * (size_t)a->taps + (size_t)(k - first)] = (float)(w / sum);
            }
            sum = total;
        }
        a->first[i] = first;
        a->count[i] = end - first;
    }
    return 0;
}

static void across(const uint8_t *in, int channels, const struct axis *x, int w, float *out)
{
    for (int i = 0; i < w; i++, out += channels) {
        const float *weight = x->weight + (size_t)i * (size_t)x->taps;
        const uint8_t *p = in + (size_t)x->first[i] * (size_t)channels;
        float sum[3] = {0, 0, 0};
        for (int k = 0; k < x->count[i]; k++)
            for (int c = 0; c < channels; c++)
                sum[c] += weight[k] * (float)*p++;
        memcpy(out, sum, (size_t)channels * sizeof *out);
    }
}

static uint8_t to_byte(float v)
{
    v += 0.5f;
    return v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)v;
}

/* One row (w, channels) to its place in each plane of (channels, h, w). */
static void put_row(const float *row, int w, int channels, size_t plane, uint8_t *out)
{
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < w; i++)
            out[(size_t)c * plane + (size_t)i] = to_byte(row[i * channels + c]);
}

static void copy_planes(const struct mt_image *in, uint8_t *out)
{
    size_t plane = (size_t)in->w * (size_t)in->h, channels = (size_t)in->channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < plane; i++)
            out[c * plane + i] = in->data[i * channels + c];
}

int mt_image_resize(const struct mt_image *in, int h, int w, uint8_t *out, struct mt_err *err)
{
    struct axis x = {0}, y = {0};
    int rc = -1, done = 0;
    size_t row = (size_t)w * (size_t)in->channels;
    float *ring = NULL, *sum = NULL;
    if (in->h == h && in->w == w) {
        copy_planes(in, out);
        return 0;
    }
    if (plan_axis(&x, in->w, w) < 0 || plan_axis(&y, in->h, h) < 0 ||
        !(ring = malloc((size_t)y.taps * row * sizeof *ring)) || !(sum = malloc(row * sizeof *sum))) {
        mt_err_memory(err, "resizing an image", (size_t)y.taps * row * sizeof *ring);
        goto out;
    }
    for (int i = 0; i < h; i++) {
        memset(sum, 0, row * sizeof *sum);
        for (; done < y.first[i] + y.count[i]; done++)
            across(in->data + (size_t)done * (size_t)in->w * (size_t)in->channels, in->channels, &x, w,
                   ring + (size_t)(done % y.taps) * row);
        for (int k = 0; k < y.count[i]; k++) {
            const float *from = ring + (size_t)((y.first[i] + k) % y.taps) * row;
            float weight = y.weight[(size_t)i * (size_t)y.taps + (size_t)k];
            for (size_t j = 0; j < row; j++)
                sum[j] += weight * from[j];
        }
        put_row(sum, w, in->channels, (size_t)h * (size_t)w, out + (size_t)i * (size_t)w);
    }
    rc = 0;
out:
    release_axis(&x);
    release_axis(&y);
    free(ring);
    free(sum);
    return rc;
}
