/* random_impl.h: the kernels of random.h, compiled once per instruction set: Philox4x32-10 (lib/core/rng.h)
 * with its four words of sixteen generators side by side, in plain loops that the compiler turns into vector
 * code. */
#include "lib/math/random.h"

#define EACH_LANE for (int l = 0; l < 16; l++)

static inline void philox_round(uint32_t c[4][16], uint32_t k0, uint32_t k1)
{
    EACH_LANE
    {
        uint64_t p0 = (uint64_t)c[0][l] * 0xD2511F53u, p1 = (uint64_t)c[2][l] * 0xCD9E8D57u;
        c[0][l] = (uint32_t)(p1 >> 32) ^ c[1][l] ^ k0;
        c[1][l] = (uint32_t)p1;
        c[2][l] = (uint32_t)(p0 >> 32) ^ c[3][l] ^ k1;
        c[3][l] = (uint32_t)p0;
    }
}

static inline void philox(uint32_t c[4][16], uint32_t k0, uint32_t k1)
{
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u)
        philox_round(c, k0, k1);
}

static inline uint16_t compare_half(const uint32_t word[16], int shift, float limit)
{
    float half[16] __attribute__((aligned(64)));
    EACH_LANE
    half[l] = (float)(int)(word[l] >> shift & 0xffff);
    return vf_gt(vf_load(half), vf_set1(limit));
}

static void random_at_least(const struct mt_rng lane[16], uint32_t limit, uint16_t *keep, size_t n)
{
    float bound = (float)limit - 0.5f;
    for (size_t i = 0; i < n; i += 8) {
        uint32_t c[4][16];
        EACH_LANE
        {
            c[0][l] = lane[l].counter[0] + (uint32_t)(i / 8);
            c[1][l] = lane[l].counter[1];
            c[2][l] = lane[l].counter[2];
            c[3][l] = lane[l].counter[3];
        }
        philox(c, lane[0].key[0], lane[0].key[1]);
        for (size_t j = i; j < n && j < i + 8; j++)
            keep[j] = compare_half(c[(j - i) / 2], (int)(j % 2) * 16, bound);
    }
}

#undef EACH_LANE

#define MT_RANDOM_KERNELS                                                                                    \
    {                                                                                                        \
        .at_least = random_at_least,                                                                         \
    }
