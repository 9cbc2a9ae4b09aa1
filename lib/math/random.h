/* random.h: random numbers of sixteen generators at a time, one per lane (lanes.h). */
#ifndef MT_MATH_RANDOM_H
#define MT_MATH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/core/rng.h"

struct mt_random_kernels {
    /* Bit l of keep[i], i < n: whether the i-th 16-bit number of generator l is at least `limit` (0..65536).
     * The numbers are those of mt_rng_u32 from the start, the lower half of each word first; the generators'
     * keys are the same, and they are not moved. */
    void (*at_least)(const struct mt_rng lane[16], uint32_t limit, uint16_t *keep, size_t n);
};

#endif
