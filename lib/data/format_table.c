/* format_table.c: the table of every format. A new one is a file of its own and a row here. */
#include "lib/data/dataset.h"

static const struct mt_kind *const rows[] = {
    NULL,
};

const struct mt_table mt_format_table = {"format", rows};
