/* step.c: factor = f^floor(e / every), e whole epochs that are over: the rate changes with the first step
 * after each `every` epochs (PyTorch's StepLR). */
#include "lib/optim/schedule.h"

struct cfg {
    double warmup_epochs;
    int64_t every;
    double factor;
};

static const struct mt_field fields[] = {
    MT_WARMUP_FIELD,
    {.name = "every",
     .type = MT_INT,
     .offset = offsetof(struct cfg, every),
     .flags = MT_F_REQUIRED,
     .min = 1,
     .max = 1e6,
     .unit = "epochs",
     .help = "The rate is multiplied by factor after each of these many epochs."},
    {.name = "factor",
     .type = MT_REAL,
     .offset = offsetof(struct cfg, factor),
     .def = "0.1",
     .min = 0,
     .max = 1,
     .flags = MT_F_ABOVE_MIN,
     .help = "What the rate is multiplied by."},
    {0}};

static double factor(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state)
{
    (void)state;
    const struct cfg *c = cfg;
    return mt_schedule_power(c->factor, (double)(mt_schedule_epoch(at) / c->every));
}

const struct mt_schedule_type mt_schedule_step = {
    .kind = {.name = "step",
             .help = "Multiplies the rate by a factor every few epochs.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .factor = factor,
};
