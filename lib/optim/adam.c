/* adam.c: Adam with weight decay, if any, as part of the gradient. Formulas: adam_update.h. */
#include "lib/optim/adam_update.h"

static const struct mt_field fields[] = {
    MT_ADAM_FIELDS("0", "Adds weight_decay * w to the gradient of weights and kernels.")};

static void update(const void *cfg, const struct mt_update *u)
{
    const struct mt_adam_cfg *c = cfg;
    mt_adam_update(c, u, u->decay ? c->weight_decay : 0, 0);
}

const struct mt_optim_type mt_optim_adam = {
    .kind = {.name = "adam",
             .help = "Adam (Kingma and Ba 2015) with Keras' defaults.",
             .cfg_size = sizeof(struct mt_adam_cfg),
             .fields = fields},
    .moments = 2,
    .moment_name = {"m", "v"},
    .rate = mt_adam_rate,
    .update = update,
};
