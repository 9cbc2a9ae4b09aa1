#include "lib/optim/schedule.h"

#include <math.h>

static double warmup_epochs(const void *cfg)
{
    return *(const double *)cfg;
}

int64_t mt_schedule_epoch(const struct mt_schedule_at *at)
{
    return at->step / at->steps_per_epoch;
}

double mt_schedule_after_warmup(const void *cfg, const struct mt_schedule_at *at)
{
    double epoch = (double)at->step / (double)at->steps_per_epoch - warmup_epochs(cfg);
    return epoch > 0 ? epoch : 0;
}

double mt_schedule_progress(const void *cfg, const struct mt_schedule_at *at)
{
    double length = (double)at->epochs - warmup_epochs(cfg);
    double part = length > 0 ? mt_schedule_after_warmup(cfg, at) / length : 0;
    return part < 1 ? part : 1;
}

double mt_schedule_power(double base, double exponent)
{
    return fmax(pow(base, exponent), MT_SCHEDULE_LEAST);
}

void mt_schedule_start(struct mt_schedule_state *state)
{
    *state = (struct mt_schedule_state){.factor = 1};
}

double mt_schedule_lr(const struct mt_variant *schedule, double base, const struct mt_schedule_at *at,
                      const struct mt_schedule_state *state)
{
    const struct mt_schedule_type *type = (const struct mt_schedule_type *)schedule->kind;
    double warmup_steps = warmup_epochs(schedule->cfg) * (double)at->steps_per_epoch;
    double done = (double)(at->step + 1), ramp = done < warmup_steps ? done / warmup_steps : 1;
    return base * ramp * type->factor(schedule->cfg, at, state);
}

void mt_schedule_observe(const struct mt_variant *schedule, struct mt_schedule_state *state, double value)
{
    const struct mt_schedule_type *type = (const struct mt_schedule_type *)schedule->kind;
    if (type->observe)
        type->observe(schedule->cfg, state, value);
}
