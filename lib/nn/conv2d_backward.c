/* conv2d_backward.c: gradients of one block, and the sums over shards.
 *
 *   dz = dy spread over the windows, times f'
 *   dx[ch] = sum over o of w[o][ch] turned around * dz[o]     dw[o][ch] = dz[o] * x[ch]     db[o] = sum of
 * dz[o]
 *
 * dz is dy itself, in place, where there is no pooling; else a band of its rows, as many as the second cache
 * holds, is made in scratch. dw is made in tiles of filters x channels (or x taps, where there are few
 * channels), each over patches of dz and x that the first cache holds, with one vector of 16 samples' sums
 * per weight; its lanes are added at the end. */
#include <math.h>
#include <string.h>

#include "lib/nn/conv2d.h"

#define PATCH 64 /* elements per plane of a patch */

/* What one call works with. */
struct job {
    const struct mt_conv2d *c;
    const float *x, *dz; /* dz: row `top` of the first plane */
    float *dx;           /* may be NULL */
    int top;
    size_t dz_plane;
    float *acc;     /* vectors of sums [tiles of the band][channel][tap][filter] */
    float *db_acc;  /* [O][16] */
    float *partial; /* of the block's shard */
    bool add;       /* not the first block of the shard */
};

/* ---- scratch: dz, sums of weights, sums of biases ---- */

static int kept_rows(const struct mt_conv2d *c) /* rows of the band before that dx still needs */
{
    return (c->vertical.kernel - 1) / c->vertical.stride;
}

static size_t dz_floats(const struct mt_conv2d *c)
{
    const int rows = c->band < c->z.h ? c->band + kept_rows(c) : c->z.h;
    return c->pool ? (size_t)c->z.c * (size_t)(rows * c->z.w) * MT_LANES : 0;
}

static size_t tile_floats(const struct mt_conv2d *c)
{
    return (size_t)(c->k->conv.outer_filters * c->k->conv.outer_streams * mt_conv2d_taps(c)) * MT_LANES;
}

static size_t acc_floats(const struct mt_conv2d *c)
{
    if (c->band == c->z.h)
        return tile_floats(c);
    return tile_floats(c) * (size_t)mt_conv_tiles(c->z.c, c->k->conv.outer_filters) *
           (size_t)mt_conv_tiles(c->in.c, c->k->conv.outer_streams);
}

size_t mt_conv2d_backward_scratch(const struct mt_conv2d *c)
{
    return (dz_floats(c) + acc_floats(c) + (size_t)c->z.c * MT_LANES) * sizeof(float);
}

/* ---- dz ---- */

static void spread_row(const struct mt_conv2d *c, const float *dy, int block, int filter, int r, float *dz)
{
    const struct mt_pooled_row row = {c->pool_h, c->pool_w, c->y.w, 0};
    const size_t window = (size_t)((filter * c->y.h + r / c->pool_h) * c->y.w);
    const float scale = c->pool == MT_POOL_MEAN ? 1.0f / (float)(c->pool_h * c->pool_w) : 1.0f;
    c->k->pooled.back(&row, scale, dy + window * MT_LANES,
                      c->gate ? mt_conv2d_gate(c, block, filter, r) : NULL, dz);
}

/* Makes rows [from, to) of dz, after those of the band before that are still needed. */
static void spread(struct job *j, const float *dy, int block, int from, int to)
{
    const struct mt_conv2d *c = j->c;
    const int keep = kept_rows(c) < from ? kept_rows(c) : from;
    const size_t row = (size_t)c->z.w * MT_LANES;
    float *dz = (float *)j->dz;
    for (int f = 0; f < c->z.c; f++, dz += j->dz_plane) {
        memmove(dz, dz + (size_t)(from - keep - j->top) * row, (size_t)keep * row * sizeof *dz);
        for (int r = from; r < to; r++)
            spread_row(c, dy, block, f, r, dz + (size_t)(r - from + keep) * row);
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
    int filter, filters, channel, channels;
    float *acc;
};

struct patch { /* of z */
    int row, row_end, col, col_end;
};

static struct mt_conv_outer outer_at(const struct job *j, const struct tile *t, int channel, int tap_row,
                                     int tap_col, const struct patch *p)
{
    const struct mt_conv2d *c = j->c;
    const ptrdiff_t dz_row = (ptrdiff_t)c->z.w * MT_LANES, x_row = (ptrdiff_t)c->in.w * MT_LANES;
    const int sy = c->vertical.stride, sx = c->horizontal.stride;
    const int x_top = p->row * sy + tap_row - c->vertical.before,
              x_left = p->col * sx + tap_col - c->horizontal.before;
    const size_t x_plane = (size_t)c->in.h * (size_t)x_row;
    const int weight = (channel - t->channel) * mt_conv2d_taps(c) + tap_row * c->horizontal.kernel + tap_col;
    return (struct mt_conv_outer){
        .rows = p->row_end - p->row,
        .cols = p->col_end - p->col,
        .dy_row = dz_row,
        .dy_col = MT_LANES,
        .x_row = x_row * sy,
        .x_col = MT_LANES * sx,
        .filters = t->filters,
        .dy = j->dz + (size_t)t->filter * j->dz_plane + (p->row - j->top) * dz_row + p->col * MT_LANES,
        .dy_filter = j->dz_plane,
        .x = j->x + (size_t)channel * x_plane + x_top * x_row + x_left * MT_LANES,
        .acc = t->acc + weight * t->filters * MT_LANES,
    };
}

/* The part of a patch that uses a tap. */
static bool cut_rows(const struct mt_conv2d *c, int tap, struct patch *p)
{
    int from, to;
    mt_conv_tap_range(&c->vertical, tap, &from, &to);
    p->row = p->row > from ? p->row : from;
    p->row_end = p->row_end < to ? p->row_end : to;
    return p->row < p->row_end;
}

static bool cut_cols(int from, int to, struct patch *p)
{
    p->col = p->col > from ? p->col : from;
    p->col_end = p->col_end < to ? p->col_end : to;
    return p->col < p->col_end;
}

/* All taps, one after another, of a tile of channels side by side. */
static void channels_side_by_side(const struct job *j, const struct tile *t, const struct patch *patch)
{
    const struct mt_conv2d *c = j->c;
    for (int i = 0; i < c->vertical.kernel; i++) {
        for (int k = 0; k < c->horizontal.kernel; k++) {
            struct patch p = *patch;
            int from, to;
            mt_conv_tap_range(&c->horizontal, k, &from, &to);
            if (!cut_rows(c, i, &p) || !cut_cols(from, to, &p))
                continue;
            struct mt_conv_outer o = outer_at(j, t, t->channel, i, k, &p);
            o.streams = t->channels;
            o.x_stream = (size_t)(c->in.h * c->in.w) * MT_LANES;
            o.acc_stream = (size_t)(mt_conv2d_taps(c) * t->filters) * MT_LANES;
            c->k->conv.outer(&o);
        }
    }
}

/* The taps of a row side by side, of one channel after another. */
static void taps_side_by_side(const struct job *j, const struct tile *t, int channel, int tap_row,
                              const struct patch *patch)
{
    const struct mt_conv2d *c = j->c;
    for (int s = 0; s < c->forward.cols; s++) {
        const struct mt_conv_span *span = &c->forward.col[s];
        struct patch p = *patch;
        if (!cut_rows(c, tap_row, &p) || !cut_cols(span->first, span->first + span->count, &p))
            continue;
        for (int at = 0; at < span->taps; at += c->k->conv.outer_streams) {
            struct mt_conv_outer o = outer_at(j, t, channel, tap_row, span->tap + at, &p);
            const int left = span->taps - at;
            o.streams = left < c->k->conv.outer_streams ? left : c->k->conv.outer_streams;
            o.x_stream = MT_LANES;
            o.acc_stream = (size_t)t->filters * MT_LANES;
            c->k->conv.outer(&o);
        }
    }
}

static void weight_patch(const struct job *j, const struct tile *t, const struct patch *p)
{
    const struct mt_conv2d *c = j->c;
    if (c->in.c >= c->horizontal.kernel) {
        channels_side_by_side(j, t, p);
        return;
    }
    for (int ch = t->channel; ch < t->channel + t->channels; ch++)
        for (int i = 0; i < c->vertical.kernel; i++)
            taps_side_by_side(j, t, ch, i, p);
}

static void weight_tile(const struct job *j, const struct tile *t, int from, int to)
{
    const struct mt_conv2d *c = j->c;
    const int width = c->z.w <= 2 * PATCH ? c->z.w : PATCH, height = width < PATCH ? PATCH / width : 1;
    const int taps = mt_conv2d_taps(c);
    if (!from)
        memset(t->acc, 0, (size_t)(t->filters * t->channels * taps) * MT_LANES * sizeof(float));
    for (int row = from; row < to; row += height)
        for (int col = 0; col < c->z.w; col += width)
            weight_patch(j, t,
                         &(struct patch){row, row + height < to ? row + height : to, col,
                                         col + width < c->z.w ? col + width : c->z.w});
    if (to < c->z.h)
        return;
    for (int f = 0; f < t->filters; f++)
        c->k->conv.lane_sums(t->acc + f * MT_LANES, (size_t)t->filters * MT_LANES, t->channels * taps,
                             j->partial + ((size_t)(t->filter + f) * (size_t)c->in.c + (size_t)t->channel) *
                                              (size_t)taps,
                             j->add);
}

/* Rows [from, to) of dz. */
static void weight_gradient(const struct job *j, int from, int to)
{
    const struct mt_conv2d *c = j->c;
    const int f_tiles = mt_conv_tiles(c->z.c, c->k->conv.outer_filters);
    const int c_tiles = mt_conv_tiles(c->in.c, c->k->conv.outer_streams);
    for (int f = 0; f < f_tiles; f++) {
        for (int i = 0; i < c_tiles; i++) {
            struct tile t = {.filter = mt_conv_tile_start(f, f_tiles, c->z.c),
                             .channel = mt_conv_tile_start(i, c_tiles, c->in.c),
                             .acc = j->acc};
            t.filters = mt_conv_tile_start(f + 1, f_tiles, c->z.c) - t.filter;
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
        memset(j->db_acc, 0, (size_t)c->z.c * MT_LANES * sizeof(float));
    for (int f = 0; f < c->z.c; f++)
        c->k->conv.total(j->dz + (size_t)f * j->dz_plane + (size_t)(from - j->top) * row,
                         (size_t)((to - from) * c->z.w), j->db_acc + f * MT_LANES);
    if (to == c->z.h)
        c->k->conv.lane_sums(j->db_acc, MT_LANES, c->z.c, j->partial + c->kernel->count, j->add);
}

/* ---- phases ---- */

/* dy becomes the gradient before f, where that does not follow from the pooling's own record. */
static void undo_activation(const struct mt_conv2d *c, float *dy, const float *y)
{
    if (c->pool == MT_POOL_NONE || (c->pool == MT_POOL_MAX && c->f != MT_RELU))
        mt_activate_backward(c->k, c->f, c->slope, dy, dy, y, mt_shape_count(c->y) * MT_LANES);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    float *dy = mt_act_at(&l->dy, block, worker), *scratch = mt_scratch_at(c->scratch, worker);
    const int shard = mt_shard_of(block, p->shards, p->blocks);
    const size_t dz_size = dz_floats(c);
    struct job j = {
        .c = c,
        .x = mt_act_at(&l->x, block, worker),
        .dz = c->pool ? scratch : dy,
        .dx = l->dx.data ? mt_act_at(&l->dx, block, worker) : NULL,
        .dz_plane = c->pool ? dz_size / (size_t)c->z.c : (size_t)(c->z.h * c->z.w) * MT_LANES,
        .acc = scratch + dz_size,
        .db_acc = scratch + dz_size + acc_floats(c),
        .partial = c->partial + (size_t)shard * c->partial_stride,
        .add = block > mt_shard_start(shard, p->shards, p->blocks),
    };
    undo_activation(c, dy, c->f == MT_LINEAR ? NULL : mt_act_at(&l->y, block, worker));
    for (int from = 0, dx_from = 0; from < c->z.h; from += c->band) {
        const int to = from + c->band < c->z.h ? from + c->band : c->z.h;
        if (c->pool)
            spread(&j, dy, block, from, to);
        if (j.dx)
            input_gradient(&j, dx_from, dx_rows(c, to));
        dx_from = dx_rows(c, to);
        weight_gradient(&j, from, to);
        if (c->bias)
            bias_gradient(&j, from, to);
    }
}

const struct mt_phase mt_conv2d_backward[] = {{MT_PER_BLOCK, backward, NULL}, {0}};

/* ---- sums over shards, in a fixed tree ---- */

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
    for (int step = 1; step < p->shards; step *= 2) {
        for (int s = 0; s + step < p->shards; s += 2 * step) {
            float *a = c->partial + (size_t)s * c->partial_stride, *b = a + (size_t)step * c->partial_stride;
            for (size_t i = from; i < to; i++)
                a[i] += b[i];
        }
    }
    for (size_t i = from; i < to; i++) {
        if (i < c->kernel->count)
            c->kernel->grad[i] = c->partial[i];
        else
            c->bias->grad[i - c->kernel->count] = c->partial[i];
    }
}

const struct mt_phase mt_conv2d_finish[] = {{MT_PER_TILE, finish, finish_tiles}, {0}};
