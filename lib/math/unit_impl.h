/* unit_impl.h: the kernels of unit.h, compiled once per instruction set. Lane l holds elements l, l + 16, ...
 * of a row; no operation is fused. Rows of few elements take plain loops, which are done before a vector is
 * summed. */
#include "lib/math/unit.h"

#define UNIT_FEW 8

static inline vd unit_load(int left, const float *p)
{
    return vd_from(left >= 16 ? vf_loadu(p) : vf_load_first(left, p, vf_zero()));
}

static inline void unit_store(int left, float *p, vd a)
{
    if (left >= 16)
        vf_storeu(p, vd_round(a));
    else
        vf_store_first(left, p, vd_round(a));
}

static double unit_dot(int D, const float *a, const float *b)
{
    if (D <= UNIT_FEW) {
        double sum = 0;
        for (int d = 0; d < D; d++)
            sum += (double)a[d] * (double)b[d];
        return sum;
    }
    vd sum = vd_zero();
    for (int d = 0; d < D; d += 16)
        sum = vd_add(sum, vd_mul(unit_load(D - d, a + d), unit_load(D - d, b + d)));
    return vd_sum(sum);
}

static void unit_scale(int D, double f, const float *x, float *y)
{
    if (D <= UNIT_FEW) {
        for (int d = 0; d < D; d++)
            y[d] = (float)(f * (double)x[d]);
        return;
    }
    const vd factor = vd_set1(f);
    for (int d = 0; d < D; d += 16)
        unit_store(D - d, y + d, vd_mul(factor, unit_load(D - d, x + d)));
}

static void unit_combine(int D, double f, double a, const float *u, double b, const float *v, float *y)
{
    if (D <= UNIT_FEW) {
        for (int d = 0; d < D; d++)
            y[d] = (float)(f * (((double)y[d] + a * (double)u[d]) + b * (double)v[d]));
        return;
    }
    const vd factor = vd_set1(f), of_u = vd_set1(a), of_v = vd_set1(b);
    for (int d = 0; d < D; d += 16) {
        const vd sum = vd_add(unit_load(D - d, y + d), vd_mul(of_u, unit_load(D - d, u + d)));
        unit_store(D - d, y + d, vd_mul(factor, vd_add(sum, vd_mul(of_v, unit_load(D - d, v + d)))));
    }
}

static void unit_lean(int D, double f, double a, const float *u, float *y)
{
    if (D <= UNIT_FEW) {
        for (int d = 0; d < D; d++)
            y[d] = (float)(f * ((double)y[d] + a * (double)u[d]));
        return;
    }
    const vd factor = vd_set1(f), of_u = vd_set1(a);
    for (int d = 0; d < D; d += 16) {
        const vd sum = vd_add(unit_load(D - d, y + d), vd_mul(of_u, unit_load(D - d, u + d)));
        unit_store(D - d, y + d, vd_mul(factor, sum));
    }
}

static void unit_apart(int D, double a, const float *x, double b, const float *w, double *difference,
                       double *sum)
{
    if (D <= UNIT_FEW) {
        *difference = *sum = 0;
        for (int d = 0; d < D; d++) {
            const double u = a * (double)x[d], v = b * (double)w[d];
            *difference += (u - v) * (u - v);
            *sum += (u + v) * (u + v);
        }
        return;
    }
    const vd of_x = vd_set1(a), of_w = vd_set1(b);
    vd less = vd_zero(), more = vd_zero();
    for (int d = 0; d < D; d += 16) {
        const vd u = vd_mul(of_x, unit_load(D - d, x + d)), v = vd_mul(of_w, unit_load(D - d, w + d));
        const vd minus = vd_sub(u, v), plus = vd_add(u, v);
        less = vd_add(less, vd_mul(minus, minus));
        more = vd_add(more, vd_mul(plus, plus));
    }
    *difference = vd_sum(less);
    *sum = vd_sum(more);
}

static double unit_tangent(int D, double a, const float *x, double b, const float *w, double c, float *y)
{
    if (D <= UNIT_FEW) {
        double total = 0;
        for (int d = 0; d < D; d++) {
            const double u = (double)x[d], t = (a * u + b * (double)w[d]) + c * u;
            y[d] = (float)t;
            total += t * t;
        }
        return total;
    }
    const vd of_x = vd_set1(a), of_w = vd_set1(b), along = vd_set1(c);
    vd sum = vd_zero();
    for (int d = 0; d < D; d += 16) {
        const vd u = unit_load(D - d, x + d), v = vd_mul(of_w, unit_load(D - d, w + d));
        const vd t = vd_add(vd_add(vd_mul(of_x, u), v), vd_mul(along, u));
        unit_store(D - d, y + d, t);
        sum = vd_add(sum, vd_mul(t, t));
    }
    return vd_sum(sum);
}

#define MT_UNIT_KERNELS                                                                                      \
    {                                                                                                        \
        .dot = unit_dot, .scale = unit_scale, .combine = unit_combine, .lean = unit_lean,                    \
        .apart = unit_apart, .tangent = unit_tangent,                                                        \
    }
