/* l2_normalize.c: y = x / sqrt(max(sum x^2, 1e-12)) for a vector x (Keras' l2_normalize). */
#include "lib/nn/layer_types.h"

struct l2_normalize_cfg {
    char *name;
};

struct state {
    const struct mt_kernels *k;
    float *square; /* [block][lane]: sum x^2 */
};

static const struct mt_field fields[] = {
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct l2_normalize_cfg, name),
     .help = "Name of the layer."},
    {0},
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    if (l->in.h != 1 || l->in.w != 1)
        return mt_err_set(err, MT_ERR_USAGE,
                          "takes a vector but gets %dx%dx%d; put flatten or global_avg_pool before it",
                          l->in.c, l->in.h, l->in.w);
    l->out = l->in;
    return 0;
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct state *s = l->state;
    s->k = p->kernels;
    l->keep_x = false;
    return mt_plan_add(p->plan, MT_AREA_ACT, &s->square, (size_t)p->max_blocks * MT_LANES, sizeof *s->square,
                       err);
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    s->k->norm.unit(l->in.c, mt_act_at(&l->x, block, worker), mt_act_at(&l->y, block, worker),
                    s->square + (size_t)block * MT_LANES);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    if (l->dx.data)
        s->k->norm.unit_backward(l->in.c, mt_act_at(&l->y, block, worker),
                                 s->square + (size_t)block * MT_LANES, mt_act_at(&l->dy, block, worker),
                                 mt_act_at(&l->dx, block, worker));
}

static const struct mt_phase forward_phases[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
static const struct mt_phase backward_phases[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

const struct mt_layer_type mt_l2_normalize = {
    .kind = {.name = "l2_normalize",
             .help = "Scales each vector to length 1.",
             .cfg_size = sizeof(struct l2_normalize_cfg),
             .fields = fields},
    .short_name = "l2norm",
    .state_size = sizeof(struct state),
    .in_place = true,
    .shape = shape,
    .plan = plan,
    .forward = forward_phases,
    .backward = backward_phases,
};
