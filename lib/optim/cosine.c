/* cosine.c: factor = min + (1 - min) (1 + cos(pi x)) / 2, x in [0, 1) the part of the training behind the
 * warm-up that is over; it moves with every step. `min` would be reached one step after the last. Loshchilov
 * and Hutter, "SGDR", ICLR 2017, without restarts. */
#include "lib/optim/schedule.h"

#include <math.h>

struct cfg {
    double warmup_epochs, min;
};

static const struct mt_field fields[] = {MT_WARMUP_FIELD,
                                         {.name = "min",
                                          .type = MT_REAL,
                                          .offset = offsetof(struct cfg, min),
                                          .def = "0",
                                          .min = 0,
                                          .max = 1,
                                          .help = "Where the rate ends, as a part of the base rate."},
                                         {0}};

static double factor(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state)
{
    (void)state;
    const struct cfg *c = cfg;
    double half = cos(M_PI_2 * mt_schedule_progress(
                                   cfg, at)); /* its square, unlike 1 + cos, does not cancel near the end */
    return c->min + (1 - c->min) * half * half;
}

const struct mt_schedule_type mt_schedule_cosine = {
    .kind = {.name = "cosine",
             .help = "Falls along half a cosine wave to the end of the training.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .factor = factor,
};
