/* dense.c: y = f(W x + b): x (I), W (O,I), b (O), y (O).
 *
 * With z = W x + b:  dz = dy f'(z),  dx = W^T dz,  dW = sum over samples of dz x^T,  db = sum of dz.
 *
 * Small weights stay in the second cache, so the products of one block of samples are done where the block is
 * (PER_BLOCK). Large ones are read once per pass for the whole batch, cut into tiles of outputs and pieces of
 * the summed inputs; partial sums of the pieces are added in order. The cut depends on (I,O) alone, so a
 * sample's numbers do not depend on the batch. */
#include <stdio.h>

#include "lib/nn/activation.h"
#include "lib/nn/init.h"
#include "lib/nn/layer_types.h"

#define SMALL_WEIGHTS (65536 * 4) /* bytes */
#define PIECE 2048                /* inputs; fewer pieces than MAX_PIECES are at least this long */
#define MAX_PIECES 16

struct dense_cfg {
    char *name;
    int64_t units;
    bool bias;
    int activation;
    double l2;
};

struct state {
    const struct mt_kernels *k;
    struct mt_tensor *kernel, *bias; /* bias may be NULL */
    enum mt_activation f;
    float slope;
    int inputs, outputs;
    int pieces, group; /* of inputs; outputs of one forward tile */
    float *part;       /* [piece][block][O][16]; NULL for one piece, whose sums go to y */
    size_t part_stride;
};

static const struct mt_field fields[] = {
    {.name = "units",
     .type = MT_INT,
     .offset = offsetof(struct dense_cfg, units),
     .min = 1,
     .max = 1e6,
     .flags = MT_F_REQUIRED,
     .help = "Number of outputs."},
    {.name = "activation",
     .type = MT_CHOICE,
     .offset = offsetof(struct dense_cfg, activation),
     .def = "linear",
     .choices = mt_activation_names,
     .help = "Function applied to the outputs."},
    {.name = "bias",
     .type = MT_BOOL,
     .offset = offsetof(struct dense_cfg, bias),
     .def = "true",
     .help = "Whether a learned constant is added to each output."},
    {.name = "l2",
     .type = MT_REAL,
     .offset = offsetof(struct dense_cfg, l2),
     .def = "0",
     .min = 0,
     .max = MT_NO_MAX,
     .help = "Adds l2 times the sum of the squared weights to the loss."},
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct dense_cfg, name),
     .help = "Name of the layer."},
    {0},
};

static int shape(struct mt_layer *l, struct mt_err *err)
{
    const struct dense_cfg *cfg = l->cfg;
    if (l->in.h != 1 || l->in.w != 1)
        return mt_err_set(err, MT_ERR_USAGE,
                          "takes a vector but gets %dx%dx%d; put flatten or global_avg_pool before it",
                          l->in.c, l->in.h, l->in.w);
    l->out = (struct mt_shape){(int)cfg->units, 1, 1};
    return 0;
}

static bool absorb(struct mt_layer *l, const struct mt_layer *next)
{
    const struct dense_cfg *cfg = l->cfg;
    struct state *s = l->state;
    int f = mt_activation_of(next);
    if (f < 0 || cfg->activation != MT_LINEAR || s->f != MT_LINEAR)
        return false;
    s->f = (enum mt_activation)f;
    s->slope = (float)((const struct mt_activation_cfg *)next->cfg)->slope;
    return true;
}

/* ---- phases ---- */

static const float *bias_of(const struct state *s)
{
    return s->bias ? s->bias->data : NULL;
}

/* y = f(sum of parts + bias) for one block. */
static void finish(const struct state *s, float *y, const float *part)
{
    s->k->dense.finish(y, part, s->pieces, s->part_stride, bias_of(s), s->outputs);
    mt_activate(s->k, s->f, s->slope, y, y, (size_t)s->outputs * MT_LANES);
}

static void forward_block(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    float *y = mt_act_at(&l->y, block, worker);
    const struct mt_dense_matrix W = {s->kernel->data, (size_t)s->inputs, 1, s->outputs, s->inputs};
    s->k->dense.product(&W, 1, mt_act_at(&l->x, block, worker), 0, y, 0, false);
    finish(s, y, y);
}

static int groups(const struct state *s)
{
    return (s->outputs - 1) / s->group + 1;
}

static int forward_tiles(const struct mt_layer *l, const struct mt_pass *p)
{
    (void)p;
    const struct state *s = l->state;
    return s->pieces * groups(s);
}

static void forward_tile(struct mt_layer *l, const struct mt_pass *p, int tile, int worker)
{
    (void)worker;
    const struct state *s = l->state;
    int piece = tile / groups(s), o = tile % groups(s) * s->group;
    int first = (int)((long)piece * s->inputs / s->pieces),
        last = (int)((long)(piece + 1) * s->inputs / s->pieces);
    const struct mt_dense_matrix W = {
        .w = s->kernel->data + (size_t)o * (size_t)s->inputs + first,
        .row_stride = (size_t)s->inputs,
        .depth_stride = 1,
        .rows = s->outputs - o < s->group ? s->outputs - o : s->group,
        .depth = last - first,
    };
    size_t block = (size_t)s->outputs * MT_LANES;
    float *sums = s->part ? s->part + (size_t)piece * s->part_stride : l->y.data;
    size_t sums_stride = s->part ? block : l->y.stride;
    s->k->dense.product(&W, p->blocks, l->x.data + (size_t)first * MT_LANES, l->x.stride,
                        sums + (size_t)o * MT_LANES, sums_stride, false);
    if (s->part)
        return;
    for (int b = 0; b < p->blocks; b++) {
        float *y = l->y.data + (size_t)b * l->y.stride + (size_t)o * MT_LANES;
        s->k->dense.finish(y, y, 1, 0, s->bias ? s->bias->data + o : NULL, W.rows);
        mt_activate(s->k, s->f, s->slope, y, y, (size_t)W.rows * MT_LANES);
    }
}

static void forward_end(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    finish(s, mt_act_at(&l->y, block, worker), s->part + (size_t)block * (size_t)s->outputs * MT_LANES);
}

/* dy becomes dz. */
static void backward_activation(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    float *dy = mt_act_at(&l->dy, block, worker);
    mt_activate_backward(s->k, s->f, s->slope, dy, dy, mt_act_at(&l->y, block, worker),
                         (size_t)s->outputs * MT_LANES);
}

static int column_tiles(const struct state *s, const struct mt_pass *p)
{
    return (s->inputs - 1) / mt_dense_panel(s->inputs, p->blocks) + 1;
}

static int weight_tiles(const struct mt_layer *l, const struct mt_pass *p)
{
    const struct state *s = l->state;
    return column_tiles(s, p) + (s->bias != NULL);
}

static void weight_panel(struct mt_layer *l, const struct mt_pass *p, int tile, const float *next)
{
    const struct state *s = l->state;
    if (tile == column_tiles(s, p)) {
        s->k->dense.bias(s->outputs, p->blocks, l->dy.data, l->dy.stride, s->bias->grad);
        return;
    }
    const int panel = mt_dense_panel(s->inputs, p->blocks), i = tile * panel,
              n = s->inputs - i < panel ? s->inputs - i : panel;
    s->k->dense.weights(s->outputs, n, p->blocks, l->dy.data, l->dy.stride, l->x.data + (size_t)i * MT_LANES,
                        l->x.stride, s->kernel->grad + i, (size_t)s->inputs, next ? next + i : NULL);
}

static void weight_tile(struct mt_layer *l, const struct mt_pass *p, int tile, int worker)
{
    (void)worker;
    weight_panel(l, p, tile, NULL);
}

static struct mt_dense_matrix transposed(const struct state *s, int first, int n)
{
    return (struct mt_dense_matrix){s->kernel->data + first, 1, (size_t)s->inputs, n, s->outputs};
}

static void backward_block(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    (void)p;
    const struct state *s = l->state;
    const struct mt_dense_matrix W = transposed(s, 0, s->inputs);
    if (l->dx.data)
        s->k->dense.product(&W, 1, mt_act_at(&l->dy, block, worker), 0, mt_act_at(&l->dx, block, worker), 0,
                            false);
}

/* dW and dx of the same inputs, so that x, W and dW are each visited once. */
static void backward_tile(struct mt_layer *l, const struct mt_pass *p, int tile, int worker)
{
    (void)worker;
    const struct state *s = l->state;
    weight_panel(l, p, tile, l->dx.data ? s->kernel->data : NULL);
    if (!l->dx.data || tile == column_tiles(s, p))
        return;
    const int panel = mt_dense_panel(s->inputs, p->blocks), i = tile * panel,
              n = s->inputs - i < panel ? s->inputs - i : panel;
    const struct mt_dense_matrix W = transposed(s, i, n);
    s->k->dense.product(&W, p->blocks, l->dy.data, l->dy.stride, l->dx.data + (size_t)i * MT_LANES,
                        l->dx.stride, false);
}

static const struct mt_phase forward_small[] = {{MT_PER_BLOCK, forward_block, NULL}, {0}};
static const struct mt_phase forward_large[] = {{MT_PER_TILE, forward_tile, forward_tiles}, {0}};
static const struct mt_phase forward_pieces[] = {
    {MT_PER_TILE, forward_tile, forward_tiles}, {MT_PER_BLOCK, forward_end, NULL}, {0}};
/* A linear layer starts behind the first. */
static const struct mt_phase backward_small[] = {{MT_PER_BLOCK, backward_activation, NULL},
                                                 {MT_PER_TILE, weight_tile, weight_tiles},
                                                 {MT_PER_BLOCK, backward_block, NULL},
                                                 {0}};
static const struct mt_phase backward_large[] = {
    {MT_PER_BLOCK, backward_activation, NULL}, {MT_PER_TILE, backward_tile, weight_tiles}, {0}};

/* ---- setup ---- */

static int plan_tensors(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    const struct dense_cfg *cfg = l->cfg;
    struct state *s = l->state;
    const struct mt_tensor_spec kernel = {
        l->name, "kernel", 2, {s->outputs, s->inputs}, .trainable = true, .decay = true, .l2 = cfg->l2};
    const struct mt_tensor_spec bias = {l->name, "bias", 1, {s->outputs}, .trainable = true};
    s->kernel = mt_tensors_add(p->tensors, p->plan, &kernel, err);
    if (!s->kernel)
        return -1;
    if (!cfg->bias)
        return 0;
    s->bias = mt_tensors_add(p->tensors, p->plan, &bias, err);
    return s->bias ? 0 : -1;
}

static void cut(struct state *s)
{
    s->pieces = s->inputs / PIECE < 1 ? 1 : s->inputs / PIECE > MAX_PIECES ? MAX_PIECES : s->inputs / PIECE;
    s->group = s->pieces >= MAX_PIECES / 2 ? 128 : 32;
}

static int plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    const struct dense_cfg *cfg = l->cfg;
    struct state *s = l->state;
    s->k = p->kernels;
    s->inputs = l->in.c;
    s->outputs = l->out.c;
    s->pieces = 1;
    if (cfg->activation != MT_LINEAR) {
        s->f = (enum mt_activation)cfg->activation;
        s->slope = (float)MT_LEAKY_SLOPE;
    }
    if (plan_tensors(l, p, err) < 0)
        return -1;
    bool large = s->kernel->count * sizeof(float) > SMALL_WEIGHTS;
    if (large)
        cut(s);
    if (s->pieces > 1) {
        s->part_stride = (size_t)p->max_blocks * (size_t)s->outputs * MT_LANES;
        if (mt_plan_add(p->plan, MT_AREA_SCRATCH, &s->part, (size_t)s->pieces * s->part_stride,
                        sizeof *s->part, err) < 0)
            return -1;
    }
    l->keep_y = s->f != MT_LINEAR;
    l->forward = !large ? forward_small : s->pieces > 1 ? forward_pieces : forward_large;
    l->backward = (large ? backward_large : backward_small) + (s->f == MT_LINEAR);
    return 0;
}

static void init(struct mt_layer *l, uint64_t seed)
{
    const struct state *s = l->state;
    mt_init_glorot(s->kernel, seed, s->inputs, s->outputs);
    if (s->bias)
        mt_init_constant(s->bias, 0.0f);
}

static void kernel(const struct mt_layer *l, char text[MT_KERNEL_TEXT])
{
    const struct state *s = l->state;
    if (l->forward == forward_small)
        snprintf(text, MT_KERNEL_TEXT, "per block");
    else
        snprintf(text, MT_KERNEL_TEXT, "%d piece%s by %d outputs", s->pieces, s->pieces == 1 ? "" : "s",
                 s->group);
}

const struct mt_layer_type mt_dense = {
    .kind = {.name = "dense",
             .help = "Each output is a weighted sum of all inputs.",
             .cfg_size = sizeof(struct dense_cfg),
             .fields = fields},
    .short_name = "dense",
    .state_size = sizeof(struct state),
    .shape = shape,
    .absorb = absorb,
    .plan = plan,
    .init = init,
    .forward = forward_large,
    .backward = backward_large,
    .kernel = kernel,
};
