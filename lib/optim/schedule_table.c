/* schedule_table.c: the table of every schedule. A new one is a file of its own and a row here. */
#include "lib/optim/optim.h"

static const struct mt_kind *const rows[] = {
    NULL,
};

const struct mt_table mt_schedule_table = {"schedule", rows};
