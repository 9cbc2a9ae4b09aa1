/* schedule.h: what the schedules share. */
#ifndef MT_OPTIM_SCHEDULE_H
#define MT_OPTIM_SCHEDULE_H

#include "lib/optim/optim.h"

/* The first field of every schedule; its struct begins with `double warmup_epochs`. */
#define MT_WARMUP_FIELD                                                                                      \
    {                                                                                                        \
        .name = "warmup_epochs", .type = MT_REAL, .offset = 0, .def = "0", .min = 0, .max = 1e6,             \
        .unit = "epochs",                                                                                    \
        .help = "The rate rises linearly from 0 to the base rate over these epochs (parts of one are fine)." \
    }

/* Epochs that are over before this step. */
int64_t mt_schedule_epoch(const struct mt_schedule_at *at);
/* Epochs since the end of the warm-up, in parts of one; 0 before. */
double mt_schedule_after_warmup(const void *cfg, const struct mt_schedule_at *at);
/* Part of the training behind the warm-up that is over before this step, in [0, 1]; below 1 for every planned
 * step. */
double mt_schedule_progress(const void *cfg, const struct mt_schedule_at *at);

/* base^exponent, but at least MT_SCHEDULE_LEAST: repeated factors must not underflow to a rate of 0. */
#define MT_SCHEDULE_LEAST 1e-30
double mt_schedule_power(double base, double exponent);

#endif
