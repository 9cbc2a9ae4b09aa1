/* optim_table.c: the table of every optimizer. A new one is a file of its own and a row here. */
#include "lib/optim/optim.h"

extern const struct mt_optim_type mt_optim_sgd, mt_optim_adam, mt_optim_adamw;

static const struct mt_kind *const rows[] = {
    &mt_optim_sgd.kind,
    &mt_optim_adam.kind,
    &mt_optim_adamw.kind,
    NULL,
};

const struct mt_table mt_optim_table = {"optimizer", rows};
