/* simd_c.h: `vf`, one element of 16 samples, as an array for any compiler and processor. Names and meaning as
 * in simd_avx512.h, but vf_fma rounds twice: a fused one without hardware is a slow library call. */
#ifndef MT_MATH_SIMD_H
#define MT_MATH_SIMD_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "lib/math/bf16.h"

#define MT_SIMD_REGISTERS 4

typedef struct {
    float v[16];
} vf;
typedef uint16_t vmask;

#define MT_EACH_LANE(expr)                                                                                   \
    vf r;                                                                                                    \
    for (int l = 0; l < 16; l++)                                                                             \
        r.v[l] = (expr);                                                                                     \
    return r

static inline vf vf_set1(float a)
{
    MT_EACH_LANE(a);
}
static inline vf vf_zero(void)
{
    return vf_set1(0.0f);
}
static inline vf vf_load(const float *p)
{
    MT_EACH_LANE(p[l]);
}
static inline void vf_store(float *p, vf a)
{
    for (int l = 0; l < 16; l++)
        p[l] = a.v[l];
}
static inline vf vf_loadu(const float *p)
{
    return vf_load(p);
}
static inline void vf_storeu(float *p, vf a)
{
    vf_store(p, a);
}
static inline vf vf_add(vf a, vf b)
{
    MT_EACH_LANE(a.v[l] + b.v[l]);
}
static inline vf vf_sub(vf a, vf b)
{
    MT_EACH_LANE(a.v[l] - b.v[l]);
}
static inline vf vf_mul(vf a, vf b)
{
    MT_EACH_LANE(a.v[l] * b.v[l]);
}
static inline vf vf_div(vf a, vf b)
{
    MT_EACH_LANE(a.v[l] / b.v[l]);
}
static inline vf vf_fma(vf a, vf b, vf c)
{
    MT_EACH_LANE(a.v[l] * b.v[l] + c.v[l]);
}
static inline vf vf_max(vf a, vf b)
{
    MT_EACH_LANE(a.v[l] > b.v[l] ? a.v[l] : b.v[l]);
}
static inline vf vf_sqrt(vf a)
{
    MT_EACH_LANE(sqrtf(a.v[l]));
}
static inline vmask vf_gt(vf a, vf b)
{
    unsigned m = 0;
    for (int l = 0; l < 16; l++)
        m |= (unsigned)(a.v[l] > b.v[l]) << l;
    return (vmask)m;
}
static inline vf vf_select(vmask m, vf a, vf b)
{
    MT_EACH_LANE((m >> l & 1) ? a.v[l] : b.v[l]);
}
static inline vf vf_pow2(vf n)
{
    for (int l = 0; l < 16; l++) {
        uint32_t bits;
        float shifted = n.v[l] + 12582912.0f;
        memcpy(&bits, &shifted, sizeof bits);
        bits = (bits << 23) + (127u << 23);
        memcpy(&n.v[l], &bits, sizeof bits);
    }
    return n;
}
static inline float vf_sum(vf a)
{
    for (int half = 8; half; half /= 2)
        for (int l = 0; l < half; l++)
            a.v[l] += a.v[l + half];
    return a.v[0];
}
static inline float vf_most(vf a)
{
    float most = a.v[0];
    for (int l = 1; l < 16; l++)
        most = a.v[l] > most ? a.v[l] : most;
    return most;
}
static inline vf vf_sums(const float *const p[16])
{
    MT_EACH_LANE(vf_sum(vf_load(p[l])));
}
static inline void vf_transpose(vf m[16])
{
    for (int i = 0; i < 16; i++) {
        for (int l = 0; l < i; l++) {
            float t = m[i].v[l];
            m[i].v[l] = m[l].v[i];
            m[l].v[i] = t;
        }
    }
}

typedef struct {
    uint32_t v[16];
} vu;

#define MT_EACH_UNSIGNED(expr)                                                                               \
    vu r;                                                                                                    \
    for (int l = 0; l < 16; l++)                                                                             \
        r.v[l] = (expr);                                                                                     \
    return r

static inline vu vu_set1(uint32_t a)
{
    MT_EACH_UNSIGNED(a);
}
static inline vu vu_load(const uint32_t p[16])
{
    MT_EACH_UNSIGNED(p[l]);
}
static inline vu vu_add(vu a, vu b)
{
    MT_EACH_UNSIGNED(a.v[l] + b.v[l]);
}
static inline vu vu_xor(vu a, vu b)
{
    MT_EACH_UNSIGNED(a.v[l] ^ b.v[l]);
}
static inline vu vu_multiply(vu a, uint32_t b, vu *high)
{
    for (int l = 0; l < 16; l++)
        high->v[l] = (uint32_t)((uint64_t)a.v[l] * b >> 32);
    MT_EACH_UNSIGNED(a.v[l] * b);
}
static inline vmask vu_low_reaches(vu a, uint32_t limit)
{
    unsigned m = 0;
    for (int l = 0; l < 16; l++)
        m |= (unsigned)((a.v[l] & 0xffff) >= limit) << l;
    return (vmask)m;
}
static inline vmask vu_high_reaches(vu a, uint32_t limit)
{
    unsigned m = 0;
    for (int l = 0; l < 16; l++)
        m |= (unsigned)(a.v[l] >> 16 >= limit) << l;
    return (vmask)m;
}

static inline vf vf_load_first(int n, const float *p, vf rest)
{
    MT_EACH_LANE(l < n ? p[l] : rest.v[l]);
}
static inline void vf_store_first(int n, float *p, vf a)
{
    for (int l = 0; l < n; l++)
        p[l] = a.v[l];
}

typedef struct {
    double v[16];
} vd;

#define MT_EACH_DOUBLE(expr)                                                                                 \
    vd r;                                                                                                    \
    for (int l = 0; l < 16; l++)                                                                             \
        r.v[l] = (expr);                                                                                     \
    return r

static inline vd vd_set1(double a)
{
    MT_EACH_DOUBLE(a);
}
static inline vd vd_zero(void)
{
    return vd_set1(0);
}
static inline vd vd_from(vf a)
{
    MT_EACH_DOUBLE((double)a.v[l]);
}
static inline vf vd_round(vd a)
{
    MT_EACH_LANE((float)a.v[l]);
}
static inline vd vd_add(vd a, vd b)
{
    MT_EACH_DOUBLE(a.v[l] + b.v[l]);
}
static inline vd vd_sub(vd a, vd b)
{
    MT_EACH_DOUBLE(a.v[l] - b.v[l]);
}
static inline vd vd_mul(vd a, vd b)
{
    MT_EACH_DOUBLE(a.v[l] * b.v[l]);
}
static inline double vd_sum(vd a)
{
    for (int half = 8; half; half /= 2)
        for (int l = 0; l < half; l++)
            a.v[l] += a.v[l + half];
    return a.v[0];
}

/* All of a vf. */
#define MT_SIMD_PARTS 1
typedef vf vp;

static inline vp vp_set1(float a)
{
    return vf_set1(a);
}
static inline vp vp_load(const float *p)
{
    return vf_load(p);
}
static inline void vp_store(float *p, vp a)
{
    vf_store(p, a);
}
static inline vp vp_add(vp a, vp b)
{
    return vf_add(a, b);
}
static inline vp vp_mul(vp a, vp b)
{
    return vf_mul(a, b);
}
static inline vp vp_fma(vp a, vp b, vp c)
{
    return vf_fma(a, b, c);
}
static inline vp vp_max(vp a, vp b)
{
    return vf_max(a, b);
}
static inline unsigned vp_gt(vp a, vp b)
{
    return vf_gt(a, b);
}
static inline vp vp_keep(unsigned m, vp a)
{
    return vf_select((vmask)m, a, vf_zero());
}
static inline unsigned vp_mask_load(const vmask *m, int part)
{
    (void)part;
    return *m;
}
static inline void vp_mask_store(vmask *m, int part, unsigned bits)
{
    (void)part;
    *m = (vmask)bits;
}

/* ---- bf16: the upper half of a float ---- */

static inline vf vf_load_bits(const void *p)
{
    vf r;
    memcpy(&r, p, sizeof r);
    return r;
}
static inline void vf_store_bits(void *p, vf a)
{
    memcpy(p, &a, sizeof a);
}
static inline vf vf_bf16_even(const uint16_t *p)
{
    MT_EACH_LANE(mt_bf16_value(p[2 * l]));
}
static inline vf vf_bf16_odd(const uint16_t *p)
{
    MT_EACH_LANE(mt_bf16_value(p[2 * l + 1]));
}
static inline void vf_bf16_store(uint16_t *p, vf a)
{
    for (int l = 0; l < 16; l++)
        p[l] = mt_bf16_round(a.v[l]);
}
static inline void vf_bf16_store_pairs(uint16_t *p, vf even, vf odd)
{
    for (int l = 0; l < 16; l++) {
        p[2 * l] = mt_bf16_round(even.v[l]);
        p[2 * l + 1] = mt_bf16_round(odd.v[l]);
    }
}

#endif
