/* max_pool.c: the largest element of each window. Backward needs neither x nor y: forward keeps one bit per
 * sample for each element of a window but the first. */
#include "lib/nn/layer_types.h"
#include "lib/nn/pooling.h"

struct state {
    const struct mt_kernels *k;
    struct mt_window win;
    uint16_t *later; /* [block][output][h * w - 1]; NULL when nothing is trained */
    size_t masks;    /* of one block */
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    struct state *s = l->state;
    return mt_pooling_window(l->cfg, l->in, &s->win, &l->out, err);
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct state *s = l->state;
    s->k = p->kernels;
    s->masks = mt_shape_count(l->out) * ((size_t)s->win.h * (size_t)s->win.w - 1);
    l->keep_x = l->keep_y = false;
    if (!p->want_dx)
        return 0;
    return mt_plan_add(p->plan, MT_AREA_ACT, &s->later, (size_t)p->max_blocks * s->masks, sizeof *s->later,
                       err);
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct state *s = l->state;
    uint16_t *later = s->later && p->training ? s->later + (size_t)block * s->masks : NULL;
    s->k->window.max_forward(&s->win, l->in, l->out, mt_act_at(&l->x, block, worker),
                             mt_act_at(&l->y, block, worker), later);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    if (l->dx.data)
        s->k->window.max_backward(&s->win, l->in, l->out, mt_act_at(&l->dy, block, worker),
                                  s->later + (size_t)block * s->masks, mt_act_at(&l->dx, block, worker));
}

static const struct mt_phase forward_phases[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
static const struct mt_phase backward_phases[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

const struct mt_layer_type mt_max_pool = {
    .kind = {.name = "max_pool",
             .help = "The largest element of each window.",
             .cfg_size = sizeof(struct mt_pooling_cfg),
             .fields = mt_pooling_fields,
             .check = mt_pooling_check},
    .short_name = "pool",
    .state_size = sizeof(struct state),
    .shape = shape,
    .plan = plan,
    .forward = forward_phases,
    .backward = backward_phases,
};
