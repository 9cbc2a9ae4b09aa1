/* exponential.c: factor = f^e, e epochs since the end of the warm-up. e grows with every step (Keras), or
 * with `staircase` once per epoch (PyTorch's ExponentialLR). */
#include "lib/optim/schedule.h"

#include <math.h>

struct cfg {
    double warmup_epochs, factor;
    bool staircase;
};

static const struct mt_field fields[] = {
    MT_WARMUP_FIELD,
    {.name = "factor",
     .type = MT_REAL,
     .offset = offsetof(struct cfg, factor),
     .min = 0,
     .max = 1,
     .flags = MT_F_ABOVE_MIN | MT_F_REQUIRED,
     .help = "What the rate is multiplied by in the course of an epoch."},
    {.name = "staircase",
     .type = MT_BOOL,
     .offset = offsetof(struct cfg, staircase),
     .def = "false",
     .help = "Change the rate once per epoch, not with every step."},
    {0}};

static double factor(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state)
{
    (void)state;
    const struct cfg *c = cfg;
    double epochs = mt_schedule_after_warmup(cfg, at);
    return mt_schedule_power(c->factor, c->staircase ? floor(epochs) : epochs);
}

const struct mt_schedule_type mt_schedule_exponential = {
    .kind = {.name = "exponential",
             .help = "Multiplies the rate by a factor in the course of every epoch.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .factor = factor,
};
