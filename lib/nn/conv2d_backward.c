/* conv2d_backward.c: gradients of one block, and the sums over shards.
 *
 *   dz = dy spread over the windows, times f'
 *   dx[ch] = sum over o of w[o][ch] turned around * dz[o]
 *   dw[o][ch] = dz[o] * x[ch],  db[o] = sum of dz[o]
 *
 * dz is dy itself, in place, where there is no pooling; else a band of its rows, as many as the second cache
 * holds, is made in scratch. dw is made in tiles of filters x channels (or x taps, where there are few
 * channels), each over patches of dz and x that the first cache holds, with one vector of 16 samples' sums
 * per weight; its lanes are added at the end. */
#include <math.h>
#include <string.h>

#include "lib/nn/conv2d.h"

#define PATCH 64             /* elements per plane of a patch */
#define FEW_CHANNELS 4       /* below it a tile of channels alone would be too small */
#define BAND_BYTES (1 << 20) /* of dz */

/* What one call works with. */
struct job {
    const struct mt_conv2d *c;
    const float *x, *dz; /* dz: row `top` of filter `first` */
    float *dx;           /* may be NULL */
    int first, filters;  /* the group of filters, and */
    int top;
    size_t dz_plane;
    float *acc;     /* sums of weights in lanes: [tiles of the band][channel][tap][filter][16] */
    float *db_acc;  /* [filters][16] */
    float *partial; /* of the block's shard */
    bool add;       /* not the first block of the shard */
};

/* ---- cuts ---- */

static int patch_width(const struct mt_conv2d *c)
{
    return c->z.w <= 2 * PATCH ? c->z.w : PATCH / 2;
}

static int patch_height(const struct mt_conv2d *c)
{
    return patch_width(c) < PATCH ? PATCH / patch_width(c) : 1;
}

/* Bands are whole patches: then the order of additions, and with it the result, does not depend on them. */
void mt_conv2d_cut(struct mt_conv2d *c)
{
    const int most = c->k->conv.outer_filters;
    c->group = c->want_dx || c->z.c < most ? c->z.c : most;
    const size_t row = (size_t)(c->group * c->z.w) * MT_LANES * sizeof(float);
    if (c->winograd.input || c->winograd.weights)
        c->group = c->z.c;
    if (c->pool == MT_POOL_NONE || c->winograd.input || c->winograd.weights || row * (size_t)c->z.h <= BAND_BYTES) {
        c->band = c->z.h;
        return;
    }
    const int rows = (int)(BAND_BYTES / 2 / row), height = patch_height(c);
    c->band = rows < height ? height : rows / height * height;
    c->band = c->band < c->z.h ? c->band : c->z.h;
}

/* ---- scratch: dz, sums of weights, sums of biases ---- */

static int kept_rows(const struct mt_conv2d *c) /* of dz from the band before that dx still needs */
{
    return c->want_dx ? (c->vertical.kernel - 1) / c->vertical.stride : 0;
}

static size_t dz_plane(const struct mt_conv2d *c)
{
    const int rows = c->pool && c->band < c->z.h ? c->band + kept_rows(c) : c->z.h;
    return (size_t)(rows * c->z.w) * MT_LANES;
}

static size_t dz_floats(const struct mt_conv2d *c)
{
    return c->pool ? (size_t)c->group * dz_plane(c) : 0;
}

static size_t tile_floats(const struct mt_conv2d *c)
{
    return (size_t)(c->k->conv.outer_filters * c->k->conv.outer_streams * mt_conv2d_taps(c)) * MT_LANES;
}

static size_t acc_floats(const struct mt_conv2d *c)
{
    if (c->band == c->z.h)
        return tile_floats(c);
    return tile_floats(c) * (size_t)mt_conv_tiles(c->group, c->k->conv.outer_filters) *
           (size_t)mt_conv_tiles(c->in.c, c->k->conv.outer_streams);
}

size_t mt_conv2d_backward_scratch(const struct mt_conv2d *c)
{
    return (dz_floats(c) + acc_floats(c) + (size_t)c->group * MT_LANES) * sizeof(float);
}

/* ---- dz ---- */

/* Makes rows [from, to) of dz, after those of the band before that are still needed. */
static void spread(struct job *j, const float *dy, int block, float *dz, int from, int to)
{
    const struct mt_conv2d *c = j->c;
    const int keep = kept_rows(c) < from ? kept_rows(c) : from;
    const size_t row = (size_t)c->z.w * MT_LANES;
    j->dz = dz;
    for (int f = j->first; f < j->first + j->filters; f++, dz += j->dz_plane) {
        if (keep)
            memmove(dz, dz + (size_t)(from - keep - j->top) * row, (size_t)keep * row * sizeof *dz);
        for (int r = from; r < to; r++)
            mt_conv2d_spread_row(c, dy, block, f, r, dz + (size_t)(r - from + keep) * row);
    }
    j->top = from - keep;
}

/* ---- dx ---- */

/* Rows of dx that are complete when rows of dz before `to` are there. */
static int dx_rows(const struct mt_conv2d *c, int to)
{
    const int rows = to * c->vertical.stride - c->vertical.before;
    return to == c->z.h || rows > c->in.h ? c->in.h : rows < 0 ? 0 : rows;
}

static void input_gradient(const struct job *j, int from, int to)
{
    const struct mt_conv2d *c = j->c;
    const int tiles = mt_conv_tiles(c->in.c, c->k->conv.filters), taps = mt_conv2d_taps(c), step = 4;
    const size_t row = (size_t)c->in.w * MT_LANES, plane = (size_t)c->in.h * row;
    struct mt_conv_tile t = {
        .channels = c->z.c,
        .x = j->dz,
        .x_channel = j->dz_plane,
        .w_channel = taps,
        .floor = -INFINITY,
        .y_filter = plane,
    };
    for (int r = from; r < to; r += step) {
        for (int i = 0; i < tiles; i++) {
            const int first = mt_conv_tile_start(i, tiles, c->in.c);
            t.filters = mt_conv_tile_start(i + 1, tiles, c->in.c) - first;
            t.w = c->packed_back + (size_t)first * (size_t)c->z.c * (size_t)taps;
            t.y = j->dx + (size_t)first * plane + (size_t)r * row;
            mt_conv2d_rows(c, &c->backward, &t, j->top, (ptrdiff_t)row, r, r + step < to ? r + step : to);
        }
    }
}

/* ---- dw ---- */

struct tile {
    int filter, filters, channel, channels; /* filter: in the group */
    float *acc;
};

struct patch { /* of z */
    struct mt_conv2d_range row, col;
};

static bool cut(struct mt_conv2d_range *r, struct mt_conv2d_range to)
{
    r->from = r->from > to.from ? r->from : to.from;
    r->to = r->to < to.to ? r->to : to.to;
    return r->from < r->to;
}

/* Sets all but the streams for a patch that was cut so that all of it uses tap (i,k); streams are counted
 * from that tap of the tile's first channel. Nothing is cleared: this is called for every few hundred
 * multiply-adds. */
static void aim(struct mt_conv_outer *o, const struct job *j, const struct tile *t, const struct patch *p,
                int i, int k)
{
    const struct mt_conv2d *c = j->c;
    const ptrdiff_t dz_row = (ptrdiff_t)c->z.w * MT_LANES, x_row = (ptrdiff_t)c->in.w * MT_LANES;
    const int row = p->row.from * c->vertical.stride + i - c->vertical.before;
    const int col = p->col.from * c->horizontal.stride + k - c->horizontal.before;
    o->rows = p->row.to - p->row.from;
    o->cols = p->col.to - p->col.from;
    o->dy_row = dz_row;
    o->dy_col = MT_LANES;
    o->x_row = x_row * c->vertical.stride;
    o->x_col = MT_LANES * c->horizontal.stride;
    o->filters = t->filters;
    o->dy =
        j->dz + (size_t)t->filter * j->dz_plane + (p->row.from - j->top) * dz_row + p->col.from * MT_LANES;
    o->dy_filter = j->dz_plane;
    o->x = j->x + (t->channel * c->in.h + row) * x_row + col * MT_LANES;
    o->acc = t->acc + (i * c->horizontal.kernel + k) * t->filters * MT_LANES;
}

/* Tap after tap, the channels of the tile side by side. */
static void channels_side_by_side(const struct job *j, const struct tile *t, const struct patch *patch)
{
    const struct mt_conv2d *c = j->c;
    struct mt_conv_outer o;
    o.streams = t->channels;
    for (int ch = 0; ch < t->channels; ch++) {
        o.x_at[ch] = (ptrdiff_t)(ch * c->in.h * c->in.w) * MT_LANES;
        o.acc_at[ch] = ch * mt_conv2d_taps(c) * t->filters * MT_LANES;
    }
    for (int i = 0; i < c->vertical.kernel; i++) {
        for (int k = 0; k < c->horizontal.kernel; k++) {
            struct patch p = *patch;
            if (!cut(&p.row, c->tap_rows[i]) || !cut(&p.col, c->tap_cols[k]))
                continue;
            aim(&o, j, t, &p, i, k);
            c->k->conv.outer(&o);
        }
    }
}

/* All taps that a rectangle uses, a few at a time. */
static void taps_over(const struct job *j, const struct tile *t, const struct patch *p,
                      const struct mt_conv_span *row, const struct mt_conv_span *col)
{
    const struct mt_conv2d *c = j->c;
    const int taps = row->taps * col->taps, all = t->channels * taps;
    struct mt_conv_outer o;
    aim(&o, j, t, p, row->tap, col->tap);
    o.streams = 0;
    for (int n = 0; n < all; n++) {
        const int ch = n / taps, i = n % taps / col->taps, k = n % col->taps;
        o.x_at[o.streams] = ((ptrdiff_t)(ch * c->in.h + i) * c->in.w + k) * MT_LANES;
        o.acc_at[o.streams] = (ch * mt_conv2d_taps(c) + i * c->horizontal.kernel + k) * t->filters * MT_LANES;
        if (++o.streams == c->k->conv.outer_streams || n + 1 == all) {
            c->k->conv.outer(&o);
            o.streams = 0;
        }
    }
}

/* Rectangle after rectangle, the taps side by side: for few channels. */
static void taps_side_by_side(const struct job *j, const struct tile *t, const struct patch *patch)
{
    const struct mt_conv2d_grid *g = &j->c->forward;
    for (const struct mt_conv_span *row = g->row; row < g->row + g->rows; row++) {
        for (const struct mt_conv_span *col = g->col; col < g->col + g->cols; col++) {
            struct patch p = *patch;
            if (cut(&p.row, (struct mt_conv2d_range){row->first, row->first + row->count}) &&
                cut(&p.col, (struct mt_conv2d_range){col->first, col->first + col->count}))
                taps_over(j, t, &p, row, col);
        }
    }
}

static void weight_tile(const struct job *j, const struct tile *t, int from, int to)
{
    const struct mt_conv2d *c = j->c;
    const int width = patch_width(c), height = patch_height(c);
    const int taps = mt_conv2d_taps(c);
    if (!from)
        memset(t->acc, 0, (size_t)(t->filters * t->channels * taps) * MT_LANES * sizeof(float));
    for (int row = from; row < to; row += height) {
        for (int col = 0; col < c->z.w; col += width) {
            const struct patch p = {{row, row + height < to ? row + height : to},
                                    {col, col + width < c->z.w ? col + width : c->z.w}};
            (c->in.c < FEW_CHANNELS ? taps_side_by_side : channels_side_by_side)(j, t, &p);
        }
    }
    if (to < c->z.h)
        return;
    for (int f = 0; f < t->filters; f++) {
        const size_t filter = (size_t)(j->first + t->filter + f);
        c->k->conv.lane_sums(t->acc + f * MT_LANES, (size_t)t->filters * MT_LANES, t->channels * taps,
                             j->partial + (filter * (size_t)c->in.c + (size_t)t->channel) * (size_t)taps,
                             j->add);
    }
}

/* Rows [from, to) of dz. */
static void weight_gradient(const struct job *j, int from, int to)
{
    const struct mt_conv2d *c = j->c;
    const int f_tiles = mt_conv_tiles(j->filters, c->k->conv.outer_filters);
    const int c_tiles = mt_conv_tiles(c->in.c, c->k->conv.outer_streams);
    for (int f = 0; f < f_tiles; f++) {
        for (int i = 0; i < c_tiles; i++) {
            struct tile t = {.filter = mt_conv_tile_start(f, f_tiles, j->filters),
                             .channel = mt_conv_tile_start(i, c_tiles, c->in.c),
                             .acc = j->acc};
            t.filters = mt_conv_tile_start(f + 1, f_tiles, j->filters) - t.filter;
            t.channels = mt_conv_tile_start(i + 1, c_tiles, c->in.c) - t.channel;
            if (c->band < c->z.h)
                t.acc += (size_t)(f * c_tiles + i) * tile_floats(c);
            weight_tile(j, &t, from, to);
        }
    }
}

static void bias_gradient(const struct job *j, int from, int to)
{
    const struct mt_conv2d *c = j->c;
    const size_t row = (size_t)c->z.w * MT_LANES;
    if (!from)
        memset(j->db_acc, 0, (size_t)j->filters * MT_LANES * sizeof(float));
    for (int f = 0; f < j->filters; f++) {
        const float *dz = j->dz + (size_t)f * j->dz_plane + (size_t)(from - j->top) * row;
        for (int r = from; r < to; r++, dz += row) /* row by row, so that bands do not show */
            c->k->conv.total(dz, (size_t)c->z.w, j->db_acc + f * MT_LANES);
    }
    if (to == c->z.h)
        c->k->conv.lane_sums(j->db_acc, MT_LANES, j->filters, j->partial + c->kernel->count + j->first,
                             j->add);
}

/* ---- blocks ---- */

void mt_conv2d_input_gradient(const struct mt_conv2d *c, const float *dz, float *dx)
{
    const struct job j = {.c = c, .dz = dz, .dx = dx, .dz_plane = (size_t)(c->z.h * c->z.w) * MT_LANES};
    input_gradient(&j, 0, c->in.h);
}

void mt_conv2d_weight_gradient(const struct mt_conv2d *c, const float *x, const float *dz, float *acc,
                               float *partial, bool add)
{
    const struct job j = {.c = c,
                          .x = x,
                          .dz = dz,
                          .filters = c->z.c,
                          .dz_plane = (size_t)(c->z.h * c->z.w) * MT_LANES,
                          .acc = acc,
                          .partial = partial,
                          .add = add};
    weight_gradient(&j, 0, c->z.h);
}

void mt_conv2d_bias_gradient(const struct mt_conv2d *c, const float *dz, float *acc, float *partial, bool add)
{
    const struct job j = {.c = c,
                          .dz = dz,
                          .filters = c->z.c,
                          .dz_plane = (size_t)(c->z.h * c->z.w) * MT_LANES,
                          .db_acc = acc,
                          .partial = partial,
                          .add = add};
    bias_gradient(&j, 0, c->z.h);
}

size_t mt_conv2d_acc_floats(const struct mt_conv2d *c)
{
    return acc_floats(c);
}

/* ---- phases ---- */

static void backward_group(struct job *j, const float *dy, int block, float *dz)
{
    const struct mt_conv2d *c = j->c;
    for (int from = 0, dx_from = 0; from < c->z.h; from += c->band) {
        const int to = from + c->band < c->z.h ? from + c->band : c->z.h;
        if (c->pool)
            spread(j, dy, block, dz, from, to);
        if (j->dx)
            input_gradient(j, dx_from, dx_rows(c, to));
        dx_from = dx_rows(c, to);
        weight_gradient(j, from, to);
        if (c->bias)
            bias_gradient(j, from, to);
    }
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    float *dy = mt_act_at(&l->dy, block, worker), *scratch = mt_scratch_at(c->scratch, worker);
    const int shard = mt_shard_of(block, p->shards, p->blocks), groups = mt_conv_tiles(c->z.c, c->group);
    struct job j = {
        .c = c,
        .x = mt_act_at(&l->x, block, worker),
        .dx = l->dx.data ? mt_act_at(&l->dx, block, worker) : NULL,
        .dz_plane = dz_plane(c),
        .acc = scratch + dz_floats(c),
        .db_acc = scratch + dz_floats(c) + acc_floats(c),
        .partial = c->partial + (size_t)shard * c->partial_stride,
        .add = block > mt_shard_start(shard, p->shards, p->blocks),
    };
    mt_conv2d_undo_activation(c, dy, c->f == MT_LINEAR ? NULL : mt_act_at(&l->y, block, worker));
    for (int g = 0; g < groups; g++) {
        j.first = mt_conv_tile_start(g, groups, c->z.c);
        j.filters = mt_conv_tile_start(g + 1, groups, c->z.c) - j.first;
        j.dz = c->pool ? scratch : dy + (size_t)j.first * j.dz_plane;
        j.top = 0;
        backward_group(&j, dy, block, scratch);
    }
}

const struct mt_phase mt_conv2d_backward[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

/* ---- sums over shards ---- */

#define CHUNK 4096 /* weights of one task */

static size_t gradients(const struct mt_conv2d *c)
{
    return c->kernel->count + (c->bias ? c->bias->count : 0);
}

static int finish_tiles(const struct mt_layer *l, const struct mt_pass *p)
{
    (void)p;
    return (int)((gradients(l->state) + CHUNK - 1) / CHUNK);
}

static void finish(struct mt_layer *l, const struct mt_pass *p, int tile, int worker)
{
    (void)worker;
    const struct mt_conv2d *c = l->state;
    const size_t from = (size_t)tile * CHUNK, all = gradients(c),
                 to = from + CHUNK < all ? from + CHUNK : all;
    mt_conv2d_add_shards(c, p->shards, from, to);
    for (size_t i = from; i < to; i++) {
        if (i < c->kernel->count)
            c->kernel->grad[i] = c->partial[i];
        else
            c->bias->grad[i - c->kernel->count] = c->partial[i];
    }
}

const struct mt_phase mt_conv2d_finish[] = {{MT_PER_TILE, finish, finish_tiles}, {0}};
