/* random_impl.h: the kernels of random.h, compiled once per instruction set: Philox4x32-10 (lib/core/rng.h)
 * with the four words of sixteen generators side by side. */
#include "lib/math/random.h"

#define PHILOX_NUMBERS 8 /* of 16 bits that four words give */

static inline void philox_round(vu c[4], uint32_t k0, uint32_t k1)
{
    vu high0, high2;
    const vu low0 = vu_multiply(c[0], 0xD2511F53u, &high0), low2 = vu_multiply(c[2], 0xCD9E8D57u, &high2);
    c[0] = vu_xor(vu_xor(high2, c[1]), vu_set1(k0));
    c[1] = low2;
    c[2] = vu_xor(vu_xor(high0, c[3]), vu_set1(k1));
    c[3] = low0;
}

static inline void philox(vu c[4], uint32_t k0, uint32_t k1)
{
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u)
        philox_round(c, k0, k1);
}

static void random_at_least(const struct mt_rng lane[16], uint32_t limit, uint16_t *keep, size_t n)
{
    uint32_t word[4][16];
    vu start[4];
    for (int w = 0; w < 4; w++) {
        for (int l = 0; l < 16; l++)
            word[w][l] = lane[l].counter[w];
        start[w] = vu_load(word[w]);
    }
    for (size_t i = 0; i < n; i += PHILOX_NUMBERS) {
        vu c[4] = {vu_add(start[0], vu_set1((uint32_t)(i / PHILOX_NUMBERS))), start[1], start[2], start[3]};
        uint16_t last[PHILOX_NUMBERS], *to = n - i < PHILOX_NUMBERS ? last : keep + i;
        philox(c, lane[0].key[0], lane[0].key[1]);
        for (int w = 0; w < 4; w++) {
            to[2 * w] = vu_low_reaches(c[w], limit);
            to[2 * w + 1] = vu_high_reaches(c[w], limit);
        }
        for (size_t j = i; to == last && j < n; j++)
            keep[j] = last[j - i];
    }
}

#undef PHILOX_NUMBERS

#define MT_RANDOM_KERNELS                                                                                    \
    {                                                                                                        \
        .at_least = random_at_least,                                                                         \
    }
