/* conv2d_winograd.c: which of a convolution's sums are made by Winograd's minimal filtering, what they need,
 * and the phases of a layer that has any; its other sums are the direct ones. */
#include "lib/nn/conv2d_winograd.h"

#include <stdio.h>

#define FEW_TILES 4             /* fewer in a strip leave the product's registers empty */
#define GROUP_BYTES (320 << 10) /* of the transforms of a group of filters */

/* ---- cuts ---- */

struct mt_winograd_grid mt_winograd_grid(int outputs, int h, int w, int multiple)
{
    struct mt_winograd_grid g = {
        .outputs = outputs,
        .positions = mt_winograd_positions(outputs),
        .tile_rows = mt_conv_tiles(h, outputs),
        .tile_cols = mt_conv_tiles(w, outputs),
    };
    int step = 1;
    while (step * outputs % multiple)
        step++;
    for (g.strip = step; g.strip * g.tile_cols < FEW_TILES && g.strip < g.tile_rows;)
        g.strip += step;
    g.strip = g.strip < g.tile_rows ? g.strip : g.tile_rows;
    return g;
}

int mt_winograd_group(int all, size_t floats)
{
    const size_t fit = GROUP_BYTES / (floats * sizeof(float));
    const int most = fit < 12 ? 12 : fit < (size_t)all ? (int)fit / 12 * 12 : all;
    return mt_conv_tiles(all, mt_conv_tiles(all, most));
}

/* ---- choice ---- */

#define LEAST_CHANNELS 8         /* transforms cost more than they save with fewer, on either side */
#define STRIP_BYTES (3 << 19)    /* of the transforms of a strip, so that they stay in the second cache */
#define GRADIENT_BYTES (4 << 20) /* of dz, which has to be there whole */

static bool possible(const struct mt_conv2d *c)
{
    return c->vertical.kernel == 3 && c->horizontal.kernel == 3 && c->vertical.stride == 1 &&
           c->horizontal.stride == 1;
}

/* Multiplications of a channel and filter. */
static long direct_products(const struct mt_conv2d *c)
{
    long rows = 0, cols = 0;
    for (int i = 0; i < 3; i++) {
        rows += c->tap_rows[i].to - c->tap_rows[i].from;
        cols += c->tap_cols[i].to - c->tap_cols[i].from;
    }
    return rows * cols;
}

static long winograd_products(int outputs, int h, int w)
{
    const struct mt_winograd_grid g = mt_winograd_grid(outputs, h, w, 1);
    return (long)g.tile_rows * g.tile_cols * g.positions;
}

/* Outputs of a tile for sums of h x w from `channels` channels, 0: direct. */
static int choose(const struct mt_conv2d *c, int h, int w, int multiple, int channels)
{
    const long four = winograd_products(4, h, w), two = winograd_products(2, h, w);
    const int outputs = four <= two ? 4 : 2;
    const struct mt_winograd_grid g = mt_winograd_grid(outputs, h, w, multiple);
    const size_t strip = (size_t)(channels * g.positions * g.strip * g.tile_cols) * MT_LANES * sizeof(float);
    return 2 * (four <= two ? four : two) <= direct_products(c) && strip <= STRIP_BYTES ? outputs : 0;
}

void mt_conv2d_choose(struct mt_conv2d *c, const struct mt_layer_plan *p)
{
    struct mt_conv2d_winograd *w = &c->winograd;
    if (p->conv == MT_CONV_DIRECT || !possible(c))
        return;
    if (p->conv != MT_CONV_WINOGRAD) {
        w->forward = w->input = w->weights = p->conv == MT_CONV_WINOGRAD_2X2 ? 2 : 4;
    } else if (c->in.c >= LEAST_CHANNELS && c->z.c >= LEAST_CHANNELS) {
        const bool fits = mt_shape_count(c->z) * MT_LANES * sizeof(float) <= GRADIENT_BYTES;
        const int channels = mt_blocks(c->in.c) * MT_LANES;
        w->forward = choose(c, c->z.h, c->z.w, c->pool ? c->pool_h : 1, c->in.c);
        w->input = fits ? choose(c, c->in.h, c->in.w, 1, c->z.c) : 0;
        w->weights = fits && 4 * c->in.c >= 3 * channels ? choose(c, c->z.h, c->z.w, 1, channels) : 0;
    }
    if (!p->want_dx)
        w->input = 0;
    if (!p->training)
        w->weights = 0;
}

/* ---- weights ---- */

static int forward_tiles(const struct mt_conv2d *c)
{
    return c->winograd.forward ? c->z.c : 0;
}

/* Where y or dx is direct, its weights are packed as ever. */
static int direct_tiles(const struct mt_layer *l, const struct mt_pass *p)
{
    const struct mt_conv2d *c = l->state;
    bool direct = !c->winograd.forward || (c->want_dx && !c->winograd.input);
    return direct ? mt_conv2d_prepare[0].tiles(l, p) : 0;
}

/* The direct weights, then the transforms, of a filter or a channel each. */
static int prepare_tiles(const struct mt_layer *l, const struct mt_pass *p)
{
    const struct mt_conv2d *c = l->state;
    return direct_tiles(l, p) + forward_tiles(c) + (c->winograd.input ? c->in.c : 0);
}

/* u[position][o][ch] of one filter, or [position][ch][o] of one channel. */
static void transform_weights(const struct mt_conv2d *c, bool back, int i)
{
    const int others = back ? c->z.c : c->in.c, outputs = back ? c->winograd.input : c->winograd.forward;
    const size_t all = (size_t)c->in.c * (size_t)c->z.c, filter = (size_t)c->in.c * MT_WINOGRAD_TAPS;
    float *u = (back ? c->winograd.u_back : c->winograd.u) + (size_t)i * (size_t)others;
    for (int other = 0; other < others; other++) {
        const size_t o = (size_t)(back ? other : i), ch = (size_t)(back ? i : other);
        mt_winograd_weights(outputs, c->kernel->data + o * filter + ch * MT_WINOGRAD_TAPS, back, u + other,
                            all);
    }
}

static void prepare(struct mt_layer *l, const struct mt_pass *p, int tile, int worker)
{
    const struct mt_conv2d *c = l->state;
    const int i = tile - direct_tiles(l, p), forward = forward_tiles(c);
    if (i < 0)
        mt_conv2d_prepare[0].run(l, p, tile, worker);
    else
        transform_weights(c, i >= forward, i < forward ? i : i - forward);
}

/* ---- memory ---- */

/* dz of the block, then what one sum after the other needs, then the bias's sums. */
static size_t dz_floats(const struct mt_conv2d *c)
{
    return c->pool ? mt_shape_count(c->z) * MT_LANES : 0;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t sum_floats(const struct mt_conv2d *c)
{
    const struct mt_conv2d_winograd *w = &c->winograd;
    return larger(w->input ? mt_winograd_input_scratch(c) : 0,
                  w->weights ? mt_winograd_weights_scratch(c) : mt_conv2d_acc_floats(c));
}

/* ---- blocks ---- */

static const float *spread(const struct mt_conv2d *c, const float *dy, int block, float *dz)
{
    if (!c->pool)
        return dy;
    float *row = dz;
    for (int f = 0; f < c->z.c; f++)
        for (int r = 0; r < c->z.h; r++, row += c->z.w * MT_LANES)
            mt_conv2d_spread_row(c, dy, block, f, r, row);
    return dz;
}

static void weight_gradient(const struct mt_conv2d *c, const struct mt_pass *p, const float *x,
                            const float *dz, int block, int worker, float *scratch, float *partial)
{
    const int shard = mt_shard_of(block, p->shards, p->blocks);
    const bool add = block > mt_shard_start(shard, p->shards, p->blocks);
    if (!c->winograd.weights) {
        mt_conv2d_weight_gradient(c, x, dz, scratch, partial, add);
        return;
    }
    float *du = c->winograd.du + (size_t)worker * c->winograd.du_stride;
    mt_winograd_weight_gradient(c, x, dz, scratch, du, add);
    if (block + 1 == mt_shard_start(shard + 1, p->shards, p->blocks))
        mt_winograd_finish_weights(c, du, partial);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    const int shard = mt_shard_of(block, p->shards, p->blocks);
    float *dy = mt_act_at(&l->dy, block, worker), *scratch = mt_scratch_at(c->scratch, worker);
    float *sums = scratch + dz_floats(c), *partial = c->partial + (size_t)shard * c->partial_stride;
    mt_conv2d_undo_activation(c, dy, c->f == MT_LINEAR ? NULL : mt_act_at(&l->y, block, worker));
    const float *dz = spread(c, dy, block, scratch);
    if (l->dx.data && c->winograd.input)
        mt_winograd_input_gradient(c, dz, sums, mt_act_at(&l->dx, block, worker));
    else if (l->dx.data)
        mt_conv2d_input_gradient(c, dz, mt_act_at(&l->dx, block, worker));
    weight_gradient(c, p, mt_act_at(&l->x, block, worker), dz, block, worker, sums, partial);
    if (c->bias)
        mt_conv2d_bias_gradient(c, dz, sums + sum_floats(c), partial,
                                block > mt_shard_start(shard, p->shards, p->blocks));
}

static const struct mt_phase prepare_list[] = {{MT_PER_TILE, prepare, prepare_tiles}, {0}};
static const struct mt_phase forward_list[] = {{MT_PER_BLOCK, mt_winograd_forward, NULL}, {0}};
static const struct mt_phase backward_list[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

/* ---- plan ---- */

int mt_conv2d_plan_winograd(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct mt_conv2d *c = l->state;
    struct mt_conv2d_winograd *w = &c->winograd;
    const size_t weights = (size_t)c->in.c * (size_t)c->z.c;
    if (w->forward)
        l->forward = forward_list;
    if (w->input || w->weights)
        l->backward = backward_list;
    if (w->forward || w->input)
        l->prepare = prepare_list;
    if (w->forward)
        mt_scratch_need(p->scratch, mt_winograd_forward_scratch(c) * sizeof(float));
    if (w->input || w->weights)
        mt_scratch_need(p->scratch,
                        (dz_floats(c) + sum_floats(c) + (size_t)c->z.c * MT_LANES) * sizeof(float));
    if (w->forward && mt_plan_add(p->plan, MT_AREA_SCRATCH, &w->u,
                                  weights * (size_t)mt_winograd_positions(w->forward), sizeof *w->u, err) < 0)
        return -1;
    if (w->input &&
        mt_plan_add(p->plan, MT_AREA_SCRATCH, &w->u_back, weights * (size_t)mt_winograd_positions(w->input),
                    sizeof *w->u_back, err) < 0)
        return -1;
    w->du_stride = w->weights ? mt_winograd_du_floats(c) : 0;
    return w->weights ? mt_plan_add(p->plan, MT_AREA_SCRATCH, &w->du, (size_t)p->workers * w->du_stride,
                                    sizeof *w->du, err)
                      : 0;
}

int mt_conv2d_describe_winograd(const struct mt_conv2d *c, char text[MT_KERNEL_TEXT])
{
    const struct {
        const char *name;
        int outputs;
    } sum[] = {{"y", c->winograd.forward}, {"dx", c->winograd.input}, {"dw", c->winograd.weights}};
    int len = 0;
    for (int outputs = 4; outputs; outputs -= 2) {
        const char *before = NULL;
        for (int i = 0; i < 3; i++) {
            if (sum[i].outputs != outputs)
                continue;
            if (!before)
                len += snprintf(text + len, (size_t)(MT_KERNEL_TEXT - len), "%sF(%dx%d,3x3)",
                                len ? "; " : "winograd ", outputs, outputs);
            len += snprintf(text + len, (size_t)(MT_KERNEL_TEXT - len), "%s %s", before ? before : ":",
                            sum[i].name);
            before = ",";
        }
    }
    return len;
}
