/* peak_impl.h: the kernels of peak.h, compiled once per instruction set. */
#include "lib/math/peak.h"

/* Two multiply-adds start per cycle and each takes four, or eight where it is a product and a sum: at least
 * eight chains of one register each, and room for the two constants. */
#if MT_SIMD_REGISTERS >= 32
#define PEAK_CHAINS 16
#elif MT_SIMD_REGISTERS >= 8
#define PEAK_CHAINS 6
#else
#define PEAK_CHAINS 2
#endif
#define PEAK_UNROLL 4

#ifdef __clang__
#define EACH_CHAIN(i) _Pragma("clang loop unroll(full)") for (int i = 0; i < PEAK_CHAINS; i++)
#else
#define EACH_CHAIN(i) _Pragma("GCC unroll 16") for (int i = 0; i < PEAK_CHAINS; i++)
#endif

static float peak_fma(size_t rounds)
{
    const vf gain = vf_set1(0.5f), term = vf_set1(1.0f);
    float start[PEAK_CHAINS * 16] __attribute__((aligned(64)));
    vf chain[PEAK_CHAINS];
    for (int i = 0; i < PEAK_CHAINS * 16; i++)
        start[i] = (float)i; /* all different, so that no chain is computed for another */
    EACH_CHAIN(i)
    chain[i] = vf_load(start + i * 16);
    for (; rounds; rounds--)
        for (int j = 0; j < PEAK_UNROLL; j++)
            EACH_CHAIN(i)
    chain[i] = vf_fma(chain[i], gain, term);
    float sum = 0;
    EACH_CHAIN(i)
    sum += vf_sum(chain[i]);
    return sum;
}

static void peak_triad(float *a, const float *b, const float *c, size_t n)
{
    const vf gain = vf_set1(3.0f);
    for (size_t i = 0; i < n; i += 16)
        vf_store(a + i, vf_fma(gain, vf_load(c + i), vf_load(b + i)));
}

#define MT_PEAK_KERNELS                                                                                      \
    {                                                                                                        \
        .round_flops = (size_t)2 * 16 * PEAK_CHAINS * PEAK_UNROLL, .fma = peak_fma, .triad = peak_triad      \
    }
