/* norm_impl.h: the kernels of norm.h, compiled once per instruction set. Long sums are kept in four parts, so
 * that none waits for the one before and rounding grows more slowly. */
#include "lib/math/norm.h"

#define TINY 1e-12f
#define NORM_CODE static inline __attribute__((always_inline)) void

static inline vmask lane_mask(int lanes)
{
    return (vmask)((1u << lanes) - 1);
}

static inline vf join(const vf sum[4])
{
    return vf_add(vf_add(sum[0], sum[1]), vf_add(sum[2], sum[3]));
}

static inline float lanes_sum(vf a, int lanes)
{
    return vf_sum(vf_select(lane_mask(lanes), a, vf_zero()));
}

static void norm_moments(int C, int P, int lanes, const float *x, float *mean, float *square)
{
    for (int c = 0; c < C; c++, x += (size_t)P * 16) {
        vf sum[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()},
           sq[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
        for (int p = 0; p < P; p++)
            sum[p & 3] = vf_add(sum[p & 3], vf_load(x + (size_t)p * 16));
        mean[c] = lanes_sum(join(sum), lanes) / ((float)P * (float)lanes);
        vf center = vf_set1(mean[c]);
        for (int p = 0; p < P; p++) {
            vf d = vf_sub(vf_load(x + (size_t)p * 16), center);
            sq[p & 3] = vf_fma(d, d, sq[p & 3]);
        }
        square[c] = lanes_sum(join(sq), lanes);
    }
}

/* v behind dropout, of whose bits this element's are at `bits`. */
static inline vf norm_kept(vf v, const uint16_t *bits, vf factor)
{
    return bits ? vf_select(*bits, vf_mul(v, factor), vf_zero()) : v;
}

/* The bits of element p of channel c; NULL where nothing is dropped, which the compiler sees where keep is
 * NULL. */
static inline const uint16_t *norm_bits(const struct mt_norm_keep *keep, int c, int P, int p)
{
    return keep ? keep->bits + (size_t)c * (size_t)P + p : NULL;
}

static inline vf norm_factor(const struct mt_norm_keep *keep)
{
    return vf_set1(keep ? keep->factor : 1.0f);
}

NORM_CODE norm_apply_to(int C, int P, const float *x, const float *mean, const float *scale,
                        const float *shift, const struct mt_norm_keep *keep, float *y)
{
    const vf kept = norm_factor(keep);
    for (int c = 0; c < C; c++, x += (size_t)P * 16, y += (size_t)P * 16) {
        const vf center = vf_set1(mean[c]), factor = vf_set1(scale[c]), add = vf_set1(shift[c]);
        for (int p = 0; p < P; p++) {
            const vf v = vf_fma(vf_sub(vf_load(x + (size_t)p * 16), center), factor, add);
            vf_store(y + (size_t)p * 16, norm_kept(v, norm_bits(keep, c, P, p), kept));
        }
    }
}

static void norm_apply(int C, int P, const float *x, const float *mean, const float *scale,
                       const float *shift, const struct mt_norm_keep *keep, float *y)
{
    if (keep)
        norm_apply_to(C, P, x, mean, scale, shift, keep, y);
    else
        norm_apply_to(C, P, x, mean, scale, shift, NULL, y);
}

NORM_CODE norm_sums_of(int C, int P, const float *x, const float *dy, const float *mean,
                       const struct mt_norm_keep *keep, float *sum_dy, float *sum_dyx)
{
    const vf kept = norm_factor(keep);
    for (int c = 0; c < C; c++, x += (size_t)P * 16, dy += (size_t)P * 16) {
        vf sum[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()},
           dot[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
        const vf center = vf_set1(mean[c]);
        for (int p = 0; p < P; p++) {
            const vf d = norm_kept(vf_load(dy + (size_t)p * 16), norm_bits(keep, c, P, p), kept);
            sum[p & 3] = vf_add(sum[p & 3], d);
            dot[p & 3] = vf_fma(d, vf_sub(vf_load(x + (size_t)p * 16), center), dot[p & 3]);
        }
        sum_dy[c] = vf_sum(join(sum));
        sum_dyx[c] = vf_sum(join(dot));
    }
}

static void norm_sums(int C, int P, const float *x, const float *dy, const float *mean,
                      const struct mt_norm_keep *keep, float *sum_dy, float *sum_dyx)
{
    if (keep)
        norm_sums_of(C, P, x, dy, mean, keep, sum_dy, sum_dyx);
    else
        norm_sums_of(C, P, x, dy, mean, NULL, sum_dy, sum_dyx);
}

NORM_CODE norm_backward_to(int C, int P, int lanes, const float *x, const float *dy, const float *mean,
                           const float *scale, const float *a, const float *b,
                           const struct mt_norm_keep *keep, float *dx)
{
    const vmask valid = lane_mask(lanes);
    const vf kept = norm_factor(keep);
    for (int c = 0; c < C; c++, x += (size_t)P * 16, dy += (size_t)P * 16, dx += (size_t)P * 16) {
        const vf center = vf_set1(mean[c]), factor = vf_set1(scale[c]), off = vf_set1(a[c]),
                 along = vf_set1(-b[c]);
        for (int p = 0; p < P; p++) {
            vf d = norm_kept(vf_load(dy + (size_t)p * 16), norm_bits(keep, c, P, p), kept);
            d = vf_fma(vf_sub(vf_load(x + (size_t)p * 16), center), along, vf_sub(d, off));
            vf_store(dx + (size_t)p * 16, vf_select(valid, vf_mul(factor, d), vf_zero()));
        }
    }
}

static void norm_backward(int C, int P, int lanes, const float *x, const float *dy, const float *mean,
                          const float *scale, const float *a, const float *b, const struct mt_norm_keep *keep,
                          float *dx)
{
    if (keep)
        norm_backward_to(C, P, lanes, x, dy, mean, scale, a, b, keep, dx);
    else
        norm_backward_to(C, P, lanes, x, dy, mean, scale, a, b, NULL, dx);
}

static inline vf unit_factor(vf square)
{
    return vf_div(vf_set1(1.0f), vf_sqrt(vf_max(vf_set1(TINY), square)));
}

static void norm_unit(int D, const float *x, float *y, float *square)
{
    vf sum[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
    for (int d = 0; d < D; d++) {
        vf v = vf_load(x + (size_t)d * 16);
        sum[d & 3] = vf_fma(v, v, sum[d & 3]);
    }
    vf_store(square, join(sum));
    vf factor = unit_factor(join(sum));
    for (int d = 0; d < D; d++)
        vf_store(y + (size_t)d * 16, vf_mul(vf_load(x + (size_t)d * 16), factor));
}

static void norm_unit_backward(int D, const float *y, const float *square, const float *dy, float *dx)
{
    vf dot[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
    for (int d = 0; d < D; d++)
        dot[d & 3] = vf_fma(vf_load(y + (size_t)d * 16), vf_load(dy + (size_t)d * 16), dot[d & 3]);
    vf sq = vf_load(square), factor = unit_factor(sq);
    vf along = vf_select(vf_gt(sq, vf_set1(TINY)), vf_sub(vf_zero(), join(dot)), vf_zero());
    for (int d = 0; d < D; d++) {
        vf tangent = vf_fma(vf_load(y + (size_t)d * 16), along, vf_load(dy + (size_t)d * 16));
        vf_store(dx + (size_t)d * 16, vf_mul(tangent, factor));
    }
}

#undef TINY
#undef NORM_CODE

#define MT_NORM_KERNELS                                                                                      \
    {                                                                                                        \
        .moments = norm_moments, .apply = norm_apply, .sums = norm_sums, .backward = norm_backward,          \
        .unit = norm_unit, .unit_backward = norm_unit_backward,                                              \
    }
