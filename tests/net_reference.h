/* net_reference.h: what each layer computes, once more: in double precision, one sample and one element after
 * another, by the definitions alone. Activations are [n][C][H][W]. */
#ifndef MT_TESTS_NET_REFERENCE_H
#define MT_TESTS_NET_REFERENCE_H

#include <math.h>

#include "lib/core/rng.h"
#include "lib/core/tensor.h"
#include "lib/nn/net.h"

struct reference {
    const struct mt_net *net;
    const struct mt_tensors *tensors;
    const struct mt_pass *pass;
    double **w; /* of each tensor */
};

static inline void reference_init(struct reference *r, const struct mt_net *net, const struct mt_tensors *ts,
                                  const struct mt_pass *pass)
{
    *r = (struct reference){net, ts, pass, calloc((size_t)(ts->n > 0 ? ts->n : 1), sizeof *r->w)};
    for (int i = 0; i < ts->n; i++) {
        r->w[i] = calloc(ts->list[i]->count, sizeof **r->w);
        for (size_t j = 0; j < ts->list[i]->count; j++)
            r->w[i][j] = ts->list[i]->data[j];
    }
}

static inline void reference_release(struct reference *r)
{
    for (int i = 0; i < r->tensors->n; i++)
        free(r->w[i]);
    free(r->w);
}

/* NULL when the layer has no such tensor. */
static inline const double *reference_weight(const struct reference *r, const struct mt_layer *l,
                                             const char *what)
{
    char name[MT_TENSOR_NAME];
    snprintf(name, sizeof name, "%s/%s", l->name, what);
    for (int i = 0; i < r->tensors->n; i++)
        if (!strcmp(r->tensors->list[i]->name, name))
            return r->w[i];
    return NULL;
}

static inline const struct mt_field *reference_field(const struct mt_layer *l, const char *key)
{
    for (const struct mt_field *f = l->type->kind.fields; f->name; f++)
        if (!strcmp(f->name, key))
            return f;
    fail_msg("layer %s has no key %s", l->name, key);
    return NULL;
}

static inline const void *reference_at(const struct mt_layer *l, const char *key)
{
    return (const char *)l->cfg + reference_field(l, key)->offset;
}

static inline int reference_int(const struct mt_layer *l, const char *key, int i)
{
    const struct mt_ints *v = reference_at(l, key);
    return v->n ? (int)v->v[i < v->n ? i : v->n - 1] : -1;
}

static inline double reference_real(const struct mt_layer *l, const char *key)
{
    return *(const double *)reference_at(l, key);
}

static inline const char *reference_choice(const struct mt_layer *l, const char *key)
{
    return reference_field(l, key)->choices[*(const int *)reference_at(l, key)];
}

static inline double reference_activation(const char *f, double slope, double x)
{
    if (!strcmp(f, "relu"))
        return x > 0 ? x : 0;
    if (!strcmp(f, "leaky_relu"))
        return x > 0 ? x : slope * x;
    if (!strcmp(f, "tanh"))
        return tanh(x);
    if (!strcmp(f, "sigmoid"))
        return 1 / (1 + exp(-x));
    return x;
}

static inline void reference_dense(const struct reference *r, const struct mt_layer *l, int n,
                                   const double *x, double *y)
{
    const double *w = reference_weight(r, l, "kernel"), *b = reference_weight(r, l, "bias");
    int I = l->in.c, O = l->out.c;
    for (int s = 0; s < n; s++) {
        for (int o = 0; o < O; o++) {
            double sum = b ? b[o] : 0;
            for (int i = 0; i < I; i++)
                sum += w[o * I + i] * x[s * I + i];
            y[s * O + o] = reference_activation(reference_choice(l, "activation"), 0.3, sum);
        }
    }
}

static inline double reference_conv2d_sum(const struct mt_layer *l, const double *w, int kh, int kw, int top,
                                          int left, const double *x)
{
    double sum = 0;
    for (int i = 0; i < l->in.c * kh * kw; i++) {
        int c = i / (kh * kw), yy = top + i / kw % kh, xx = left + i % kw;
        if (yy >= 0 && yy < l->in.h && xx >= 0 && xx < l->in.w)
            sum += w[i] * x[((long)c * l->in.h + yy) * l->in.w + xx];
    }
    return sum;
}

static inline void reference_conv2d(const struct reference *r, const struct mt_layer *l, int n,
                                    const double *x, double *y)
{
    const double *w = reference_weight(r, l, "kernel"), *b = reference_weight(r, l, "bias");
    int kh = reference_int(l, "kernel", 0), kw = reference_int(l, "kernel", 1);
    int sy = reference_int(l, "stride", 0), sx = reference_int(l, "stride", 1);
    bool same = !strcmp(reference_choice(l, "padding"), "same");
    int O = l->out.c, H = l->out.h, W = l->out.w, in = (int)mt_shape_count(l->in), taps = l->in.c * kh * kw;
    int ph = (H - 1) * sy + kh - l->in.h, pw = (W - 1) * sx + kw - l->in.w;
    int top = same && ph > 0 ? ph / 2 : 0, left = same && pw > 0 ? pw / 2 : 0;
    for (long i = 0; i < (long)n * O * H * W; i++) {
        int col = (int)(i % W), row = (int)(i / W % H), o = (int)(i / W / H % O), s = (int)(i / W / H / O);
        double sum = reference_conv2d_sum(l, w + (long)o * taps, kh, kw, row * sy - top, col * sx - left,
                                          x + (long)s * in);
        y[i] = reference_activation(reference_choice(l, "activation"), 0.3, sum + (b ? b[o] : 0));
    }
}

/* Every layer on one sample and plane at a time: mean or largest of the elements a window covers. */
static inline void reference_pool(const struct mt_layer *l, int planes, const double *x, double *y)
{
    bool same = !strcmp(reference_choice(l, "padding"), "same"),
         max = !strcmp(l->type->kind.name, "max_pool");
    int kh = reference_int(l, "size", 0), kw = reference_int(l, "size", 1);
    int sy = reference_int(l, "stride", 0), sx = reference_int(l, "stride", 1);
    int H = l->in.h, W = l->in.w, OH = l->out.h, OW = l->out.w;
    sy = sy < 0 ? kh : sy;
    sx = sx < 0 ? kw : sx;
    int ph = (OH - 1) * sy + kh - H, pw = (OW - 1) * sx + kw - W;
    int top = same && ph > 0 ? ph / 2 : 0, left = same && pw > 0 ? pw / 2 : 0;
    for (int p = 0; p < planes; p++) {
        for (int oy = 0; oy < OH; oy++) {
            for (int ox = 0; ox < OW; ox++) {
                double sum = 0, best = -INFINITY;
                int count = 0;
                for (int i = 0; i < kh * kw; i++) {
                    int yy = oy * sy - top + i / kw, xx = ox * sx - left + i % kw;
                    if (yy < 0 || yy >= H || xx < 0 || xx >= W)
                        continue;
                    double v = x[((long)p * H + yy) * W + xx];
                    sum += v;
                    count++;
                    best = v > best ? v : best;
                }
                y[((long)p * OH + oy) * OW + ox] = max ? best : sum / count;
            }
        }
    }
}

static inline void reference_pad(const struct mt_layer *l, int planes, const double *x, double *y)
{
    const struct mt_ints *v = reference_at(l, "padding");
    int top = (int)v->v[0], left = (int)(v->n == 4 ? v->v[2] : v->v[v->n - 1]);
    int H = l->in.h, W = l->in.w, OH = l->out.h, OW = l->out.w;
    for (int p = 0; p < planes; p++)
        for (int i = 0; i < H; i++)
            for (int j = 0; j < W; j++)
                y[((long)p * OH + i + top) * OW + j + left] = x[((long)p * H + i) * W + j];
}

static inline void reference_batch_norm(const struct reference *r, const struct mt_layer *l, int n,
                                        const double *x, double *y)
{
    const double *gamma = reference_weight(r, l, "gamma"), *beta = reference_weight(r, l, "beta");
    const double *mean_of = reference_weight(r, l, "moving_mean"),
                 *var_of = reference_weight(r, l, "moving_variance");
    int C = l->in.c, P = l->in.h * l->in.w;
    for (int c = 0; c < C; c++) {
        double mean = 0, var = 0;
        for (int i = 0; i < n * P; i++)
            mean += x[((long)(i / P) * C + c) * P + i % P] / (n * P);
        for (int i = 0; i < n * P; i++)
            var += pow(x[((long)(i / P) * C + c) * P + i % P] - mean, 2) / (n * P);
        if (!r->pass->training) {
            mean = mean_of[c];
            var = var_of[c];
        }
        for (int i = 0; i < n * P; i++) {
            long at = ((long)(i / P) * C + c) * P + i % P;
            y[at] = gamma[c] * (x[at] - mean) / sqrt(var + reference_real(l, "epsilon")) + beta[c];
        }
    }
}

/* The mask from the published rule: see dropout.c. */
static inline void reference_dropout(const struct reference *r, const struct mt_layer *l, int n,
                                     const double *x, double *y)
{
    int count = (int)mt_shape_count(l->in);
    uint32_t limit = (uint32_t)lround(reference_real(l, "rate") * 65536);
    for (int s = 0; s < n; s++) {
        struct mt_rng rng;
        uint32_t word = 0;
        if (r->pass->training)
            mt_rng_init(&rng, r->pass->seed, MT_STREAM_DROPOUT, r->pass->epoch * 1024 + (uint32_t)l->index,
                        (uint32_t)r->pass->sample[s]);
        for (int e = 0; e < count; e++) {
            if (r->pass->training)
                word = e % 2 ? word >> 16 : mt_rng_u32(&rng);
            bool kept = !r->pass->training || (word & 65535) >= limit;
            double scale = r->pass->training ? 65536.0 / (65536 - limit) : 1;
            y[(long)s * count + e] = kept ? x[(long)s * count + e] * scale : 0;
        }
    }
}

static inline void reference_l2_normalize(int n, int D, const double *x, double *y)
{
    for (int s = 0; s < n; s++) {
        double sum = 0;
        for (int d = 0; d < D; d++)
            sum += x[s * D + d] * x[s * D + d];
        for (int d = 0; d < D; d++)
            y[s * D + d] = x[s * D + d] / sqrt(fmax(sum, 1e-12));
    }
}

static inline void reference_global_avg_pool(const struct mt_layer *l, int n, const double *x, double *y)
{
    int P = l->in.h * l->in.w;
    for (int c = 0; c < n * l->in.c; c++) {
        y[c] = 0;
        for (int i = 0; i < P; i++)
            y[c] += x[(long)c * P + i] / P;
    }
}

static inline void reference_elementwise(const struct reference *r, const struct mt_layer *l, int n,
                                         const double *x, double *y)
{
    const char *f = l->type->kind.name;
    const double *alpha = reference_weight(r, l, "alpha");
    size_t count = mt_shape_count(l->in);
    double slope = !strcmp(f, "leaky_relu") || !strcmp(f, "activation") ? reference_real(l, "slope") : 0;
    if (!strcmp(f, "activation"))
        f = reference_choice(l, "function");
    for (size_t i = 0; i < (size_t)n * count; i++)
        y[i] = alpha ? (x[i] > 0 ? x[i] : alpha[i % count] * x[i]) : reference_activation(f, slope, x[i]);
}

static inline void reference_layer(const struct reference *r, const struct mt_layer *l, int n,
                                   const double *x, double *y)
{
    const char *kind = l->type->kind.name;
    if (!strcmp(kind, "dense"))
        reference_dense(r, l, n, x, y);
    else if (!strcmp(kind, "conv2d"))
        reference_conv2d(r, l, n, x, y);
    else if (!strcmp(kind, "max_pool") || !strcmp(kind, "avg_pool"))
        reference_pool(l, n * l->in.c, x, y);
    else if (!strcmp(kind, "global_avg_pool"))
        reference_global_avg_pool(l, n, x, y);
    else if (!strcmp(kind, "zero_pad"))
        reference_pad(l, n * l->in.c, x, y);
    else if (!strcmp(kind, "batch_norm"))
        reference_batch_norm(r, l, n, x, y);
    else if (!strcmp(kind, "dropout"))
        reference_dropout(r, l, n, x, y);
    else if (!strcmp(kind, "l2_normalize"))
        reference_l2_normalize(n, l->in.c, x, y);
    else
        reference_elementwise(r, l, n, x, y); /* activations; flatten changes nothing */
}

/* x is (n, count of the input); the result, (n, D), is for free(). */
static inline double *reference_forward(const struct reference *r, int n, const double *x)
{
    const struct mt_layer *first = mt_net_layer(r->net, 0);
    size_t count = (size_t)n * mt_shape_count(first->in);
    double *at = calloc(count, sizeof *at);
    memcpy(at, x, count * sizeof *at);
    for (int i = 0; i < mt_net_layers(r->net); i++) {
        const struct mt_layer *l = mt_net_layer(r->net, i);
        double *y = calloc((size_t)n * mt_shape_count(l->out), sizeof *y);
        reference_layer(r, l, n, at, y);
        free(at);
        at = y;
    }
    return at;
}

#endif
