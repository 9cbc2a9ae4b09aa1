/* plateau.c: after `patience` epochs in a row without improvement by more than min_delta, factor = max(min,
 * factor * f), and counting begins anew (Keras' ReduceLROnPlateau; PyTorch's waits one epoch longer). It
 * watches what early stopping watches, and changes the rate with the first step of the next epoch. */
#include "lib/optim/schedule.h"

#include <math.h>

struct cfg {
    double warmup_epochs, factor;
    int64_t patience;
    double min_delta, min;
};

static const struct mt_field fields[] = {
    MT_WARMUP_FIELD,
    {.name = "factor",
     .type = MT_REAL,
     .offset = offsetof(struct cfg, factor),
     .def = "0.1",
     .min = 0,
     .max = 1,
     .flags = MT_F_ABOVE_MIN | MT_F_BELOW_MAX,
     .help = "What the rate is multiplied by."},
    {.name = "patience",
     .type = MT_INT,
     .offset = offsetof(struct cfg, patience),
     .def = "10",
     .min = 1,
     .max = 1e6,
     .unit = "epochs",
     .help = "Epochs without improvement of train.early_stop.monitor before the rate falls."},
    {.name = "min_delta",
     .type = MT_REAL,
     .offset = offsetof(struct cfg, min_delta),
     .def = "1e-4",
     .min = 0,
     .max = 1e30,
     .help = "Smallest change that counts as an improvement."},
    {.name = "min",
     .type = MT_REAL,
     .offset = offsetof(struct cfg, min),
     .def = "0",
     .min = 0,
     .max = 1,
     .help = "The rate does not fall below this part of the base rate."},
    {0}};

static double factor(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state)
{
    (void)cfg, (void)at;
    return state->factor;
}

static void observe(const void *cfg, struct mt_schedule_state *state, double value)
{
    const struct cfg *c = cfg;
    if (!isnan(value) && (!state->any || value > state->best + c->min_delta)) {
        state->best = value;
        state->any = true;
        state->wait = 0;
    } else if (++state->wait >= c->patience) {
        state->factor = fmax(fmax(state->factor * c->factor, c->min), MT_SCHEDULE_LEAST);
        state->wait = 0;
    }
}

const struct mt_schedule_type mt_schedule_plateau = {
    .kind = {.name = "plateau",
             .help = "Lowers the rate when the monitored value has stopped improving.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .factor = factor,
    .observe = observe,
};
