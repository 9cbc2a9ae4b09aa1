/* exp_impl.h: the exponential of sixteen floats, compiled once per instruction set. */
#ifndef MT_MATH_EXP_IMPL_H
#define MT_MATH_EXP_IMPL_H

/* exp(x) for x in [-87, 88] with an error of about 1e-7 of the result: x = n ln 2 + r, |r| <= ln 2 / 2, and a
 * polynomial in r (the Taylor series to r^7). What is no number stays so. */
static inline vf vf_exp_within(vf x)
{
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it leaves an integer in the low bits */
    const float c[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f};
    vf n = vf_sub(vf_add(vf_mul(x, vf_set1(1.44269504f)), vf_set1(round)), vf_set1(round));
    vf r = vf_fma(n, vf_set1(-0.693359375f),
                  x); /* ln 2 in two parts; the first has few bits, so n * it is exact */
    r = vf_fma(n, vf_set1(2.12194440e-4f), r);
    vf p = vf_set1(c[0]);
    for (int i = 1; i < 8; i++)
        p = vf_fma(p, r, vf_set1(c[i]));
    return vf_mul(p, vf_pow2(n));
}

#endif
