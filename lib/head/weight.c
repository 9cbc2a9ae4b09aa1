#include "lib/head/weight.h"

#include <math.h>

#include "lib/core/rng.h"

enum { INIT_GLOROT_UNIFORM, INIT_NORMAL };
const char *const mt_weight_inits[] = {
    [INIT_GLOROT_UNIFORM] = "glorot_uniform", [INIT_NORMAL] = "normal", NULL};

int mt_weight_plan(struct mt_head *h, bool bias, struct mt_plan *plan, struct mt_tensors *tensors,
                   struct mt_err *err)
{
    struct mt_tensor_spec weight = {.layer = h->name,
                                    .what = "weight",
                                    .ndim = 2,
                                    .dim = {h->classes, h->dim},
                                    .trainable = true,
                                    .decay = true};
    struct mt_tensor_spec offset = {
        .layer = h->name, .what = "bias", .ndim = 1, .dim = {h->classes}, .trainable = true};
    h->weight = mt_tensors_add(tensors, plan, &weight, err);
    if (!h->weight)
        return -1;
    if (bias && !(h->bias = mt_tensors_add(tensors, plan, &offset, err)))
        return -1;
    return 0;
}

void mt_weight_init(struct mt_head *h, uint64_t seed)
{
    const struct mt_weight_cfg *cfg = h->cfg;
    struct mt_rng rng;
    mt_rng_init(&rng, seed, MT_STREAM_INIT, mt_hash_name(h->weight->name), 0);
    double limit = sqrt(6.0 / ((double)h->dim + (double)h->classes));
    for (size_t i = 0; i < h->weight->count; i++)
        h->weight->data[i] =
            (float)(cfg->init == INIT_NORMAL ? cfg->stddev * mt_rng_normal(&rng)
                                             : limit * (2.0 * (double)mt_rng_unit(&rng) - 1.0));
    for (size_t i = 0; h->bias && i < h->bias->count; i++)
        h->bias->data[i] = 0;
}
