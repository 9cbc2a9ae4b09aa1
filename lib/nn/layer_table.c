/* layer_table.c: the table of every layer. A new one is a file of its own and a row here. */
#include "lib/nn/layer.h"

static const struct mt_kind *const rows[] = {
    NULL,
};

const struct mt_table mt_layer_table = {"layer", rows};
