/* repulsion_impl.h: the kernels of repulsion.h, compiled once per instruction set. */
#include "lib/math/repulsion.h"

/* Two rows at a time, because one division then gives two quotients: 1/a = b / (ab) and 1/b = a / (ab). */
static inline __attribute__((always_inline)) void
push_pair(int axes, size_t n, size_t i, const float *const y[3], float *const push[3], float *z)
{
    vf ya[3], yb[3], sum_a[3], sum_b[3], za = vf_zero(), zb = vf_zero();
    for (int d = 0; d < axes; d++) {
        ya[d] = vf_set1(y[d][i]);
        yb[d] = vf_set1(y[d][i + 1]);
        sum_a[d] = sum_b[d] = vf_zero();
    }
    for (size_t j = 0; j < n; j += 16) {
        vf a = vf_set1(1.0f), b = a, to_a[3], to_b[3];
        for (int d = 0; d < axes; d++) {
            const vf yj = vf_load(y[d] + j);
            to_a[d] = vf_sub(ya[d], yj);
            to_b[d] = vf_sub(yb[d], yj);
            a = vf_fma(to_a[d], to_a[d], a);
            b = vf_fma(to_b[d], to_b[d], b);
        }
        const vf r = vf_div(vf_set1(1.0f), vf_mul(a, b)), qa = vf_mul(b, r), qb = vf_mul(a, r);
        za = vf_add(za, qa);
        zb = vf_add(zb, qb);
        for (int d = 0; d < axes; d++) {
            sum_a[d] = vf_fma(vf_mul(qa, qa), to_a[d], sum_a[d]);
            sum_b[d] = vf_fma(vf_mul(qb, qb), to_b[d], sum_b[d]);
        }
    }
    z[i] = vf_sum(za);
    z[i + 1] = vf_sum(zb);
    for (int d = 0; d < axes; d++) {
        push[d][i] = vf_sum(sum_a[d]);
        push[d][i + 1] = vf_sum(sum_b[d]);
    }
}

static void repulsion_push(int axes, size_t n, size_t from, size_t to, const float *const y[3],
                           float *const push[3], float *z)
{
    for (size_t i = from; axes == 2 && i < to; i += 2)
        push_pair(2, n, i, y, push, z);
    for (size_t i = from; axes == 3 && i < to; i += 2)
        push_pair(3, n, i, y, push, z);
}

#define MT_REPULSION_KERNELS                                                                                 \
    {                                                                                                        \
        .push = repulsion_push,                                                                              \
    }
