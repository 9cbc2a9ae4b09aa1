/* prelu.c: y = x where x > 0, else alpha x, with one learned alpha per element of a sample, zero at first (He
 * et al. 2015, as in Keras). dalpha = sum over samples of dy x where x <= 0. The sign of x does not follow
 * from y, so x is kept. */
#include "lib/nn/init.h"
#include "lib/nn/layer_types.h"

#define TILE 256 /* elements whose alpha's gradient is summed by one task */

struct prelu_cfg {
    char *name;
};

struct state {
    const struct mt_kernels *k;
    struct mt_tensor *alpha;
};

static const struct mt_field fields[] = {
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct prelu_cfg, name),
     .help = "Name of the layer."},
    {0},
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    (void)err;
    l->out = l->in;
    return 0;
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct state *s = l->state;
    struct mt_tensor_spec alpha = {l->name, "alpha", 3, {l->in.c, l->in.h, l->in.w}, .trainable = true};
    if (l->in.h == 1 && l->in.w == 1)
        alpha.ndim = 1;
    s->k = p->kernels;
    l->keep_y = false;
    s->alpha = mt_tensors_add(p->tensors, p->plan, &alpha, err);
    return s->alpha ? 0 : -1;
}

static void init(struct mt_layer *l, uint64_t seed)
{
    (void)seed;
    mt_init_constant(((struct state *)l->state)->alpha, 0.0f);
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    s->k->vector.prelu(mt_act_at(&l->y, block, worker), mt_act_at(&l->x, block, worker), s->alpha->data,
                       s->alpha->count);
}

static int alpha_tiles(const struct mt_layer *l, const struct mt_pass *p)
{
    (void)p;
    return (int)((mt_shape_count(l->in) - 1) / TILE + 1);
}

static void alpha_tile(struct mt_layer *l, const struct mt_pass *p, int tile, int worker)
{
    (void)worker;
    const struct state *s = l->state;
    size_t first = (size_t)tile * TILE, left = s->alpha->count - first;
    s->k->vector.prelu_alpha(s->alpha->grad + first, left < TILE ? left : TILE, p->blocks,
                             l->dy.data + first * MT_LANES, l->dy.stride, l->x.data + first * MT_LANES,
                             l->x.stride);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    if (l->dx.data)
        s->k->vector.prelu_backward(mt_act_at(&l->dx, block, worker), mt_act_at(&l->dy, block, worker),
                                    mt_act_at(&l->x, block, worker), s->alpha->data, s->alpha->count);
}

static const struct mt_phase forward_phases[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
static const struct mt_phase backward_phases[] = {
    {MT_PER_TILE, alpha_tile, alpha_tiles}, {MT_PER_BLOCK, backward, NULL}, {0}};

const struct mt_layer_type mt_prelu = {
    .kind = {.name = "prelu",
             .help = "x where it is above zero, else x times a learned factor of its own.",
             .cfg_size = sizeof(struct prelu_cfg),
             .fields = fields},
    .short_name = "prelu",
    .state_size = sizeof(struct state),
    .in_place = true,
    .shape = shape,
    .plan = plan,
    .init = init,
    .forward = forward_phases,
    .backward = backward_phases,
};
