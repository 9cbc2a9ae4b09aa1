/* rng.h: random numbers by counting (Philox4x32-10; Salmon et al. 2011, the Random123 library).
 *
 * A generator is named by (seed, stream, a, b); its n-th number depends on nothing else. Streams do not disturb one
 * another, and no number depends on threads or on the order of calls elsewhere. */
#ifndef MT_CORE_RNG_H
#define MT_CORE_RNG_H

#include <stdint.h>

enum mt_stream {
    MT_STREAM_INIT = 1, /* a: hash of the tensor's name */
    MT_STREAM_SHUFFLE,  /* a: epoch */
    MT_STREAM_DROPOUT,  /* a: epoch and layer, b: sample */
    MT_STREAM_AUGMENT,  /* a: epoch, b: sample */
    MT_STREAM_SPLIT,
    MT_STREAM_PROJECT,
    MT_STREAM_TEST,
    MT_STREAM_SWEEP, /* a: hash of the key, b: combination */
};

struct mt_rng {
    uint32_t key[2], counter[4], out[4];
    int left; /* numbers of `out` not used yet */
};

void mt_rng_init(struct mt_rng *r, uint64_t seed, enum mt_stream stream, uint32_t a, uint32_t b);
uint32_t mt_rng_u32(struct mt_rng *r);
uint32_t mt_rng_below(struct mt_rng *r, uint32_t n); /* uniform in [0, n), without bias; n >= 1 */
float mt_rng_unit(struct mt_rng *r);                 /* uniform in [0, 1), 24 bits */
double mt_rng_normal(struct mt_rng *r);              /* mean 0, deviation 1 (Box-Muller, one of the pair) */
void mt_rng_shuffle(struct mt_rng *r, int32_t *v, int64_t n); /* Fisher-Yates */
uint32_t mt_hash_name(const char *name);             /* FNV-1a, to turn a name into `a` */

#endif
