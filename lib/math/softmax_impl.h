/* softmax_impl.h: the kernels of softmax.h, compiled once per instruction set. Lane l of a row holds its
 * elements l, l + 16, ...: the order of the sum is fixed. */
#include <float.h>
#include <math.h>

#include "lib/math/exp_impl.h"
#include "lib/math/softmax.h"

/* Sixteen elements, or the last few with `rest` behind them. */
static inline vf softmax_load(int left, const float *p, vf rest)
{
    return left >= 16 ? vf_loadu(p) : vf_load_first(left, p, rest);
}

static inline void softmax_store(int left, float *p, vf a)
{
    if (left >= 16)
        vf_storeu(p, a);
    else
        vf_store_first(left, p, a);
}

/* exp(scale (c - max)) for c <= max. Below -80, where it cannot matter beside 1, it stays at e^-80: numbers
 * too small for the normal format would cost a hundred times the time. */
static inline vf softmax_exp(vf c, vf scale, vf max)
{
    return vf_exp_within(vf_max(vf_set1(-80.0f), vf_mul(scale, vf_sub(c, max))));
}

/* Adds `left` lanes of e. */
static inline vd softmax_add(int left, vd sum, vf e)
{
    if (left < 16)
        e = vf_select((vmask)((1u << left) - 1), e, vf_zero());
    return vd_add(sum, vd_from(e));
}

/* The first lane that is no less than `max`, or -1 */
static inline int softmax_find(vf c, vf max)
{
    const unsigned there = 0xffffu & ~(unsigned)vf_gt(max, c);
    return there ? __builtin_ctz(there) : -1;
}

static inline float softmax_max(int C, const float *bias, float *c)
{
    const vf least = vf_set1(-FLT_MAX);
    vf max = least;
    for (int j = 0; j < C; j += 16) {
        vf v = softmax_load(C - j, c + j, least);
        if (bias) {
            v = vf_add(v, softmax_load(C - j, bias + j, vf_zero()));
            softmax_store(C - j, c + j, v);
        }
        max = vf_max(v, max);
    }
    return vf_most(max);
}

static int softmax_first(int C, float max, const float *c)
{
    const vf least = vf_set1(-FLT_MAX), most = vf_set1(max);
    for (int j = 0; j < C; j += 16) {
        const int at = softmax_find(softmax_load(C - j, c + j, least), most);
        if (at >= 0 && j + at < C)
            return j + at;
    }
    return C - 1;
}

/* What the target's own score adds to the sum: not 0 where the scale is. */
static void softmax_leave_out(int y, float *e, struct mt_lse *out)
{
    out->sum -= (double)e[y];
    e[y] = 0;
}

/* At most sixteen classes stay in a register: a row that was just stored cannot be loaded quickly. */
static inline void softmax_row_few(int C, int y, double scale, const float *bias, float *c,
                                   struct mt_lse *out)
{
    const vf least = vf_set1(-FLT_MAX);
    const vmask own = (vmask)(1u << y);
    vf v = softmax_load(C, c, least);
    if (bias)
        v = vf_add(v, softmax_load(C, bias, vf_zero()));
    v = vf_select(own, least, v);
    out->scale = scale;
    out->max = vf_most(vf_max(v, least));
    const vf max = vf_set1(out->max);
    const int at = softmax_find(v, max);
    out->first = at >= 0 && at < C ? at : C - 1;
    const vf e = vf_select(own, vf_zero(), softmax_exp(v, vf_set1((float)scale), max));
    out->sum = vd_sum(softmax_add(C, vd_zero(), e));
    softmax_store(C, c, e);
}

static void softmax_row(int C, int y, double scale, const float *bias, float *c, struct mt_lse *out)
{
    if (C <= 16) {
        softmax_row_few(C, y, scale, bias, c, out);
        return;
    }
    c[y] = -FLT_MAX; /* which stays after a bias */
    out->scale = scale;
    out->max = bias ? softmax_max(C, bias, c) : softmax_max(C, NULL, c);
    out->first = softmax_first(C, out->max, c);
    const vf s = vf_set1((float)scale), max = vf_set1(out->max);
    vd sum = vd_zero();
    for (int j = 0; j < C; j += 16) {
        const vf e = softmax_exp(softmax_load(C - j, c + j, max), s, max);
        softmax_store(C - j, c + j, e);
        sum = softmax_add(C - j, sum, e);
    }
    out->sum = vd_sum(sum);
    softmax_leave_out(y, c, out);
}

/* ---- with hard negatives ---- */

struct softmax_curriculum {
    vf threshold, t;
};

static inline vf softmax_harder(const struct softmax_curriculum *h, vf c)
{
    return vf_select(vf_gt(c, h->threshold), vf_mul(c, vf_add(h->t, c)), c);
}

static inline vf softmax_slope(const struct softmax_curriculum *h, vf c)
{
    return vf_select(vf_gt(c, h->threshold), vf_add(vf_add(c, c), h->t), vf_set1(1.0f));
}

/* The largest float that is not above x, so that a float is above the one exactly if it is above the other */
static float softmax_floor(double x)
{
    const float f = (float)x;
    return (double)f > x ? nextafterf(f, -FLT_MAX) : f;
}

/* Both largest scores and where they stand. */
static inline void softmax_most_both(int C, const struct softmax_curriculum *h, const float *c,
                                     struct mt_lse *score, struct mt_lse *loss)
{
    const vf least = vf_set1(-FLT_MAX);
    vf max = least, harder = least;
    for (int j = 0; j < C; j += 16) {
        const vf v = softmax_load(C - j, c + j, least);
        max = vf_max(v, max);
        harder = vf_max(softmax_harder(h, v), harder);
    }
    score->max = vf_most(max);
    loss->max = vf_most(harder);
    score->first = softmax_first(C, score->max, c);
    harder = vf_set1(loss->max);
    loss->first = C - 1;
    for (int j = 0; j < C; j += 16) {
        const int at = softmax_find(softmax_harder(h, softmax_load(C - j, c + j, least)), harder);
        if (at >= 0 && j + at < C) {
            loss->first = j + at;
            break;
        }
    }
}

static void softmax_curriculum(int C, int y, double scale, double threshold, float t, float *c,
                               struct mt_lse *score, struct mt_lse *loss)
{
    const struct softmax_curriculum h = {vf_set1(softmax_floor(threshold)), vf_set1(t)};
    c[y] = -FLT_MAX; /* no hard one: its slope is 1, so its exponential stands in c_y */
    score->scale = loss->scale = scale;
    softmax_most_both(C, &h, c, score, loss);
    const vf s = vf_set1((float)scale), max = vf_set1(score->max), hard_max = vf_set1(loss->max);
    vd sum = vd_zero(), hard_sum = vd_zero();
    for (int j = 0; j < C; j += 16) {
        const vf v = softmax_load(C - j, c + j, max);
        const vf e = softmax_exp(softmax_harder(&h, v), s, hard_max);
        sum = softmax_add(C - j, sum, softmax_exp(v, s, max));
        hard_sum = softmax_add(C - j, hard_sum, e);
        softmax_store(C - j, c + j, vf_mul(e, softmax_slope(&h, v)));
    }
    score->sum =
        vd_sum(sum) - (scale == 0 ? 1 : 0); /* the target: no part of it is left beside 1 elsewhere */
    loss->sum = vd_sum(hard_sum);
    softmax_leave_out(y, c, loss);
}

static void softmax_gradient(int C, float each, float least, float *e)
{
    const vf factor = vf_set1(each), bound = vf_set1(least);
    for (int j = 0; j < C; j += 16) {
        const vf v = softmax_load(C - j, e + j, vf_zero());
        const vmask small = vf_gt(bound, vf_max(vf_sub(vf_zero(), v), v));
        softmax_store(C - j, e + j, vf_mul(vf_select(small, vf_zero(), v), factor));
    }
}

#define MT_SOFTMAX_KERNELS                                                                                   \
    {                                                                                                        \
        .row = softmax_row, .curriculum = softmax_curriculum, .gradient = softmax_gradient,                  \
    }
