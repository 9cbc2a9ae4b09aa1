/* flatten.c: (C,H,W) seen as a vector of C*H*W, in that order. Nothing moves. */
#include <limits.h>

#include "lib/nn/layer_types.h"

struct flatten_cfg {
    char *name;
};

static const struct mt_field fields[] = {
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct flatten_cfg, name),
     .help = "Name of the layer."},
    {0},
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    (void)err;
    l->out = (struct mt_shape){l->in.c * l->in.h * l->in.w, 1, 1};
    return 0;
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    (void)p;
    (void)err;
    l->keep_x = l->keep_y = false;
    return 0;
}

const struct mt_layer_type mt_flatten = {
    .kind = {.name = "flatten",
             .help = "Makes a vector of an image.",
             .cfg_size = sizeof(struct flatten_cfg),
             .fields = fields},
    .short_name = "flatten",
    .in_place = true,
    .shape = shape,
    .plan = plan,
};
