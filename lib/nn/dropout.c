/* dropout.c: while training, each element is dropped with probability `rate` and the others are divided by 1
 * - rate (Srivastava et al. 2014, scaled as in Keras), so that the expectation stays.
 *
 * The rate is taken to the nearest 1 / 65536: element e of a sample is dropped where the e-th 16-bit number
 * of the generator (seed, MT_STREAM_DROPOUT, epoch * 1024 + layer index, data-set index of the sample) is
 * below rate * 65536; a word of the generator gives two numbers, the lower half first. So a mask depends
 * neither on the batch nor on threads. */
#include <math.h>
#include <string.h>

#include "lib/nn/dropout.h"
#include "lib/nn/layer_types.h"

struct dropout_cfg {
    char *name;
    double rate;
};

struct state {
    const struct mt_kernels *k;
    uint32_t limit; /* rate * 65536 */
    float scale;
    uint16_t *keep; /* [block][element], one bit per sample */
    size_t elements;
};

static const struct mt_field fields[] = {
    {.name = "rate",
     .type = MT_REAL,
     .offset = offsetof(struct dropout_cfg, rate),
     .def = "0.5",
     .min = 0,
     .max = 1,
     .flags = MT_F_BELOW_MAX,
     .help = "Part of the elements that is set to zero while training."},
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct dropout_cfg, name),
     .help = "Name of the layer."},
    {0},
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    (void)err;
    l->out = l->in;
    return 0;
}

int mt_dropout_plan(const struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct state *s = l->state;
    long limit = lround(((const struct dropout_cfg *)l->cfg)->rate * 65536.0);
    s->k = p->kernels;
    s->limit = limit < 65535 ? (uint32_t)limit : 65535;
    s->scale = (float)(65536.0 / (65536.0 - s->limit));
    s->elements = mt_shape_count(l->in);
    if (!p->training)
        return 0;
    return mt_plan_add(p->plan, MT_AREA_ACT, &s->keep, (size_t)p->max_blocks * s->elements, sizeof *s->keep,
                       err);
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    l->keep_x = l->keep_y = false;
    return mt_dropout_plan(l, p, err);
}

void mt_dropout_mask(const struct mt_layer *l, int block, struct mt_norm_keep *keep)
{
    const struct state *s = l->state;
    *keep = (struct mt_norm_keep){s->keep + (size_t)block * s->elements, s->scale};
}

bool mt_dropout_draw(const struct mt_layer *l, const struct mt_pass *p, int block, struct mt_norm_keep *keep)
{
    const struct state *s = l->state;
    struct mt_rng lane[MT_LANES];
    if (!p->training || !s->keep)
        return false;
    for (int i = 0; i < MT_LANES; i++) {
        int at = block * MT_LANES + i;
        uint32_t sample = at < p->n ? (uint32_t)p->sample[at] : 0;
        mt_rng_init(&lane[i], p->seed, MT_STREAM_DROPOUT, p->epoch * 1024 + (uint32_t)l->index, sample);
    }
    s->k->random.at_least(lane, s->limit, s->keep + (size_t)block * s->elements, s->elements);
    mt_dropout_mask(l, block, keep);
    return true;
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct state *s = l->state;
    const float *x = mt_act_at(&l->x, block, worker);
    float *y = mt_act_at(&l->y, block, worker);
    struct mt_norm_keep keep;
    if (mt_dropout_draw(l, p, block, &keep))
        s->k->vector.keep(y, x, keep.bits, keep.factor, s->elements);
    else if (y != x)
        memcpy(y, x, s->elements * MT_LANES * sizeof *y);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    if (l->dx.data)
        s->k->vector.keep(mt_act_at(&l->dx, block, worker), mt_act_at(&l->dy, block, worker),
                          s->keep + (size_t)block * s->elements, s->scale, s->elements);
}

static const struct mt_phase forward_phases[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
static const struct mt_phase backward_phases[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

const struct mt_layer_type mt_dropout = {
    .kind = {.name = "dropout",
             .help = "Drops elements at random while training.",
             .cfg_size = sizeof(struct dropout_cfg),
             .fields = fields},
    .short_name = "dropout",
    .state_size = sizeof(struct state),
    .in_place = true,
    .shape = shape,
    .plan = plan,
    .forward = forward_phases,
    .backward = backward_phases,
};
