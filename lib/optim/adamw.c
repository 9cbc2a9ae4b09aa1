/* adamw.c: Adam with weight decay beside the gradient (Loshchilov and Hutter, "Decoupled Weight Decay
 * Regularization", ICLR 2019): weights and kernels shrink by lr * weight_decay per step, whatever their
 * gradient. Formulas: adam_update.h. */
#include "lib/optim/adam_update.h"

static const struct mt_field fields[] = {
    MT_ADAM_FIELDS("0.01", "Weights and kernels shrink by lr * weight_decay per step.")};

static void update(const void *cfg, const struct mt_update *u)
{
    const struct mt_adam_cfg *c = cfg;
    mt_adam_update(c, u, 0, u->decay ? c->weight_decay : 0);
}

const struct mt_optim_type mt_optim_adamw = {
    .kind = {.name = "adamw",
             .help = "Adam with decoupled weight decay (Loshchilov and Hutter 2019).",
             .cfg_size = sizeof(struct mt_adam_cfg),
             .fields = fields},
    .moments = 2,
    .moment_name = {"m", "v"},
    .rate = mt_adam_rate,
    .update = update,
};
