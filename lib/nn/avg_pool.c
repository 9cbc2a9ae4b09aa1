/* avg_pool.c: the mean of each window, or of each whole plane (global_avg_pool, which makes a vector of C).
 */
#include "lib/nn/layer_types.h"
#include "lib/nn/pooling.h"

struct global_cfg {
    char *name;
};

struct state {
    const struct mt_kernels *k;
    struct mt_window win;
};

static const struct mt_field global_fields[] = {
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct global_cfg, name),
     .help = "Name of the layer."},
    {0},
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    struct state *s = l->state;
    return mt_pooling_window(l->cfg, l->in, &s->win, &l->out, err);
}

static int global_shape(struct mt_layer *l, struct mt_err *err)
{
    struct state *s = l->state;
    (void)err;
    s->win = (struct mt_window){.h = l->in.h, .w = l->in.w, .sy = 1, .sx = 1};
    l->out = (struct mt_shape){l->in.c, 1, 1};
    return 0;
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct state *s = l->state;
    (void)err;
    s->k = p->kernels;
    l->keep_x = l->keep_y = false;
    return 0;
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    s->k->window.mean_forward(&s->win, l->in, l->out, mt_act_at(&l->x, block, worker),
                              mt_act_at(&l->y, block, worker));
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    if (l->dx.data)
        s->k->window.mean_backward(&s->win, l->in, l->out, mt_act_at(&l->dy, block, worker),
                                   mt_act_at(&l->dx, block, worker));
}

static const struct mt_phase forward_phases[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
static const struct mt_phase backward_phases[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

const struct mt_layer_type mt_avg_pool = {
    .kind = {.name = "avg_pool",
             .help = "The mean of each window.",
             .cfg_size = sizeof(struct mt_pooling_cfg),
             .fields = mt_pooling_fields,
             .check = mt_pooling_check},
    .short_name = "avgpool",
    .state_size = sizeof(struct state),
    .shape = shape,
    .plan = plan,
    .forward = forward_phases,
    .backward = backward_phases,
};

const struct mt_layer_type mt_global_avg_pool = {
    .kind = {.name = "global_avg_pool",
             .help = "The mean of each channel, as a vector.",
             .cfg_size = sizeof(struct global_cfg),
             .fields = global_fields},
    .short_name = "gap",
    .state_size = sizeof(struct state),
    .shape = global_shape,
    .plan = plan,
    .forward = forward_phases,
    .backward = backward_phases,
};
