/* multistep.c: factor = f^k, k the number of milestones that are over: the rate changes with the first step
 * after that many epochs (PyTorch's MultiStepLR). */
#include "lib/optim/schedule.h"

struct cfg {
    double warmup_epochs;
    struct mt_ints milestones;
    double factor;
};

static const struct mt_field fields[] = {
    MT_WARMUP_FIELD,
    {.name = "milestones",
     .type = MT_INTS,
     .offset = offsetof(struct cfg, milestones),
     .flags = MT_F_REQUIRED,
     .min = 1,
     .max = 1e6,
     .unit = "epochs",
     .help = "The rate is multiplied by factor after each of these numbers of epochs, ascending."},
    {.name = "factor",
     .type = MT_REAL,
     .offset = offsetof(struct cfg, factor),
     .def = "0.1",
     .min = 0,
     .max = 1,
     .flags = MT_F_ABOVE_MIN,
     .help = "What the rate is multiplied by."},
    {0}};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct cfg *c = cfg;
    for (int i = 1; i < c->milestones.n; i++) {
        if (c->milestones.v[i] > c->milestones.v[i - 1])
            continue;
        *key = "milestones";
        return mt_err_set(err, MT_ERR_USAGE, "milestones must ascend, but %lld follows %lld",
                          (long long)c->milestones.v[i], (long long)c->milestones.v[i - 1]);
    }
    return 0;
}

static double factor(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state)
{
    (void)state;
    const struct cfg *c = cfg;
    int passed = 0;
    while (passed < c->milestones.n && mt_schedule_epoch(at) >= c->milestones.v[passed])
        passed++;
    return mt_schedule_power(c->factor, passed);
}

const struct mt_schedule_type mt_schedule_multistep = {
    .kind = {.name = "multistep",
             .help = "Multiplies the rate by a factor at given epochs.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields,
             .check = check},
    .factor = factor,
};
