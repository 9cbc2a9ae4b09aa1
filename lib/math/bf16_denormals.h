/* bf16_denormals.h: x86: arithmetic of this thread reads and writes denormal numbers as zero, as the bf16
 * instructions do. */
#ifndef MT_MATH_BF16_DENORMALS_H
#define MT_MATH_BF16_DENORMALS_H

#include <immintrin.h>
#include <stdint.h>

static uint32_t mt_bf16_denormals_off(void)
{
    const uint32_t before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); /* flush to zero, denormals are zeros */
    return before;
}

static void mt_bf16_denormals_restore(uint32_t before)
{
    _mm_setcsr(before);
}

#endif
