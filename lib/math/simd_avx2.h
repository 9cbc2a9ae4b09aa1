/* simd_avx2.h: `vf`, one element of 16 samples, in two AVX2 registers. Names and meaning as in simd_avx512.h.
 */
#ifndef MT_MATH_SIMD_H
#define MT_MATH_SIMD_H

#include <immintrin.h>
#include <stdint.h>

#define MT_SIMD_REGISTERS 8

typedef struct {
    __m256 lo, hi;
} vf;
typedef uint16_t vmask;

static inline vf vf_zero(void)
{
    return (vf){_mm256_setzero_ps(), _mm256_setzero_ps()};
}
static inline vf vf_set1(float a)
{
    return (vf){_mm256_set1_ps(a), _mm256_set1_ps(a)};
}
static inline vf vf_load(const float *p)
{
    return (vf){_mm256_load_ps(p), _mm256_load_ps(p + 8)};
}
static inline void vf_store(float *p, vf a)
{
    _mm256_store_ps(p, a.lo);
    _mm256_store_ps(p + 8, a.hi);
}
static inline vf vf_loadu(const float *p)
{
    return (vf){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}
static inline void vf_storeu(float *p, vf a)
{
    _mm256_storeu_ps(p, a.lo);
    _mm256_storeu_ps(p + 8, a.hi);
}
static inline vf vf_add(vf a, vf b)
{
    return (vf){_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)};
}
static inline vf vf_sub(vf a, vf b)
{
    return (vf){_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)};
}
static inline vf vf_mul(vf a, vf b)
{
    return (vf){_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)};
}
static inline vf vf_div(vf a, vf b)
{
    return (vf){_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)};
}
static inline vf vf_fma(vf a, vf b, vf c)
{
    return (vf){_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}
static inline vf vf_max(vf a, vf b)
{
    return (vf){_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)};
}
static inline vf vf_sqrt(vf a)
{
    return (vf){_mm256_sqrt_ps(a.lo), _mm256_sqrt_ps(a.hi)};
}
static inline vmask vf_gt(vf a, vf b)
{
    int lo = _mm256_movemask_ps(_mm256_cmp_ps(a.lo, b.lo, _CMP_GT_OQ));
    int hi = _mm256_movemask_ps(_mm256_cmp_ps(a.hi, b.hi, _CMP_GT_OQ));
    return (vmask)(lo | hi << 8);
}
static inline __m256 mask8(int bits)
{
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(bits), bit), bit));
}
static inline vf vf_select(vmask m, vf a, vf b)
{
    return (vf){_mm256_blendv_ps(b.lo, a.lo, mask8(m & 255)), _mm256_blendv_ps(b.hi, a.hi, mask8(m >> 8))};
}
static inline __m256 pow2_8(__m256 n)
{
    __m256i bits = _mm256_castps_si256(_mm256_add_ps(n, _mm256_set1_ps(12582912.0f)));
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(bits, 23), _mm256_set1_epi32(127 << 23)));
}
static inline vf vf_pow2(vf n)
{
    return (vf){pow2_8(n.lo), pow2_8(n.hi)};
}
static inline float vf_sum(vf a)
{
    __m256 h = _mm256_add_ps(a.lo, a.hi);
    __m128 q = _mm_add_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
    q = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}
static inline float vf_most(vf a)
{
    __m256 h = _mm256_max_ps(a.lo, a.hi);
    __m128 q = _mm_max_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
    q = _mm_max_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_max_ss(q, _mm_movehdup_ps(q)));
}
static inline __m256 sums8(const float *const p[8])
{
    __m256 a[4], b[2];
    for (int i = 0; i < 4; i++) { /* slot 2 g + m of the tree ends in lane 4 m + g */
        const vf x = vf_load(p[i]), y = vf_load(p[4 + i]);
        const __m256 u = _mm256_add_ps(x.lo, x.hi), v = _mm256_add_ps(y.lo, y.hi);
        a[i] = _mm256_add_ps(_mm256_permute2f128_ps(u, v, 0x20), _mm256_permute2f128_ps(u, v, 0x31));
    }
    for (int i = 0; i < 2; i++)
        b[i] = _mm256_add_ps(_mm256_shuffle_ps(a[2 * i], a[2 * i + 1], 0x44),
                             _mm256_shuffle_ps(a[2 * i], a[2 * i + 1], 0xee));
    return _mm256_add_ps(_mm256_shuffle_ps(b[0], b[1], 0x88), _mm256_shuffle_ps(b[0], b[1], 0xdd));
}
static inline vf vf_sums(const float *const p[16])
{
    return (vf){sums8(p), sums8(p + 8)};
}
static inline void transpose8(__m256 m[8])
{
    __m256 t[8], u[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(m[i], m[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(m[i], m[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        for (int h = 0; h < 2; h++) {
            u[i + 2 * h] = _mm256_shuffle_ps(t[i + h], t[i + 2 + h], 0x44);
            u[i + 2 * h + 1] = _mm256_shuffle_ps(t[i + h], t[i + 2 + h], 0xee);
        }
    }
    for (int i = 0; i < 4; i++) {
        m[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
        m[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
    }
}
static inline void vf_transpose(vf m[16])
{
    __m256 q[4][8]; /* quarters: rows 0-7 lanes 0-7, rows 0-7 lanes 8-15, rows 8-15 likewise */
    for (int i = 0; i < 8; i++) {
        q[0][i] = m[i].lo;
        q[1][i] = m[i].hi;
        q[2][i] = m[i + 8].lo;
        q[3][i] = m[i + 8].hi;
    }
    for (int i = 0; i < 4; i++)
        transpose8(q[i]);
    for (int i = 0; i < 8; i++) {
        m[i] = (vf){q[0][i], q[2][i]};
        m[i + 8] = (vf){q[1][i], q[3][i]};
    }
}

typedef struct {
    __m256i lo, hi;
} vu;

static inline vu vu_set1(uint32_t a)
{
    return (vu){_mm256_set1_epi32((int)a), _mm256_set1_epi32((int)a)};
}
static inline vu vu_load(const uint32_t p[16])
{
    const __m256i *q = (const __m256i *)(const void *)p;
    return (vu){_mm256_loadu_si256(q), _mm256_loadu_si256(q + 1)};
}
static inline vu vu_add(vu a, vu b)
{
    return (vu){_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)};
}
static inline vu vu_xor(vu a, vu b)
{
    return (vu){_mm256_xor_si256(a.lo, b.lo), _mm256_xor_si256(a.hi, b.hi)};
}
static inline __m256i multiply8(__m256i a, uint32_t b, __m256i *high)
{
    const __m256i factor = _mm256_set1_epi32((int)b), even = _mm256_mul_epu32(a, factor),
                  odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), factor);
    *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}
static inline vu vu_multiply(vu a, uint32_t b, vu *high)
{
    vu low;
    low.lo = multiply8(a.lo, b, &high->lo);
    low.hi = multiply8(a.hi, b, &high->hi);
    return low;
}
static inline vmask reach16(__m256i lo, __m256i hi, uint32_t limit) /* of numbers up to 65535 */
{
    const __m256i below = _mm256_set1_epi32((int)limit - 1);
    const int l = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(lo, below))),
              h = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(hi, below)));
    return (vmask)(l | h << 8);
}
static inline vmask vu_low_reaches(vu a, uint32_t limit)
{
    const __m256i low = _mm256_set1_epi32(0xffff);
    return reach16(_mm256_and_si256(a.lo, low), _mm256_and_si256(a.hi, low), limit);
}
static inline vmask vu_high_reaches(vu a, uint32_t limit)
{
    return reach16(_mm256_srli_epi32(a.lo, 16), _mm256_srli_epi32(a.hi, 16), limit);
}

static inline __m256i first8(int n) /* all bits of the first n of 8 lanes; n may be beyond 0 to 8 */
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vf vf_load_first(int n, const float *p, vf rest)
{
    const __m256i lo = first8(n), hi = first8(n - 8);
    return (vf){_mm256_blendv_ps(rest.lo, _mm256_maskload_ps(p, lo), _mm256_castsi256_ps(lo)),
                _mm256_blendv_ps(rest.hi, _mm256_maskload_ps(p + 8, hi), _mm256_castsi256_ps(hi))};
}
static inline void vf_store_first(int n, float *p, vf a)
{
    _mm256_maskstore_ps(p, first8(n), a.lo);
    _mm256_maskstore_ps(p + 8, first8(n - 8), a.hi);
}

typedef struct {
    __m256d q[4];
} vd;

#define MT_EACH_QUARTER(expr)                                                                                \
    vd r;                                                                                                    \
    for (int i = 0; i < 4; i++)                                                                              \
        r.q[i] = (expr);                                                                                     \
    return r

static inline vd vd_zero(void)
{
    MT_EACH_QUARTER(_mm256_setzero_pd());
}
static inline vd vd_set1(double a)
{
    MT_EACH_QUARTER(_mm256_set1_pd(a));
}
static inline vd vd_from(vf a)
{
    return (vd){
        {_mm256_cvtps_pd(_mm256_castps256_ps128(a.lo)), _mm256_cvtps_pd(_mm256_extractf128_ps(a.lo, 1)),
         _mm256_cvtps_pd(_mm256_castps256_ps128(a.hi)), _mm256_cvtps_pd(_mm256_extractf128_ps(a.hi, 1))}};
}
static inline vf vd_round(vd a)
{
    return (vf){_mm256_set_m128(_mm256_cvtpd_ps(a.q[1]), _mm256_cvtpd_ps(a.q[0])),
                _mm256_set_m128(_mm256_cvtpd_ps(a.q[3]), _mm256_cvtpd_ps(a.q[2]))};
}
static inline vd vd_add(vd a, vd b)
{
    MT_EACH_QUARTER(_mm256_add_pd(a.q[i], b.q[i]));
}
static inline vd vd_sub(vd a, vd b)
{
    MT_EACH_QUARTER(_mm256_sub_pd(a.q[i], b.q[i]));
}
static inline vd vd_mul(vd a, vd b)
{
    MT_EACH_QUARTER(_mm256_mul_pd(a.q[i], b.q[i]));
}
static inline double vd_sum(vd a)
{
    __m256d q = _mm256_add_pd(_mm256_add_pd(a.q[0], a.q[2]), _mm256_add_pd(a.q[1], a.q[3]));
    __m128d p = _mm_add_pd(_mm256_castpd256_pd128(q), _mm256_extractf128_pd(q, 1));
    return _mm_cvtsd_f64(_mm_add_sd(p, _mm_unpackhi_pd(p, p)));
}

/* One of the two registers of a vf. */
#define MT_SIMD_PARTS 2
typedef __m256 vp;

static inline vp vp_set1(float a)
{
    return _mm256_set1_ps(a);
}
static inline vp vp_load(const float *p)
{
    return _mm256_load_ps(p);
}
static inline void vp_store(float *p, vp a)
{
    _mm256_store_ps(p, a);
}
static inline vp vp_add(vp a, vp b)
{
    return _mm256_add_ps(a, b);
}
static inline vp vp_mul(vp a, vp b)
{
    return _mm256_mul_ps(a, b);
}
static inline vp vp_fma(vp a, vp b, vp c)
{
    return _mm256_fmadd_ps(a, b, c);
}
static inline vp vp_max(vp a, vp b)
{
    return _mm256_max_ps(a, b);
}
static inline unsigned vp_gt(vp a, vp b)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ));
}
static inline vp vp_keep(unsigned m, vp a)
{
    return _mm256_and_ps(mask8((int)m), a);
}
static inline unsigned vp_mask_load(const vmask *m, int part)
{
    return ((const unsigned char *)m)[part];
}
static inline void vp_mask_store(vmask *m, int part, unsigned bits)
{
    ((unsigned char *)m)[part] = (unsigned char)bits;
}

/* ---- bf16: the upper half of a float ---- */

static inline vf vf_load_bits(const void *p)
{
    return (vf){_mm256_castsi256_ps(_mm256_loadu_si256(p)),
                _mm256_castsi256_ps(_mm256_loadu_si256((const __m256i *)p + 1))};
}
static inline void vf_store_bits(void *p, vf a)
{
    _mm256_store_si256(p, _mm256_castps_si256(a.lo));
    _mm256_store_si256((__m256i *)p + 1, _mm256_castps_si256(a.hi));
}
static inline vf vf_bf16_even(const uint16_t *p)
{
    const __m256i *q = (const __m256i *)(const void *)p;
    return (vf){_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_load_si256(q), 16)),
                _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_load_si256(q + 1), 16))};
}
static inline vf vf_bf16_odd(const uint16_t *p)
{
    const __m256i *q = (const __m256i *)(const void *)p, upper = _mm256_set1_epi32(-0x10000);
    return (vf){_mm256_castsi256_ps(_mm256_and_si256(_mm256_load_si256(q), upper)),
                _mm256_castsi256_ps(_mm256_and_si256(_mm256_load_si256(q + 1), upper))};
}
static inline __m256i bf16_rounded8(__m256 a) /* to nearest even, in the upper half; the lower is anything */
{
    const __m256i u = _mm256_castps_si256(a);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(1));
    const __m256i up = _mm256_add_epi32(u, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    const __m256i quiet = _mm256_or_si256(u, _mm256_set1_epi32(0x400000));
    return _mm256_blendv_epi8(up, quiet, _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q)));
}
static inline void vf_bf16_store(uint16_t *p, vf a)
{
    const __m256i lo = _mm256_srli_epi32(bf16_rounded8(a.lo), 16),
                  hi = _mm256_srli_epi32(bf16_rounded8(a.hi), 16);
    _mm256_store_si256((__m256i *)(void *)p, _mm256_permute4x64_epi64(_mm256_packus_epi32(lo, hi), 0xd8));
}
static inline __m256i bf16_pairs8(__m256 even, __m256 odd)
{
    const __m256i low = _mm256_srli_epi32(bf16_rounded8(even), 16);
    return _mm256_or_si256(low, _mm256_and_si256(bf16_rounded8(odd), _mm256_set1_epi32(-0x10000)));
}
static inline void vf_bf16_store_pairs(uint16_t *p, vf even, vf odd)
{
    __m256i *q = (__m256i *)(void *)p;
    _mm256_store_si256(q, bf16_pairs8(even.lo, odd.lo));
    _mm256_store_si256(q + 1, bf16_pairs8(even.hi, odd.hi));
}

#endif
