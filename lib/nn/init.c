#include "lib/nn/init.h"

#include <math.h>

#include "lib/core/rng.h"

void mt_init_glorot(struct mt_tensor *t, uint64_t seed, double fan_in, double fan_out)
{
    float limit = (float)sqrt(6.0 / (fan_in + fan_out));
    struct mt_rng rng;
    mt_rng_init(&rng, seed, MT_STREAM_INIT, mt_hash_name(t->name), 0);
    for (size_t i = 0; i < t->count; i++)
        t->data[i] = (2.0f * mt_rng_unit(&rng) - 1.0f) * limit;
}

void mt_init_constant(struct mt_tensor *t, float value)
{
    for (size_t i = 0; i < t->count; i++)
        t->data[i] = value;
}
