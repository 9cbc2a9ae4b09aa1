/* constant.c: factor = 1. */
#include "lib/optim/schedule.h"

struct cfg {
    double warmup_epochs;
};

static const struct mt_field fields[] = {MT_WARMUP_FIELD, {0}};

static double factor(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state)
{
    (void)cfg, (void)at, (void)state;
    return 1;
}

const struct mt_schedule_type mt_schedule_constant = {
    .kind = {.name = "constant",
             .help = "The base rate throughout.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .factor = factor,
};
