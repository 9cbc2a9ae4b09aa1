/* batch_norm.c: y = gamma (x - mean) / sqrt(variance + epsilon) + beta per channel (per unit of a vector)
 * (Ioffe and Szegedy 2015, with Keras' details).
 *
 * A training pass takes mean and biased variance of the batch, over its m = n H W valid elements, and moves
 * the moving ones: moving = momentum moving + (1 - momentum) of the batch's, the variance times m / (m - 1)
 * for images, as it is for vectors. An evaluating pass, and a frozen layer, takes the moving ones, and moves
 * none; backward then is dx = s dy. Backward else, with s = gamma / sqrt(variance + epsilon) and d = x -
 * mean: dbeta = sum dy,  dgamma = sum dy d / sqrt(variance + epsilon), dx = s (dy - sum dy / m - d (sum dy d)
 * / (m (variance + epsilon))).
 *
 * Each block of samples gives its own mean and squares about it; they are put together in double precision,
 * in the order of the blocks (Chan, Golub and LeVeque 1979), so that the data is read once and large means do
 * no harm.
 *
 * Dropout right behind it is absorbed: its factors are applied where y is written and dy is read, so that a
 * block is not read and written again for it. The numbers are those of the two layers. */
#include <math.h>

#include "lib/nn/dropout.h"
#include "lib/nn/init.h"
#include "lib/nn/layer_types.h"

struct batch_norm_cfg {
    char *name;
    double momentum, epsilon;
};

struct state {
    const struct mt_kernels *k;
    const struct mt_layer *dropout; /* absorbed, or NULL */
    struct mt_tensor *gamma, *beta, *moving_mean, *moving_variance;
    float *part[2];        /* [block][C]: means and squares, then the two sums of backward */
    float *mean, *scale;   /* (C) of this pass; scale is s above */
    float *inverse;        /* (C): 1 / sqrt(variance + epsilon) */
    float *offset, *along; /* (C): sum dy / m and (sum dy d) / (m (variance + epsilon)) */
};

static const struct mt_field fields[] = {
    {.name = "momentum",
     .type = MT_REAL,
     .offset = offsetof(struct batch_norm_cfg, momentum),
     .def = "0.99",
     .min = 0,
     .max = 1,
     .help = "Part of the moving mean and variance that stays at each step."},
    {.name = "epsilon",
     .type = MT_REAL,
     .offset = offsetof(struct batch_norm_cfg, epsilon),
     .def = "1e-3",
     .min = 0,
     .max = MT_NO_MAX,
     .flags = MT_F_ABOVE_MIN,
     .help = "Added to the variance."},
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct batch_norm_cfg, name),
     .help = "Name of the layer."},
    {0},
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    (void)err;
    l->out = l->in;
    return 0;
}

static bool absorb(struct mt_layer *l, const struct mt_layer *next)
{
    struct state *s = l->state;
    if (s->dropout || next->type != &mt_dropout)
        return false;
    s->dropout = next;
    return true;
}

static int plane(const struct mt_layer *l)
{
    return l->in.h * l->in.w;
}

static int lanes_of(const struct mt_pass *p, int block)
{
    int left = p->n - block * MT_LANES;
    return left < MT_LANES ? left : MT_LANES;
}

/* ---- forward ---- */

static void set_scale(struct mt_layer *l, int c, double mean, double variance)
{
    struct state *s = l->state;
    double inverse = 1.0 / sqrt(variance + ((const struct batch_norm_cfg *)l->cfg)->epsilon);
    s->mean[c] = (float)mean;
    s->inverse[c] = (float)inverse;
    s->scale[c] = (float)(s->gamma->data[c] * inverse);
}

static bool follows_batch(const struct mt_layer *l, const struct mt_pass *p)
{
    return p->training && !l->frozen;
}

static void prepare(struct mt_layer *l, const struct mt_pass *p, int index, int worker)
{
    const struct state *s = l->state;
    (void)index;
    (void)worker;
    for (int c = 0; !follows_batch(l, p) && c < l->in.c; c++)
        set_scale(l, c, s->moving_mean->data[c], s->moving_variance->data[c]);
}

static void moments(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct state *s = l->state;
    size_t at = (size_t)block * (size_t)l->in.c;
    if (follows_batch(l, p))
        s->k->norm.moments(l->in.c, plane(l), lanes_of(p, block), mt_act_at(&l->x, block, worker),
                           s->part[0] + at, s->part[1] + at);
}

static void move(float *moving, double value, double momentum)
{
    *moving = (float)(momentum * *moving + (1.0 - momentum) * value);
}

static void combine(struct mt_layer *l, const struct mt_pass *p, int index, int worker)
{
    const struct batch_norm_cfg *cfg = l->cfg;
    const struct state *s = l->state;
    (void)index;
    (void)worker;
    double m = (double)p->n * plane(l);
    double unbiased = plane(l) > 1 ? m / (m - 1.0) : 1.0;
    for (int c = 0; follows_batch(l, p) && c < l->in.c; c++) {
        const float *part_mean = s->part[0] + c, *part_square = s->part[1] + c;
        double mean = 0.0, square = 0.0;
        for (int b = 0; b < p->blocks; b++)
            mean += (double)part_mean[b * l->in.c] * lanes_of(p, b);
        mean /= p->n;
        for (int b = 0; b < p->blocks; b++) {
            double off = part_mean[b * l->in.c] - mean;
            square += part_square[b * l->in.c] + off * off * lanes_of(p, b) * plane(l);
        }
        set_scale(l, c, mean, square / m);
        move(&s->moving_mean->data[c], mean, cfg->momentum);
        move(&s->moving_variance->data[c], square / m * unbiased, cfg->momentum);
    }
}

static void normalize(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct state *s = l->state;
    struct mt_norm_keep keep;
    const bool drops = s->dropout && mt_dropout_draw(s->dropout, p, block, &keep);
    s->k->norm.apply(l->in.c, plane(l), mt_act_at(&l->x, block, worker), s->mean, s->scale, s->beta->data,
                     drops ? &keep : NULL, mt_act_at(&l->y, block, worker));
}

/* ---- backward ---- */

/* What the absorbed dropout did to this block, in `room`; NULL without one. */
static const struct mt_norm_keep *mask(const struct state *s, int block, struct mt_norm_keep *room)
{
    if (!s->dropout)
        return NULL;
    mt_dropout_mask(s->dropout, block, room);
    return room;
}

static void sums(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    size_t at = (size_t)block * (size_t)l->in.c;
    struct mt_norm_keep room;
    s->k->norm.sums(l->in.c, plane(l), mt_act_at(&l->x, block, worker), mt_act_at(&l->dy, block, worker),
                    s->mean, mask(s, block, &room), s->part[0] + at, s->part[1] + at);
}

static void combine_sums(struct mt_layer *l, const struct mt_pass *p, int index, int worker)
{
    const struct state *s = l->state;
    (void)index;
    (void)worker;
    double m = (double)p->n * plane(l);
    for (int c = 0; c < l->in.c; c++) {
        double sum = 0.0, dot = 0.0, inverse = s->inverse[c];
        for (int b = 0; b < p->blocks; b++) {
            sum += s->part[0][b * l->in.c + c];
            dot += s->part[1][b * l->in.c + c];
        }
        s->beta->grad[c] = (float)sum;
        s->gamma->grad[c] = (float)(dot * inverse);
        s->offset[c] = l->frozen ? 0.0f : (float)(sum / m);
        s->along[c] = l->frozen ? 0.0f : (float)(dot * inverse * inverse / m);
    }
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct state *s = l->state;
    struct mt_norm_keep room;
    if (l->dx.data)
        s->k->norm.backward(l->in.c, plane(l), lanes_of(p, block), mt_act_at(&l->x, block, worker),
                            mt_act_at(&l->dy, block, worker), s->mean, s->scale, s->offset, s->along,
                            mask(s, block, &room), mt_act_at(&l->dx, block, worker));
}

static const struct mt_phase prepare_phases[] = {{MT_ONCE, prepare, NULL}, {0}};
/* A network that is not trained starts with the last. */
static const struct mt_phase forward_phases[] = {
    {MT_PER_BLOCK, moments, NULL}, {MT_ONCE, combine, NULL}, {MT_PER_BLOCK, normalize, NULL}, {0}};
static const struct mt_phase backward_phases[] = {
    {MT_PER_BLOCK, sums, NULL}, {MT_ONCE, combine_sums, NULL}, {MT_PER_BLOCK, backward, NULL}, {0}};

/* ---- setup ---- */

static int plan_scratch(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct state *s = l->state;
    size_t C = (size_t)l->in.c, parts = p->training ? C * (size_t)p->max_blocks : 0;
    float **const of_channels[] = {&s->mean, &s->scale, &s->inverse, &s->offset, &s->along};
    for (int i = 0; i < 2; i++)
        if (mt_plan_add(p->plan, MT_AREA_SCRATCH, &s->part[i], parts, sizeof(float), err) < 0)
            return -1;
    for (size_t i = 0; i < sizeof of_channels / sizeof *of_channels; i++)
        if (mt_plan_add(p->plan, MT_AREA_SCRATCH, of_channels[i], C, sizeof(float), err) < 0)
            return -1;
    return 0;
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct state *s = l->state;
    const struct {
        struct mt_tensor **where;
        const char *what;
        bool trainable;
    } tensors[] = {{&s->gamma, "gamma", true},
                   {&s->beta, "beta", true},
                   {&s->moving_mean, "moving_mean", false},
                   {&s->moving_variance, "moving_variance", false}};
    s->k = p->kernels;
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        struct mt_tensor_spec spec = {
            l->name, tensors[i].what, 1, {l->in.c}, .trainable = tensors[i].trainable};
        *tensors[i].where = mt_tensors_add(p->tensors, p->plan, &spec, err);
        if (!*tensors[i].where)
            return -1;
    }
    l->keep_y = false;
    if (!p->training)
        l->forward = forward_phases + 2;
    if (s->dropout && mt_dropout_plan(s->dropout, p, err) < 0)
        return -1;
    return plan_scratch(l, p, err);
}

static void init(struct mt_layer *l, uint64_t seed)
{
    const struct state *s = l->state;
    (void)seed;
    mt_init_constant(s->gamma, 1.0f);
    mt_init_constant(s->beta, 0.0f);
    mt_init_constant(s->moving_mean, 0.0f);
    mt_init_constant(s->moving_variance, 1.0f);
}

const struct mt_layer_type mt_batch_norm = {
    .kind = {.name = "batch_norm",
             .help = "Normalizes each channel over the batch, then scales and shifts it.",
             .cfg_size = sizeof(struct batch_norm_cfg),
             .fields = fields},
    .short_name = "bn",
    .state_size = sizeof(struct state),
    .in_place = true,
    .shape = shape,
    .absorb = absorb,
    .plan = plan,
    .init = init,
    .forward = forward_phases,
    .backward = backward_phases,
    .prepare = prepare_phases,
};
