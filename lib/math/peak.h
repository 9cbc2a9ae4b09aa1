/* peak.h: kernels that do nothing but show what the processor can do: the yardsticks of `bench`. */
#ifndef MT_MATH_PEAK_H
#define MT_MATH_PEAK_H

#include <stddef.h>

struct mt_peak_kernels {
    size_t round_flops; /* of one round: two per multiply-add */
    /* Rounds of multiply-adds on registers alone, in enough independent chains to hide their latency. The
     * sum of the chains is returned only so that the work is not left out. */
    float (*fma)(size_t rounds);
    /* a = b + 3 c, n floats, a multiple of 16; pointers are aligned to 64 bytes (STREAM's triad). */
    void (*triad)(float *a, const float *b, const float *c, size_t n);
};

#endif
