/* conv2d_bf16.c: setup, weights and phases of the convolution over bf16 numbers. */
#include <string.h>

#include "lib/nn/conv2d.h"

#define MOST_SPREAD 4 /* zeros among the rows and columns of dz that the input gradient can still carry */

/* Of 9 taps of one channel a tile of 32 has little use, and the kernels for first layers are faster. */
static bool better_in_float32(const struct mt_conv2d *c)
{
    return c->in.c == 1 && mt_conv2d_stem_fits(c, false);
}

bool mt_conv2d_bf16_suits(const struct mt_conv2d *c)
{
    return !better_in_float32(c) && c->vertical.stride * c->horizontal.stride <= MOST_SPREAD;
}

/* ---- setup ---- */

/* Rows of z at a time: whole windows, or enough that a call is worth its while. */
static int rows_at_a_time(const struct mt_conv2d *c)
{
    return c->pool == MT_POOL_NONE ? 4 : c->pool_h;
}

static ptrdiff_t
z_filter(const struct mt_conv2d *c) /* in scratch: odd vectors, so that filters do not meet */
{
    return ((ptrdiff_t)rows_at_a_time(c) * c->z.w | 1) * MT_LANES;
}

static void cut_maps(struct mt_conv2d *c)
{
    const struct mt_conv_axis *v = &c->vertical, *h = &c->horizontal;
    c->bf16.forward = (struct mt_conv2d_map){
        .from = c->in,
        .to = c->z,
        .kh = v->kernel,
        .kw = h->kernel,
        .step_h = v->stride,
        .step_w = h->stride,
        .spread_h = 1,
        .spread_w = 1,
        .before_h = v->before,
        .before_w = h->before,
        .some = rows_at_a_time(c),
    };
    c->bf16.backward = (struct mt_conv2d_map){
        .from = c->z,
        .to = c->in,
        .kh = v->kernel,
        .kw = h->kernel,
        .step_h = 1,
        .step_w = 1,
        .spread_h = v->stride,
        .spread_w = h->stride,
        .before_h = v->kernel - 1 - v->before,
        .before_w = h->kernel - 1 - h->before,
        .some = 4,
    };
    mt_conv2d_map_cut(&c->bf16.forward);
    mt_conv2d_map_cut(&c->bf16.backward);
}

static int plan_map(struct mt_conv2d_map *m, const struct mt_layer_plan *p, struct mt_err *err)
{
    const size_t tiles = (size_t)((m->to.c + 15) / 16 * m->kh * m->tiles);
    const size_t filters = (size_t)((m->to.c + 31) / 32 * 32);
    return mt_plan_add(p->plan, MT_AREA_SCRATCH, &m->weights, tiles * MT_BF16_TILE, sizeof *m->weights, err) <
                       0 ||
                   mt_plan_add(p->plan, MT_AREA_SCRATCH, &m->start, filters * MT_LANES, sizeof *m->start,
                               err) < 0
               ? -1
               : 0;
}

int mt_conv2d_bf16_plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err)
{
    struct mt_conv2d *c = l->state;
    c->bf16.engine = p->bf16;
    cut_maps(c);
    l->prepare = mt_conv2d_bf16_prepare;
    l->forward = mt_conv2d_bf16_forward;
    l->backward = mt_conv2d_bf16_backward;
    l->finish = mt_conv2d_bf16_sums_finish;
    mt_scratch_need(p->scratch, mt_conv2d_map_scratch(&c->bf16.forward) + 32 * (size_t)z_filter(c) * 4);
    if (plan_map(&c->bf16.forward, p, err) < 0)
        return -1;
    if (!p->training)
        return 0;
    mt_conv2d_sums_cut(c);
    mt_scratch_need(p->scratch, mt_conv2d_sums_scratch(c));
    if (p->want_dx) {
        mt_scratch_need(p->scratch, mt_conv2d_map_scratch(&c->bf16.backward));
        if (plan_map(&c->bf16.backward, p, err) < 0)
            return -1;
    }
    c->partial_stride = (mt_conv2d_sums_floats(&c->bf16.sums) + (size_t)c->z.c + 15) / 16 * 16;
    return mt_plan_add(p->plan, MT_AREA_SCRATCH, &c->partial, (size_t)p->max_shards * c->partial_stride,
                       sizeof *c->partial, err);
}

/* ---- weights ---- */

static int map_tiles(const struct mt_conv2d_map *m)
{
    return m->weights ? (m->to.c + 15) / 16 : 0;
}

static int prepare_tiles(const struct mt_layer *l, const struct mt_pass *p)
{
    (void)p;
    const struct mt_conv2d *c = l->state;
    return map_tiles(&c->bf16.forward) + map_tiles(&c->bf16.backward);
}

/* w of filter `to` of a map, its channel `from` and tap (i,k). */
static float weight(const struct mt_conv2d *c, bool back, int to, int from, int i, int k)
{
    const int kh = c->vertical.kernel, kw = c->horizontal.kernel;
    const int o = back ? from : to, ch = back ? to : from, tap = back ? kh * kw - 1 - i * kw - k : i * kw + k;
    return c->kernel->data[(size_t)(o * c->in.c + ch) * (size_t)(kh * kw) + (size_t)tap];
}

/* Row `to` of the A's of a kernel row. */
static void pack_row(const struct mt_conv2d *c, const struct mt_conv2d_map *m, bool back, int to, int i,
                     uint16_t *a)
{
    for (int e = 0; e < m->tiles * 32; e++) {
        const int k = e / (2 * m->pairs), from = e % (2 * m->pairs);
        const bool there = to < m->to.c && k < m->kw && from < m->from.c;
        a[e / 32 * MT_BF16_TILE + e % 32] =
            there ? mt_bf16_round(weight(c, back, to, from, i, k)) : (uint16_t)0;
    }
}

static void set_start(const struct mt_conv2d *c, const struct mt_conv2d_map *m, bool back, int filter)
{
    const float value = !back && c->bias && filter < m->to.c ? c->bias->data[filter] : 0.0f;
    for (int l = 0; l < MT_LANES; l++)
        m->start[(size_t)filter * MT_LANES + (size_t)l] = value;
}

static void prepare(struct mt_layer *l, const struct mt_pass *p, int task, int worker)
{
    (void)p;
    (void)worker;
    const struct mt_conv2d *c = l->state;
    const bool back = task >= map_tiles(&c->bf16.forward);
    const struct mt_conv2d_map *m = back ? &c->bf16.backward : &c->bf16.forward;
    const int tile = back ? task - map_tiles(&c->bf16.forward) : task;
    uint16_t *to = m->weights + (size_t)(tile * m->kh * m->tiles) * MT_BF16_TILE;
    for (int f = 0; f < 16; f++) {
        set_start(c, m, back, tile * 16 + f);
        for (int i = 0; i < m->kh; i++)
            pack_row(c, m, back, tile * 16 + f, i, to + i * m->tiles * MT_BF16_TILE + f * 32);
    }
}

const struct mt_phase mt_conv2d_bf16_prepare[] = {{MT_PER_TILE, prepare, prepare_tiles}, {0}};

/* ---- rows ---- */

const float *mt_conv2d_row_of_x(const struct mt_conv2d_source *s, int channel, int row, float *room)
{
    (void)room;
    return s->data + (size_t)((channel * s->c->in.h + row) * s->c->in.w) * MT_LANES;
}

const float *mt_conv2d_row_of_dz(const struct mt_conv2d_source *s, int channel, int row, float *room)
{
    if (s->c->pool == MT_POOL_NONE)
        return s->data + (size_t)((channel * s->c->z.h + row) * s->c->z.w) * MT_LANES;
    mt_conv2d_spread_row(s->c, s->data, s->block, channel, row, room);
    return room;
}

/* ---- blocks ---- */

/* Rows [from, to) of z of the filters from `filter` on, which lie at z, are finished. */
static void finish_rows(const struct mt_conv2d *c, const struct mt_pass *p, int block, int filter, int from,
                        int to, float *z, ptrdiff_t z_step, float *y)
{
    const size_t y_plane = (size_t)(c->y.h * c->y.w) * MT_LANES,
                 n = (size_t)((to - from) * c->z.w) * MT_LANES;
    for (int f = filter; f < filter + 32 && f < c->z.c; f++, z += z_step) {
        if (c->pool == MT_POOL_NONE || (c->pool == MT_POOL_MEAN && c->f == MT_RELU))
            mt_activate(c->k, c->f, c->slope, z, z, n);
        if (c->pool)
            mt_conv2d_pool_rows(c, z, block, f, from, to, p->training, y + (size_t)f * y_plane);
    }
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    const struct mt_conv2d_map *m = &c->bf16.forward;
    const struct mt_conv2d_source x = {mt_conv2d_row_of_x, c, mt_act_at(&l->x, block, worker), block};
    const ptrdiff_t plane = (ptrdiff_t)(c->y.h * c->y.w) * MT_LANES;
    const uint32_t entered = c->bf16.engine->enter();
    char *scratch = mt_scratch_at(c->scratch, worker);
    float *y = mt_act_at(&l->y, block, worker), *room = (float *)(void *)(scratch + mt_conv2d_map_scratch(m));
    for (int top = 0; top < c->z.h; top += m->band) {
        const int end = top + m->band < c->z.h ? top + m->band : c->z.h;
        mt_conv2d_map_copy(m, &x, top, end, scratch);
        for (int f = 0; f < c->z.c; f += 32) {
            for (int from = top, to; from < end; from = to) {
                to = from + m->some < end ? from + m->some : end;
                float *z = c->pool ? room : y + f * plane + (ptrdiff_t)(from * c->z.w) * MT_LANES;
                const ptrdiff_t z_step = c->pool ? z_filter(c) : plane;
                mt_conv2d_map_run(m, c->bf16.engine, f, top, from, to, scratch, z, z_step);
                finish_rows(c, p, block, f, from, to, z, z_step, y);
            }
        }
    }
    c->bf16.engine->leave(entered);
}

static void input_gradient(const struct mt_conv2d *c, const struct mt_conv2d_source *dz, float *dx,
                           char *scratch)
{
    const struct mt_conv2d_map *m = &c->bf16.backward;
    const ptrdiff_t row = (ptrdiff_t)c->in.w * MT_LANES, plane = c->in.h * row;
    for (int top = 0; top < c->in.h; top += m->band) {
        const int end = top + m->band < c->in.h ? top + m->band : c->in.h;
        mt_conv2d_map_copy(m, dz, top, end, scratch);
        for (int ch = 0; ch < c->in.c; ch += 32)
            mt_conv2d_map_run(m, c->bf16.engine, ch, top, top, end, scratch, dx + ch * plane + top * row,
                              plane);
    }
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    const int shard = mt_shard_of(block, p->shards, p->blocks);
    float *dy = mt_act_at(&l->dy, block, worker);
    const struct mt_conv2d_source x = {mt_conv2d_row_of_x, c, mt_act_at(&l->x, block, worker), block};
    const struct mt_conv2d_source dz = {mt_conv2d_row_of_dz, c, dy, block};
    char *scratch = mt_scratch_at(c->scratch, worker);
    const uint32_t entered = c->bf16.engine->enter();
    mt_conv2d_undo_activation(c, dy, c->f == MT_LINEAR ? NULL : mt_act_at(&l->y, block, worker));
    mt_conv2d_sums_run(&x, &dz, c->partial + (size_t)shard * c->partial_stride,
                       block > mt_shard_start(shard, p->shards, p->blocks), scratch);
    if (l->dx.data)
        input_gradient(c, &dz, mt_act_at(&l->dx, block, worker), scratch);
    c->bf16.engine->leave(entered);
}

const struct mt_phase mt_conv2d_bf16_forward[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
const struct mt_phase mt_conv2d_bf16_backward[] = {{MT_PER_BLOCK, backward, NULL}, {0}};
