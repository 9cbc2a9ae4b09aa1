/* polynomial.c: factor = end + (1 - end) (1 - x)^power, x in [0, 1) the part of the training behind the
 * warm-up that is over; it moves with every step. `end` would be reached one step after the last (Keras'
 * PolynomialDecay). */
#include "lib/optim/schedule.h"

struct cfg {
    double warmup_epochs, power, end;
};

static const struct mt_field fields[] = {
    MT_WARMUP_FIELD,
    {.name = "power",
     .type = MT_REAL,
     .offset = offsetof(struct cfg, power),
     .def = "1",
     .min = 0,
     .max = 100,
     .flags = MT_F_ABOVE_MIN,
     .help = "1 falls in a straight line, larger powers fall faster at first."},
    {.name = "end",
     .type = MT_REAL,
     .offset = offsetof(struct cfg, end),
     .def = "0",
     .min = 0,
     .max = 1,
     .help = "Where the rate ends, as a part of the base rate."},
    {0}};

static double factor(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state)
{
    (void)state;
    const struct cfg *c = cfg;
    return c->end + (1 - c->end) * mt_schedule_power(1 - mt_schedule_progress(cfg, at), c->power);
}

const struct mt_schedule_type mt_schedule_polynomial = {
    .kind = {.name = "polynomial",
             .help = "Falls as a power of the training that is left.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .factor = factor,
};
