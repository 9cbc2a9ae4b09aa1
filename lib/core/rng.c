#include "lib/core/rng.h"

#include <Random123/philox.h>
#include <math.h>
#include <string.h>

/* Counter words: 0 counts blocks of four numbers, 1 is b, 2 is a, 3 is the stream. */
void mt_rng_init(struct mt_rng *r, uint64_t seed, enum mt_stream stream, uint32_t a, uint32_t b)
{
    memset(r, 0, sizeof *r);
    r->key[0] = (uint32_t)seed;
    r->key[1] = (uint32_t)(seed >> 32);
    r->counter[1] = b;
    r->counter[2] = a;
    r->counter[3] = (uint32_t)stream;
}

uint32_t mt_rng_u32(struct mt_rng *r)
{
    if (r->left == 0) {
        philox4x32_ctr_t ctr = {{r->counter[0], r->counter[1], r->counter[2], r->counter[3]}};
        philox4x32_key_t key = {{r->key[0], r->key[1]}};
        ctr = philox4x32(ctr, key);
        memcpy(r->out, ctr.v, sizeof r->out);
        r->counter[0]++;
        r->left = 4;
    }
    return r->out[4 - r->left--];
}

uint32_t mt_rng_below(struct mt_rng *r, uint32_t n)
{
    uint32_t reject = (UINT32_MAX - n + 1) % n; /* 2^32 mod n: low products below it are dealt unevenly */
    for (;;) {
        uint64_t product = (uint64_t)mt_rng_u32(r) * n;
        if ((uint32_t)product >= reject)
            return (uint32_t)(product >> 32);
    }
}

float mt_rng_unit(struct mt_rng *r)
{
    return (float)(mt_rng_u32(r) >> 8) * 0x1p-24f;
}

double mt_rng_normal(struct mt_rng *r)
{
    double u = ((double)mt_rng_u32(r) + 1.0) * 0x1p-32; /* in (0, 1] */
    double v = (double)mt_rng_u32(r) * 0x1p-32;
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

void mt_rng_shuffle(struct mt_rng *r, int32_t *v, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = mt_rng_below(r, (uint32_t)i + 1);
        int32_t t = v[i];
        v[i] = v[j];
        v[j] = t;
    }
}

uint32_t mt_hash_name(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h;
}
