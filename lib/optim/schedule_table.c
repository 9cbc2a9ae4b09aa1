/* schedule_table.c: the table of every schedule. A new one is a file of its own and a row here. */
#include "lib/optim/optim.h"

extern const struct mt_schedule_type mt_schedule_constant, mt_schedule_step, mt_schedule_multistep,
    mt_schedule_exponential, mt_schedule_polynomial, mt_schedule_cosine, mt_schedule_plateau;

static const struct mt_kind *const rows[] = {
    &mt_schedule_constant.kind,   &mt_schedule_step.kind,
    &mt_schedule_multistep.kind,  &mt_schedule_exponential.kind,
    &mt_schedule_polynomial.kind, &mt_schedule_cosine.kind,
    &mt_schedule_plateau.kind,    NULL,
};

const struct mt_table mt_schedule_table = {"schedule", rows};
