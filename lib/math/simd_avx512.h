/* simd_avx512.h: `vf`, one element of 16 samples, in one AVX-512 register. The same names stand in
 * simd_avx2.h and simd_c.h. */
#ifndef MT_MATH_SIMD_H
#define MT_MATH_SIMD_H

#include <immintrin.h>
#include <stdint.h>

#define MT_SIMD_REGISTERS 32 /* vf values that fit into registers */

typedef __m512 vf;
typedef uint16_t vmask; /* bit l stands for lane l */

static inline vf vf_zero(void)
{
    return _mm512_setzero_ps();
}
static inline vf vf_set1(float a)
{
    return _mm512_set1_ps(a);
}
static inline vf vf_load(const float *p) /* aligned to 64 bytes */
{
    return _mm512_load_ps(p);
}
static inline void vf_store(float *p, vf a)
{
    _mm512_store_ps(p, a);
}
static inline vf vf_loadu(const float *p) /* not aligned */
{
    return _mm512_loadu_ps(p);
}
static inline void vf_storeu(float *p, vf a)
{
    _mm512_storeu_ps(p, a);
}
static inline vf vf_add(vf a, vf b)
{
    return _mm512_add_ps(a, b);
}
static inline vf vf_sub(vf a, vf b)
{
    return _mm512_sub_ps(a, b);
}
static inline vf vf_mul(vf a, vf b)
{
    return _mm512_mul_ps(a, b);
}
static inline vf vf_div(vf a, vf b)
{
    return _mm512_div_ps(a, b);
}
static inline vf vf_fma(vf a, vf b, vf c) /* a * b + c, rounded once */
{
    return _mm512_fmadd_ps(a, b, c);
}
static inline vf vf_max(vf a, vf b) /* b where either is not a number, as the instruction does */
{
    return _mm512_max_ps(a, b);
}
static inline vf vf_sqrt(vf a)
{
    return _mm512_sqrt_ps(a);
}
static inline vmask vf_gt(vf a, vf b)
{
    return (vmask)_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}
static inline vf vf_select(vmask m, vf a, vf b) /* a where the bit is set, else b */
{
    return _mm512_mask_blend_ps(m, b, a);
}
static inline vf vf_pow2(vf n) /* 2^n for a whole number n in [-126, 127]; anything for others */
{
    __m512i bits = _mm512_castps_si512(_mm512_add_ps(n, _mm512_set1_ps(12582912.0f))); /* n in the low bits */
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_slli_epi32(bits, 23), _mm512_set1_epi32(127 << 23)));
}
/* Sum of the lanes: halves are added until one is left, lane l to lane l + 8, then l + 4, l + 2, l + 1. */
static inline float vf_sum(vf a)
{
    __m256 h = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    __m128 q = _mm_add_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
    q = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}
static inline float vf_most(vf a) /* the largest lane; none is NaN */
{
    return _mm512_reduce_max_ps(a);
}
/* Lane i: vf_sum of the vector at p[i], added in the same order, but of sixteen vectors at once. */
static inline vf vf_sums(const float *const p[16])
{
    vf a[8], b[4], c[2];
    for (int i = 0; i < 8; i++) { /* slot 4 g + m of the tree ends in lane 4 m + g */
        const int g = i / 2, m = i % 2 * 2;
        const vf u = vf_load(p[4 * m + g]), v = vf_load(p[4 * (m + 1) + g]);
        a[i] = vf_add(_mm512_shuffle_f32x4(u, v, 0x44), _mm512_shuffle_f32x4(u, v, 0xee));
    }
    for (int i = 0; i < 4; i++)
        b[i] = vf_add(_mm512_shuffle_f32x4(a[2 * i], a[2 * i + 1], 0x88),
                      _mm512_shuffle_f32x4(a[2 * i], a[2 * i + 1], 0xdd));
    for (int i = 0; i < 2; i++)
        c[i] = vf_add(_mm512_shuffle_ps(b[2 * i], b[2 * i + 1], 0x44),
                      _mm512_shuffle_ps(b[2 * i], b[2 * i + 1], 0xee));
    return vf_add(_mm512_shuffle_ps(c[0], c[1], 0x88), _mm512_shuffle_ps(c[0], c[1], 0xdd));
}
/* Sixteen values of sixteen lanes change sides: lane l of m[i] goes to lane i of m[l]. */
static inline void vf_transpose(vf m[16])
{
    vf t[16];
    for (int i = 0; i < 16; i += 2) { /* pairs of rows, then pairs of pairs, within 128 bits */
        t[i] = _mm512_unpacklo_ps(m[i], m[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(m[i], m[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        for (int h = 0; h < 2; h++) {
            __m512d a = _mm512_castps_pd(t[i + h]), b = _mm512_castps_pd(t[i + 2 + h]);
            m[i + 2 * h] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            m[i + 2 * h + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
    }
    for (int i = 0; i < 4; i++) { /* m[4g + i]: columns i, i + 4, i + 8, i + 12 of rows 4g to 4g + 3 */
        t[i] = _mm512_shuffle_f32x4(m[i], m[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(m[i], m[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(m[i + 8], m[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(m[i + 8], m[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        m[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        m[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
        m[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
        m[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

/* `vu`: sixteen unsigned numbers, modulo 2^32. */
typedef __m512i vu;

static inline vu vu_set1(uint32_t a)
{
    return _mm512_set1_epi32((int)a);
}
static inline vu vu_load(const uint32_t p[16]) /* not aligned */
{
    return _mm512_loadu_si512(p);
}
static inline vu vu_add(vu a, vu b)
{
    return _mm512_add_epi32(a, b);
}
static inline vu vu_xor(vu a, vu b)
{
    return _mm512_xor_si512(a, b);
}
static inline vu vu_multiply(vu a, uint32_t b, vu *high) /* the lower halves of the products */
{
    const vu factor = vu_set1(b), even = _mm512_mul_epu32(a, factor),
             odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), factor);
    *high = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
    return _mm512_mask_shuffle_epi32(even, 0xaaaa, odd, _MM_PERM_CCAA);
}
/* Lanes whose lower (upper) 16 bits are at least `limit`, 0 to 65536. */
static inline vmask vu_low_reaches(vu a, uint32_t limit)
{
    return (vmask)_mm512_cmpge_epu32_mask(_mm512_and_si512(a, vu_set1(0xffff)), vu_set1(limit));
}
static inline vmask vu_high_reaches(vu a, uint32_t limit)
{
    return (vmask)_mm512_cmpge_epu32_mask(_mm512_srli_epi32(a, 16), vu_set1(limit));
}

/* The first n (1 to 15) lanes from or to p, which need not be aligned and is not touched beyond them; the
 * others are those of `rest`. */
static inline vf vf_load_first(int n, const float *p, vf rest)
{
    return _mm512_mask_loadu_ps(rest, (__mmask16)((1u << n) - 1), p);
}
static inline void vf_store_first(int n, float *p, vf a)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), a);
}

/* Sixteen doubles, for sums. */
typedef struct {
    __m512d lo, hi;
} vd;

static inline vd vd_zero(void)
{
    return (vd){_mm512_setzero_pd(), _mm512_setzero_pd()};
}
static inline vd vd_set1(double a)
{
    return (vd){_mm512_set1_pd(a), _mm512_set1_pd(a)};
}
static inline vd vd_from(vf a)
{
    return (vd){_mm512_cvtps_pd(_mm512_castps512_ps256(a)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1))};
}
static inline vf vd_round(vd a) /* to float */
{
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(a.lo)), _mm512_cvtpd_ps(a.hi), 1);
}
static inline vd vd_add(vd a, vd b)
{
    return (vd){_mm512_add_pd(a.lo, b.lo), _mm512_add_pd(a.hi, b.hi)};
}
static inline vd vd_sub(vd a, vd b)
{
    return (vd){_mm512_sub_pd(a.lo, b.lo), _mm512_sub_pd(a.hi, b.hi)};
}
static inline vd vd_mul(vd a, vd b)
{
    return (vd){_mm512_mul_pd(a.lo, b.lo), _mm512_mul_pd(a.hi, b.hi)};
}
static inline double vd_sum(vd a) /* in the order of vf_sum */
{
    __m512d h = _mm512_add_pd(a.lo, a.hi);
    __m256d q = _mm256_add_pd(_mm512_castpd512_pd256(h), _mm512_extractf64x4_pd(h, 1));
    __m128d p = _mm_add_pd(_mm256_castpd256_pd128(q), _mm256_extractf128_pd(q, 1));
    return _mm_cvtsd_f64(_mm_add_sd(p, _mm_unpackhi_pd(p, p)));
}

/* `vp`, as much of a vf as one register holds: kernels whose tiles need many registers handle one of the
 * MT_SIMD_PARTS parts after the other. Masks have the bits of a part's lanes. */
#define MT_SIMD_PARTS 1
typedef __m512 vp;

static inline vp vp_set1(float a)
{
    return _mm512_set1_ps(a);
}
static inline vp vp_load(const float *p)
{
    return _mm512_load_ps(p);
}
static inline void vp_store(float *p, vp a)
{
    _mm512_store_ps(p, a);
}
static inline vp vp_add(vp a, vp b)
{
    return _mm512_add_ps(a, b);
}
static inline vp vp_mul(vp a, vp b)
{
    return _mm512_mul_ps(a, b);
}
static inline vp vp_fma(vp a, vp b, vp c)
{
    return _mm512_fmadd_ps(a, b, c);
}
static inline vp vp_max(vp a, vp b)
{
    return _mm512_max_ps(a, b);
}
static inline unsigned vp_gt(vp a, vp b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}
static inline vp vp_keep(unsigned m, vp a) /* a where the bit is set, else 0 */
{
    return _mm512_maskz_mov_ps((__mmask16)m, a);
}
static inline unsigned vp_mask_load(const vmask *m, int part) /* a part's bits of m */
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

static inline vf vf_load_bits(const void *p) /* whatever they are; not aligned */
{
    return _mm512_loadu_ps(p);
}
static inline void vf_store_bits(void *p, vf a) /* aligned to 64 bytes */
{
    _mm512_store_ps(p, a);
}
static inline vf vf_bf16_even(const uint16_t *p) /* elements 0, 2, ... of 32; aligned to 64 bytes */
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_load_si512(p), 16));
}
static inline vf vf_bf16_odd(const uint16_t *p)
{
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_load_si512(p), _mm512_set1_epi32(-0x10000)));
}
static inline __m512i bf16_rounded(vf a) /* to nearest even, in the upper half; the lower is anything */
{
    const __m512i u = _mm512_castps_si512(a), one = _mm512_set1_epi32(1);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), one);
    const __m512i up = _mm512_add_epi32(u, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    return _mm512_mask_or_epi32(up, _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), u, _mm512_set1_epi32(0x400000));
}
static inline void vf_bf16_store(uint16_t *p, vf a) /* 16 elements, aligned to 32 bytes */
{
    _mm256_store_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(_mm512_srli_epi32(bf16_rounded(a), 16)));
}
static inline void vf_bf16_store_pairs(uint16_t *p, vf even, vf odd)
{
    const __m512i low = _mm512_srli_epi32(bf16_rounded(even), 16);
    const __m512i high = _mm512_and_si512(bf16_rounded(odd), _mm512_set1_epi32(-0x10000));
    _mm512_store_si512(p, _mm512_or_si512(low, high));
}

#endif
