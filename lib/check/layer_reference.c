#include "lib/check/layer_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/setting.h"
#include "lib/core/rng.h"

static int64_t key_int(const struct mt_layer *l, const char *key, int i)
{
    return mt_setting_int(&l->type->kind, l->cfg, key, i);
}

static double key_real(const struct mt_layer *l, const char *key)
{
    return mt_setting_real(&l->type->kind, l->cfg, key);
}

static const char *key_choice(const struct mt_layer *l, const char *key)
{
    return mt_setting_choice(&l->type->kind, l->cfg, key);
}

/* NULL when the layer has no such tensor. */
static const double *weight(const struct mt_layer_batch *b, const struct mt_layer *l, const char *what)
{
    char name[MT_TENSOR_NAME];
    snprintf(name, sizeof name, "%s/%s", l->name, what);
    for (int i = 0; i < b->tensors->n; i++)
        if (!strcmp(b->tensors->list[i]->name, name))
            return b->w[i];
    return NULL;
}

static double activate(const char *f, double slope, double x)
{
    if (!strcmp(f, "relu"))
        return fmax(x, 0);
    if (!strcmp(f, "leaky_relu"))
        return x > 0 ? x : slope * x;
    if (!strcmp(f, "tanh"))
        return tanh(x);
    if (!strcmp(f, "sigmoid"))
        return 1 / (1 + exp(-x));
    return x;
}

/* One axis of a window: how far it starts before the input (TensorFlow's rule for `same`). */
static int before(const struct mt_layer *l, int in, int out, int size, int stride)
{
    int missing = (out - 1) * stride + size - in;
    return !strcmp(key_choice(l, "padding"), "same") && missing > 0 ? missing / 2 : 0;
}

struct window {
    int h, w, sy, sx, top, left;
};

static struct window window_of(const struct mt_layer *l, const char *size, const struct mt_shape *out)
{
    struct window v = {.h = (int)key_int(l, size, 0), .w = (int)key_int(l, size, 1)};
    bool stride = key_int(l, "stride", 0) != MT_UNSET_INT;
    v.sy = stride ? (int)key_int(l, "stride", 0) : v.h;
    v.sx = stride ? (int)key_int(l, "stride", 1) : v.w;
    v.top = before(l, l->in.h, out->h, v.h, v.sy);
    v.left = before(l, l->in.w, out->w, v.w, v.sx);
    return v;
}

/* Calls `each` with what a window at (oy, ox) covers of a plane; `at` counts through the window row by row.
 */
static void cover(const struct mt_layer *l, const struct window *v, int oy, int ox, const double *plane,
                  void (*each)(void *arg, int at, double x), void *arg)
{
    for (int at = 0; at < v->h * v->w; at++) {
        int y = oy * v->sy - v->top + at / v->w, x = ox * v->sx - v->left + at % v->w;
        if (y >= 0 && y < l->in.h && x >= 0 && x < l->in.w)
            each(arg, at, plane[y * l->in.w + x]);
    }
}

struct tap_sum {
    const double *tap;
    double sum;
};

static void add_tap(void *arg, int at, double x)
{
    struct tap_sum *s = arg;
    s->sum += s->tap[at] * x;
}

static void conv2d(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x,
                   double *y)
{
    const double *kernel = weight(b, l, "kernel"), *bias = weight(b, l, "bias"); /* (O,C,KH,KW), (O) */
    struct mt_shape out = l->out;
    struct window v = window_of(l, "kernel", &out);
    int plane = l->in.h * l->in.w;
    for (int i = 0; i < n * out.c * out.h * out.w; i++) {
        int ox = i % out.w, oy = i / out.w % out.h, o = i / out.w / out.h % out.c,
            s = i / out.w / out.h / out.c;
        struct tap_sum sum = {.sum = bias ? bias[o] : 0};
        for (int c = 0; c < l->in.c; c++) {
            sum.tap = kernel + (o * l->in.c + c) * v.h * v.w;
            cover(l, &v, oy, ox, x + (s * l->in.c + c) * plane, add_tap, &sum);
        }
        y[i] = activate(key_choice(l, "activation"), 0.3, sum.sum);
    }
}

struct pooled {
    double sum, max;
    int count;
};

static void add_pooled(void *arg, int at, double x)
{
    struct pooled *p = arg;
    (void)at;
    p->sum += x;
    p->max = fmax(p->max, x);
    p->count++;
}

static void pool(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x, double *y)
{
    struct mt_shape out = l->out;
    struct window v = window_of(l, "size", &out);
    bool max = !strcmp(l->type->kind.name, "max_pool");
    (void)b;
    for (int i = 0; i < n * out.c * out.h * out.w; i++) {
        int plane = i / (out.h * out.w);
        struct pooled p = {.max = -INFINITY};
        cover(l, &v, i / out.w % out.h, i % out.w, x + plane * l->in.h * l->in.w, add_pooled, &p);
        y[i] = max ? p.max : p.sum / p.count;
    }
}

static void global_avg_pool(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x,
                            double *y)
{
    int plane = l->in.h * l->in.w;
    (void)b;
    for (int c = 0; c < n * l->in.c; c++) {
        double sum = 0;
        for (int i = 0; i < plane; i++)
            sum += x[c * plane + i];
        y[c] = sum / plane;
    }
}

static void zero_pad(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x,
                     double *y)
{
    int top = (int)key_int(l, "padding", 0),
        left = (int)key_int(l, "padding", 2); /* of one, two or four numbers */
    struct mt_shape out = l->out;
    (void)b;
    for (int i = 0; i < n * out.c * out.h * out.w; i++) {
        int row = i / out.w % out.h - top, col = i % out.w - left, plane = i / (out.h * out.w);
        bool inside = row >= 0 && row < l->in.h && col >= 0 && col < l->in.w;
        y[i] = inside ? x[(plane * l->in.h + row) * l->in.w + col] : 0;
    }
}

static void dense(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x, double *y)
{
    const double *kernel = weight(b, l, "kernel"), *bias = weight(b, l, "bias"); /* (O,I), (O) */
    int I = l->in.c, O = l->out.c;
    for (int i = 0; i < n * O; i++) {
        double sum = bias ? bias[i % O] : 0;
        for (int k = 0; k < I; k++)
            sum += kernel[i % O * I + k] * x[i / O * I + k];
        y[i] = activate(key_choice(l, "activation"), 0.3, sum);
    }
}

static void batch_norm(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x,
                       double *y)
{
    const double *gamma = weight(b, l, "gamma"), *beta = weight(b, l, "beta");
    const double *moving_mean = weight(b, l, "moving_mean"),
                 *moving_variance = weight(b, l, "moving_variance");
    int C = l->in.c, plane = l->in.h * l->in.w, m = n * plane;
    for (int c = 0; c < C; c++) {
        double mean = 0, variance = 0;
        for (int i = 0; i < m; i++)
            mean += x[(i / plane * C + c) * plane + i % plane] / m;
        for (int i = 0; i < m; i++)
            variance += pow(x[(i / plane * C + c) * plane + i % plane] - mean, 2) / m;
        if (!b->pass->training) {
            mean = moving_mean[c];
            variance = moving_variance[c];
        }
        for (int i = 0; i < m; i++) {
            int at = (i / plane * C + c) * plane + i % plane;
            y[at] = gamma[c] * (x[at] - mean) / sqrt(variance + key_real(l, "epsilon")) + beta[c];
        }
    }
}

/* Element e of a sample is dropped where the e-th half word of its generator is below rate * 65536. */
static void dropout(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x,
                    double *y)
{
    int count = (int)mt_shape_count(l->in);
    double limit = nearbyint(key_real(l, "rate") * 65536);
    for (int s = 0; s < n; s++) {
        struct mt_rng rng;
        uint32_t word = 0, sample = b->pass->sample ? (uint32_t)b->pass->sample[s] : 0;
        mt_rng_init(&rng, b->pass->seed, MT_STREAM_DROPOUT, b->pass->epoch * 1024 + (uint32_t)l->index,
                    sample);
        for (int e = 0; e < count; e++) {
            word = e % 2 ? word >> 16 : mt_rng_u32(&rng);
            double scale = b->pass->training ? 65536 / (65536 - limit) : 1;
            bool dropped = b->pass->training && (word & 65535) < limit;
            y[s * count + e] = dropped ? 0 : x[s * count + e] * scale;
        }
    }
}

static void l2_normalize(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x,
                         double *y)
{
    int D = l->in.c;
    (void)b;
    for (int s = 0; s < n; s++) {
        double sum = 0;
        for (int d = 0; d < D; d++)
            sum += x[s * D + d] * x[s * D + d];
        for (int d = 0; d < D; d++)
            y[s * D + d] = x[s * D + d] / sqrt(fmax(sum, 1e-12));
    }
}

static void elementwise(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x,
                        double *y)
{
    const char *named = key_choice(l, "function"), *f = *named ? named : l->type->kind.name;
    double slope = key_real(l, "slope");
    (void)b;
    for (size_t i = 0; i < (size_t)n * mt_shape_count(l->in); i++)
        y[i] = activate(f, slope, x[i]);
}

static void prelu(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x, double *y)
{
    const double *alpha = weight(b, l, "alpha");
    size_t count = mt_shape_count(l->in);
    for (size_t i = 0; i < (size_t)n * count; i++)
        y[i] = x[i] > 0 ? x[i] : alpha[i % count] * x[i];
}

static const struct mt_layer_reference table[] = {
    {"conv2d", conv2d},       {"max_pool", pool},
    {"avg_pool", pool},       {"global_avg_pool", global_avg_pool},
    {"zero_pad", zero_pad},   {"flatten", elementwise},
    {"dense", dense},         {"batch_norm", batch_norm},
    {"dropout", dropout},     {"activation", elementwise},
    {"relu", elementwise},    {"leaky_relu", elementwise},
    {"prelu", prelu},         {"tanh", elementwise},
    {"sigmoid", elementwise}, {"l2_normalize", l2_normalize},
};

const struct mt_layer_reference *mt_layer_reference_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, name))
            return &table[i];
    return NULL;
}

static double *copy_of(const struct mt_tensor *t)
{
    double *w = calloc(t->count, sizeof *w);
    for (size_t i = 0; w && i < t->count; i++)
        w[i] = (double)t->data[i];
    return w;
}

int mt_layer_batch_init(struct mt_layer_batch *b, const struct mt_net *net, const struct mt_tensors *tensors,
                        const struct mt_pass *pass, struct mt_err *err)
{
    size_t largest = 0;
    *b = (struct mt_layer_batch){.net = net, .tensors = tensors, .pass = pass};
    for (int i = 0; i < mt_net_layers(net); i++) {
        const struct mt_layer *l = mt_net_layer(net, i);
        size_t in = mt_shape_count(l->in), out = mt_shape_count(l->out);
        largest = in > largest ? in : largest;
        largest = out > largest ? out : largest;
    }
    bool failed = !(b->w = calloc((size_t)tensors->n + 1, sizeof *b->w));
    for (int i = 0; i < 2; i++)
        failed |= !(b->work[i] = calloc(largest * (size_t)pass->n, sizeof **b->work));
    for (int i = 0; i < tensors->n && !failed; i++)
        failed = !(b->w[i] = copy_of(tensors->list[i]));
    if (!failed)
        return 0;
    mt_layer_batch_release(b);
    return mt_err_memory(err, "a network to check", largest * (size_t)pass->n * sizeof **b->work);
}

void mt_layer_batch_release(struct mt_layer_batch *b)
{
    for (int i = 0; b->w && i < b->tensors->n; i++)
        free(b->w[i]);
    free(b->w);
    free(b->work[0]);
    free(b->work[1]);
    *b = (struct mt_layer_batch){0};
}

const double *mt_layer_reference_forward(const struct mt_layer_batch *b, int n, const double *x)
{
    for (int i = 0; i < mt_net_layers(b->net); i++) {
        const struct mt_layer *l = mt_net_layer(b->net, i);
        mt_layer_reference_find(l->type->kind.name)->forward(b, l, n, x, b->work[i % 2]);
        x = b->work[i % 2];
    }
    return x;
}
