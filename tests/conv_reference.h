/* conv_reference.h: a convolution with activation and pooling behind it, and its gradients, by the
 * definition: loops over all indices in double precision. Arrays are [n][C][H][W]. */
#ifndef MT_TESTS_CONV_REFERENCE_H
#define MT_TESTS_CONV_REFERENCE_H

#include <math.h>
#include <stdbool.h>

#include "lib/nn/layer.h"

struct conv_case {
    int C, H, W, O, kh, kw, sy, sx;
    bool same, bias, layer; /* layer: the activation is a layer of its own */
    const char *activation;
    const char *pool; /* "", "max_pool", "avg_pool" */
    int ph, pw, n;
    enum mt_conv_algorithm conv;
};

/* Shapes and results of one case. */
struct conv_reference {
    struct conv_case c;
    struct mt_shape z, y;
    int top, left;
    double *z_of, *a_of, *y_of; /* before and after the activation, after pooling */
    double *dw, *db, *dx;
};

static inline int conv_reference_out(int in, int kernel, int stride, bool same, int *before)
{
    int out = same ? (in + stride - 1) / stride : (in - kernel) / stride + 1;
    int missing = (out - 1) * stride + kernel - in;
    *before = same && missing > 0 ? missing / 2 : 0;
    return out;
}

static inline double conv_reference_f(const char *f, double z)
{
    if (!strcmp(f, "relu"))
        return z > 0 ? z : 0;
    if (!strcmp(f, "leaky_relu"))
        return z > 0 ? z : 0.3 * z;
    if (!strcmp(f, "tanh"))
        return tanh(z);
    return !strcmp(f, "sigmoid") ? 1 / (1 + exp(-z)) : z;
}

static inline double conv_reference_slope(const char *f, double z)
{
    double y = conv_reference_f(f, z);
    if (!strcmp(f, "relu"))
        return z > 0;
    if (!strcmp(f, "leaky_relu"))
        return z > 0 ? 1 : 0.3;
    if (!strcmp(f, "tanh"))
        return 1 - y * y;
    return !strcmp(f, "sigmoid") ? y * (1 - y) : 1;
}

/* Calls `visit` for each product in the definition of z. */
#define CONV_EACH_PRODUCT(r, s, o, i, j, body)                                                               \
    for (int ch = 0; ch < (r)->c.C; ch++)                                                                    \
        for (int u = 0; u < (r)->c.kh; u++)                                                                  \
            for (int v = 0; v < (r)->c.kw; v++) {                                                            \
                const int row = (i) * (r)->c.sy + u - (r)->top, col = (j) * (r)->c.sx + v - (r)->left;       \
                if (row < 0 || row >= (r)->c.H || col < 0 || col >= (r)->c.W)                                \
                    continue;                                                                                \
                const long in = (((long)(s) * (r)->c.C + ch) * (r)->c.H + row) * (r)->c.W + col;             \
                const long weight = (((long)(o) * (r)->c.C + ch) * (r)->c.kh + u) * (r)->c.kw + v;           \
                body;                                                                                        \
            }

static inline long conv_reference_at(struct mt_shape shape, int s, int o, int i, int j)
{
    return (((long)s * shape.c + o) * shape.h + i) * shape.w + j;
}

/* Elements of the window of (i,j): the winner's, and how many. */
static inline int conv_reference_window(const struct conv_reference *r, int s, int o, int i, int j,
                                        long *member)
{
    int n = 0;
    for (int u = 0; u < r->c.ph; u++)
        for (int v = 0; v < r->c.pw; v++)
            if (i * r->c.ph + u < r->z.h && j * r->c.pw + v < r->z.w)
                member[n++] = conv_reference_at(r->z, s, o, i * r->c.ph + u, j * r->c.pw + v);
    return n;
}

static inline void conv_reference_pool(struct conv_reference *r, const double *dy, double *da)
{
    const bool max = !strcmp(r->c.pool, "max_pool");
    long member[64];
    for (int e = 0; e < r->c.n * (int)mt_shape_count(r->y); e++) {
        const int j = e % r->y.w, i = e / r->y.w % r->y.h, plane = e / r->y.w / r->y.h;
        const int n = conv_reference_window(r, plane / r->y.c, plane % r->y.c, i, j, member);
        int best = 0;
        double sum = 0;
        for (int k = 0; k < n; k++) {
            sum += r->a_of[member[k]];
            best = r->a_of[member[k]] > r->a_of[member[best]] ? k : best;
        }
        if (!dy)
            r->y_of[e] = max ? r->a_of[member[best]] : sum / n;
        for (int k = 0; dy && k < n; k++)
            da[member[k]] = max ? (k == best ? dy[e] : 0) : dy[e] / n;
    }
}

static inline void conv_reference_forward(struct conv_reference *r, const double *x, const double *w,
                                          const double *b)
{
    const struct conv_case *c = &r->c;
    r->z = (struct mt_shape){c->O, conv_reference_out(c->H, c->kh, c->sy, c->same, &r->top),
                             conv_reference_out(c->W, c->kw, c->sx, c->same, &r->left)};
    r->y = c->pool[0] ? (struct mt_shape){c->O, r->z.h / c->ph, r->z.w / c->pw} : r->z;
    const size_t count = (size_t)c->n * mt_shape_count(r->z);
    r->z_of = calloc(count, sizeof *r->z_of);
    r->a_of = calloc(count, sizeof *r->a_of);
    r->y_of = calloc(count, sizeof *r->y_of);
    for (size_t e = 0; e < count; e++) {
        const int j = (int)e % r->z.w, i = (int)e / r->z.w % r->z.h, plane = (int)e / r->z.w / r->z.h;
        double sum = c->bias ? b[plane % c->O] : 0;
        CONV_EACH_PRODUCT(r, plane / c->O, plane % c->O, i, j, sum += w[weight] * x[in])
        r->z_of[e] = sum;
        r->a_of[e] = conv_reference_f(c->activation, sum);
    }
    if (c->pool[0])
        conv_reference_pool(r, NULL, NULL);
    else
        memcpy(r->y_of, r->a_of, count * sizeof *r->y_of);
}

static inline void conv_reference_backward(struct conv_reference *r, const double *x, const double *w,
                                           const double *dy)
{
    const struct conv_case *c = &r->c;
    const size_t count = (size_t)c->n * mt_shape_count(r->z);
    double *da = calloc(count, sizeof *da);
    if (c->pool[0])
        conv_reference_pool(r, dy, da);
    else
        memcpy(da, dy, count * sizeof *da);
    r->dx = calloc((size_t)(c->n * c->C * c->H * c->W), sizeof *r->dx);
    r->dw = calloc((size_t)(c->O * c->C * c->kh * c->kw), sizeof *r->dw);
    r->db = calloc((size_t)c->O, sizeof *r->db);
    for (size_t e = 0; e < count; e++) {
        const int j = (int)e % r->z.w, i = (int)e / r->z.w % r->z.h, plane = (int)e / r->z.w / r->z.h;
        const double dz = da[e] * conv_reference_slope(c->activation, r->z_of[e]);
        r->db[plane % c->O] += dz;
        CONV_EACH_PRODUCT(r, plane / c->O, plane % c->O, i, j, {
            r->dw[weight] += dz * x[in];
            r->dx[in] += dz * w[weight];
        })
    }
    free(da);
}

static inline void conv_reference_release(struct conv_reference *r)
{
    free(r->z_of);
    free(r->a_of);
    free(r->y_of);
    free(r->dw);
    free(r->db);
    free(r->dx);
}

#endif
