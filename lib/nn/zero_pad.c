/* zero_pad.c: rows and columns of zeros around each plane. */
#include <string.h>

#include "lib/nn/layer_types.h"

struct zero_pad_cfg {
    char *name;
    struct mt_ints padding;
};

struct state {
    int top, bottom, left, right;
};

static const struct mt_field fields[] = {
    {.name = "padding",
     .type = MT_INTS,
     .offset = offsetof(struct zero_pad_cfg, padding),
     .def = "1",
     .min = 0,
     .max = 1000,
     .help = "Rows and columns of zeros: one number for all sides, [vertical, horizontal], or [top, bottom, "
             "left, right]."},
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct zero_pad_cfg, name),
     .help = "Name of the layer."},
    {0},
};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    int n = ((const struct zero_pad_cfg *)cfg)->padding.n;
    *key = "padding";
    if (n == 1 || n == 2 || n == 4)
        return 0;
    return mt_err_set(err, MT_ERR_USAGE, "one, two or four numbers are expected, not %d", n);
}

static int shape(struct mt_layer *l, struct mt_err *err)
{
    const struct mt_ints *v = &((const struct zero_pad_cfg *)l->cfg)->padding;
    struct state *s = l->state;
    (void)err;
    s->top = (int)v->v[0];
    s->bottom = v->n == 4 ? (int)v->v[1] : s->top;
    s->left = (int)v->v[v->n == 4 ? 2 : v->n - 1];
    s->right = (int)v->v[v->n - 1];
    l->out = (struct mt_shape){l->in.c, l->in.h + s->top + s->bottom, l->in.w + s->left + s->right};
    return 0;
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    (void)p;
    (void)err;
    l->keep_x = l->keep_y = false;
    return 0;
}

/* Where row y of channel c of the input stands in the output. */
static size_t padded_row(const struct mt_layer *l, int c, int y)
{
    const struct state *s = l->state;
    size_t row = (size_t)c * (size_t)l->out.h + (size_t)(s->top + y);
    return (row * (size_t)l->out.w + (size_t)s->left) * MT_LANES;
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const float *x = mt_act_at(&l->x, block, worker);
    float *y = mt_act_at(&l->y, block, worker);
    size_t row = (size_t)l->in.w * MT_LANES;
    memset(y, 0, mt_shape_count(l->out) * MT_LANES * sizeof *y);
    for (int c = 0; c < l->in.c; c++)
        for (int i = 0; i < l->in.h; i++, x += row)
            memcpy(y + padded_row(l, c, i), x, row * sizeof *x);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    if (!l->dx.data)
        return;
    const float *dy = mt_act_at(&l->dy, block, worker);
    float *dx = mt_act_at(&l->dx, block, worker);
    size_t row = (size_t)l->in.w * MT_LANES;
    for (int c = 0; c < l->in.c; c++)
        for (int i = 0; i < l->in.h; i++, dx += row)
            memcpy(dx, dy + padded_row(l, c, i), row * sizeof *dx);
}

static const struct mt_phase forward_phases[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
static const struct mt_phase backward_phases[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

const struct mt_layer_type mt_zero_pad = {
    .kind = {.name = "zero_pad",
             .help = "Rows and columns of zeros around each plane.",
             .cfg_size = sizeof(struct zero_pad_cfg),
             .fields = fields,
             .check = check},
    .short_name = "pad",
    .state_size = sizeof(struct state),
    .shape = shape,
    .plan = plan,
    .forward = forward_phases,
    .backward = backward_phases,
};
