/* conv2d_stem.c: a 3x3 convolution of few channels with stride 1 whose input gradient nobody needs, as
 * networks begin with (math/stem.h says why it is done differently).
 *
 * A block is done in chunks: some rows and, of wide planes, columns of z, whose inputs stay in cache while
 * all filters pass over them. Where there is padding, the inputs are copied with it, so that every output
 * uses every tap. Weight gradients are sums over chunks, each added in the order of its windows. */
#include <math.h>
#include <string.h>

#include "lib/nn/conv2d.h"

#define MOST_FILTERS 512
#define MOST_WINDOW 3
#define ROWS 8                /* of z in a band, at most */
#define CHUNK_BYTES (1 << 18) /* of x, so that a part of the second cache holds them */

bool mt_conv2d_stem_fits(const struct mt_conv2d *c, bool want_dx)
{
    const struct mt_conv_axis *v = &c->vertical, *h = &c->horizontal;
    const bool window =
        c->pool == MT_POOL_NONE || (c->pool_h == c->pool_w && c->pool_w > 1 && c->pool_w <= MOST_WINDOW);
    return !want_dx && window && c->in.c <= MT_STEM_CHANNELS && c->z.c <= MOST_FILTERS && v->kernel == 3 &&
           h->kernel == 3 && v->stride == 1 && h->stride == 1;
}

/* ---- weights ---- */

static int window(const struct mt_conv2d *c)
{
    return c->pool ? c->pool_w : 1;
}

static int tiles(const struct mt_conv2d *c)
{
    return mt_conv_tiles(c->z.c, c->k->stem.filters[window(c)]);
}

/* Packs them for forward: each tile lies as [channels * taps][filters]. */
static void prepare(struct mt_layer *l, const struct mt_pass *p, int index, int worker)
{
    (void)p;
    (void)index;
    (void)worker;
    const struct mt_conv2d *c = l->state;
    const int taps = c->in.c * 9;
    float *to = c->packed;
    for (int t = 0; t < tiles(c); t++) {
        const int first = mt_conv_tile_start(t, tiles(c), c->z.c),
                  end = mt_conv_tile_start(t + 1, tiles(c), c->z.c);
        for (int tap = 0; tap < taps; tap++)
            for (int f = first; f < end; f++)
                *to++ = c->kernel->data[f * taps + tap];
    }
}

const struct mt_phase mt_conv2d_stem_prepare[] = {{MT_ONCE, prepare, NULL}, {0}};

/* ---- chunks ---- */

struct chunk {     /* of z */
    int row, rows; /* whole windows */
    int col, cols;
    const float *x; /* the input of its first element's first tap */
    ptrdiff_t x_row;
    size_t x_channel;
};

static bool padded(const struct mt_conv2d *c)
{
    return c->vertical.before || c->horizontal.before;
}

static int band_rows(const struct mt_conv2d *c)
{
    return ROWS / window(c) * window(c);
}

static int chunk_cols(const struct mt_conv2d *c, int channels)
{
    const int column = channels * (band_rows(c) + 2) * MT_LANES * (int)sizeof(float);
    const int cols = (CHUNK_BYTES / column - 2) / window(c) * window(c);
    return cols < c->z.w ? cols : c->z.w;
}

static size_t copy_floats(const struct mt_conv2d *c, int channels)
{
    return padded(c) ? (size_t)(channels * (band_rows(c) + 2) * (chunk_cols(c, channels) + 2)) * MT_LANES : 0;
}

/* The part of row r of a plane that a chunk reads, zeros outside. */
static void copy_row(const struct mt_conv2d *c, const float *plane, int r, const struct chunk *k, float *to)
{
    const int first = k->col - c->horizontal.before, n = k->cols + 2;
    const int from = first < 0 ? -first : 0, over = first + n - c->in.w;
    const int end = r < 0 || r >= c->in.h ? 0 : over > 0 ? n - over : n;
    const size_t item = MT_LANES * sizeof(float);
    if (end <= from) {
        memset(to, 0, (size_t)n * item);
        return;
    }
    memset(to, 0, (size_t)from * item);
    memcpy(to + from * MT_LANES, plane + (ptrdiff_t)(r * c->in.w + first + from) * MT_LANES,
           (size_t)(end - from) * item);
    memset(to + end * MT_LANES, 0, (size_t)(n - end) * item);
}

/* Sets where a chunk finds channels [channel, channel + channels) of x. */
static void aim(const struct mt_conv2d *c, struct chunk *k, const float *x, int channel, int channels,
                float *copy)
{
    const size_t plane = (size_t)(c->in.h * c->in.w) * MT_LANES;
    if (!padded(c)) {
        k->x = x + (size_t)channel * plane + (size_t)(k->row * c->in.w + k->col) * MT_LANES;
        k->x_row = (ptrdiff_t)c->in.w * MT_LANES;
        k->x_channel = plane;
        return;
    }
    k->x = copy;
    k->x_row = (ptrdiff_t)(k->cols + 2) * MT_LANES;
    k->x_channel = (size_t)(k->rows + 2) * (size_t)k->x_row;
    for (int ch = channel; ch < channel + channels; ch++)
        for (int r = 0; r < k->rows + 2; r++, copy += k->x_row)
            copy_row(c, x + (size_t)ch * plane, k->row + r - c->vertical.before, k, copy);
}

/* Goes to the next chunk; false behind the last. The first call finds rows == 0. */
static bool next_chunk(const struct mt_conv2d *c, struct chunk *k, int cols)
{
    const int band = band_rows(c);
    k->col += k->cols;
    if (!k->rows || k->col == c->z.w) {
        k->row += k->rows;
        k->col = 0;
    }
    k->rows = c->z.h - k->row < band ? c->z.h - k->row : band;
    k->cols = c->z.w - k->col < cols ? c->z.w - k->col : cols;
    return k->rows > 0;
}

/* ---- forward ---- */

size_t mt_conv2d_stem_forward_scratch(const struct mt_conv2d *c)
{
    return copy_floats(c, c->in.c) * sizeof(float);
}

static float *output_of(const struct mt_conv2d *c, float *y, int filter, const struct chunk *k)
{
    return y + (size_t)((filter * c->y.h + k->row / window(c)) * c->y.w + k->col / window(c)) * MT_LANES;
}

static void plain_tile(const struct mt_conv2d *c, const struct chunk *k, int first, int filters, float *y)
{
    const struct mt_conv_rect rect = {.rows = k->rows,
                                      .cols = k->cols,
                                      .x_row = k->x_row,
                                      .x_col = MT_LANES,
                                      .y_row = (ptrdiff_t)c->y.w * MT_LANES,
                                      .y_col = MT_LANES,
                                      .taps_h = 3,
                                      .taps_w = 3,
                                      .x_tap_row = k->x_row,
                                      .x_tap_col = MT_LANES,
                                      .w_tap_row = 3,
                                      .w_tap_col = 1};
    const struct mt_conv_tile tile = {.filters = filters,
                                      .channels = c->in.c,
                                      .x = k->x,
                                      .x_channel = k->x_channel,
                                      .w = c->packed + first * c->in.c * 9,
                                      .w_channel = 9,
                                      .bias = c->bias ? c->bias->data + first : NULL,
                                      .floor = c->f == MT_RELU ? 0.0f : -INFINITY,
                                      .y = y,
                                      .y_filter = (size_t)(c->y.h * c->y.w) * MT_LANES};
    c->k->conv.correlate(&rect, &tile);
}

static void pooled_tile(const struct mt_conv2d *c, const struct chunk *k, int first, int filters, float *y,
                        uint16_t *gate)
{
    const struct mt_stem_pooled tile = {.rows = k->rows / c->pool_h,
                                        .cols = k->cols / c->pool_w,
                                        .h = c->pool_h,
                                        .w = c->pool_w,
                                        .mean = c->pool == MT_POOL_MEAN,
                                        .relu = c->f == MT_RELU,
                                        .channels = c->in.c,
                                        .filters = filters,
                                        .x = k->x,
                                        .x_row = k->x_row,
                                        .x_channel = k->x_channel,
                                        .weight = c->packed + first * c->in.c * 9,
                                        .bias = c->bias ? c->bias->data + first : NULL,
                                        .y = y,
                                        .y_filter = (size_t)(c->y.h * c->y.w) * MT_LANES,
                                        .y_row = (ptrdiff_t)c->y.w * MT_LANES,
                                        .gate = gate,
                                        .gate_filter = (size_t)(c->z.h * c->z.w),
                                        .gate_row = c->z.w};
    c->k->stem.pooled(&tile);
}

/* f of a chunk of one filter, which the kernels leave out unless it is ReLU. */
static void activate(const struct mt_conv2d *c, const struct chunk *k, float *y)
{
    const int rows = k->rows / window(c), cols = k->cols / window(c);
    for (int r = 0; c->f != MT_RELU && c->f != MT_LINEAR && r < rows; r++, y += c->y.w * MT_LANES)
        mt_activate(c->k, c->f, c->slope, y, y, (size_t)cols * MT_LANES);
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    const float *x = mt_act_at(&l->x, block, worker);
    float *y = mt_act_at(&l->y, block, worker);
    struct chunk k = {0};
    while (next_chunk(c, &k, chunk_cols(c, c->in.c))) {
        aim(c, &k, x, 0, c->in.c, mt_scratch_at(c->scratch, worker));
        for (int t = 0; t < tiles(c); t++) {
            const int first = mt_conv_tile_start(t, tiles(c), c->z.c),
                      end = mt_conv_tile_start(t + 1, tiles(c), c->z.c);
            float *to = output_of(c, y, first, &k);
            if (c->pool)
                pooled_tile(c, &k, first, end - first, to,
                            c->gate && p->training ? mt_conv2d_gate(c, block, first, k.row) + k.col : NULL);
            else
                plain_tile(c, &k, first, end - first, to);
            for (int f = first; f < end; f++)
                activate(c, &k, output_of(c, y, f, &k));
        }
    }
}

const struct mt_phase mt_conv2d_stem_forward[] = {{MT_PER_BLOCK, forward, NULL}, {0}};

/* ---- backward ---- */

static size_t weights_floats(const struct mt_conv2d *c)
{
    return c->kernel->count * MT_LANES;
}

size_t mt_conv2d_stem_backward_scratch(const struct mt_conv2d *c)
{
    return (copy_floats(c, 1) + weights_floats(c) + (size_t)c->z.c * MT_LANES) * sizeof(float);
}

/* A chunk's part of the gradients of the taps of one channel. */
static void outer(const struct mt_conv2d *c, const struct chunk *k, const float *dy, const float *y,
                  const uint16_t *gate, float *dw, float *db)
{
    const size_t at = (size_t)(k->row / window(c) * c->y.w + k->col / window(c)) * MT_LANES;
    const struct mt_stem_outer o = {
        .rows = k->rows / window(c),
        .cols = k->cols / window(c),
        .h = window(c),
        .w = window(c),
        .filters = c->z.c,
        .scale = c->pool == MT_POOL_MEAN ? 1.0f / (float)(c->pool_h * c->pool_w) : 1.0f,
        .x = k->x,
        .x_row = k->x_row,
        .dy = dy + at,
        .y = y ? y + at : NULL,
        .dy_filter = (size_t)(c->y.h * c->y.w) * MT_LANES,
        .dy_row = (ptrdiff_t)c->y.w * MT_LANES,
        .gate = gate ? gate + k->row * c->z.w + k->col : NULL,
        .gate_filter = (size_t)(c->z.h * c->z.w),
        .gate_row = c->z.w,
        .dw = dw,
        .dw_filter = (size_t)(c->in.c * 9) * MT_LANES,
        .db = db,
    };
    c->k->stem.outer(&o);
}

static void backward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    const float *x = mt_act_at(&l->x, block, worker);
    const bool relu = c->pool == MT_POOL_NONE && c->f == MT_RELU; /* undone on the way */
    const float *y =
        c->f == MT_LINEAR || (c->pool && c->f == MT_RELU) ? NULL : mt_act_at(&l->y, block, worker);
    float *dy = mt_act_at(&l->dy, block, worker), *copy = mt_scratch_at(c->scratch, worker);
    float *dw = copy + copy_floats(c, 1), *db = dw + weights_floats(c);
    const int shard = mt_shard_of(block, p->shards, p->blocks);
    float *partial = c->partial + (size_t)shard * c->partial_stride;
    const bool add = block > mt_shard_start(shard, p->shards, p->blocks);
    struct chunk k = {0};

    if (!relu)
        mt_conv2d_undo_activation(c, dy, y);
    memset(dw, 0, (weights_floats(c) + (size_t)c->z.c * MT_LANES) * sizeof *dw);
    while (next_chunk(c, &k, chunk_cols(c, 1))) {
        for (int ch = 0; ch < c->in.c; ch++) {
            aim(c, &k, x, ch, 1, copy);
            outer(c, &k, dy, relu ? y : NULL, c->gate ? mt_conv2d_gate(c, block, 0, 0) : NULL,
                  dw + ch * 9 * MT_LANES, ch ? NULL : db);
        }
    }
    c->k->conv.lane_sums(dw, MT_LANES, (int)c->kernel->count, partial, add);
    if (c->bias)
        c->k->conv.lane_sums(db, MT_LANES, c->z.c, partial + c->kernel->count, add);
}

const struct mt_phase mt_conv2d_stem_backward[] = {{MT_PER_BLOCK, backward, NULL}, {0}};
