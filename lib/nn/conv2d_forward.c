/* conv2d_forward.c: packing of the weights, and y = pool(f(w * x + b)) of one block. */
#include "lib/nn/conv2d.h"

/* ---- weights ---- */

static int forward_tiles(const struct mt_conv2d *c)
{
    return mt_conv_tiles(c->z.c, c->k->conv.filters);
}

static int prepare_tiles(const struct mt_layer *l, const struct mt_pass *p)
{
    (void)p;
    const struct mt_conv2d *c = l->state;
    return forward_tiles(c) + (c->packed_back ? mt_conv_tiles(c->in.c, c->k->conv.filters) : 0);
}

/* A tile of `n` things (filters forward, channels backward) lies as [others][taps][n]. */
static void prepare(struct mt_layer *l, const struct mt_pass *p, int tile, int worker)
{
    (void)p;
    (void)worker;
    const struct mt_conv2d *c = l->state;
    const bool back = tile >= forward_tiles(c);
    const int all = back ? c->in.c : c->z.c, others = back ? c->z.c : c->in.c, taps = mt_conv2d_taps(c);
    const int tiles = mt_conv_tiles(all, c->k->conv.filters), t = back ? tile - forward_tiles(c) : tile;
    const int first = mt_conv_tile_start(t, tiles, all), n = mt_conv_tile_start(t + 1, tiles, all) - first;
    const size_t filter = (size_t)c->in.c * (size_t)taps, channel = (size_t)taps;
    const size_t stride = back ? channel : filter, other_stride = back ? filter : channel;
    const float *w = c->kernel->data + (size_t)first * stride;
    float *to = (back ? c->packed_back : c->packed) + (size_t)first * (size_t)others * (size_t)taps;
    for (int o = 0; o < others; o++)
        for (int tap = 0; tap < taps; tap++)
            for (int i = 0; i < n; i++)
                *to++ = w[(size_t)i * stride + (size_t)o * other_stride + (size_t)tap];
}

const struct mt_phase mt_conv2d_prepare[] = {{MT_PER_TILE, prepare, prepare_tiles}, {0}};

/* ---- rows ---- */

static void rectangle(const struct mt_conv2d *c, const struct mt_conv_span *row,
                      const struct mt_conv_span *col, ptrdiff_t source_row, struct mt_conv_tile t,
                      ptrdiff_t y_row)
{
    const int kw = c->horizontal.kernel;
    struct mt_conv_rect rect = {
        .rows = row->count,
        .cols = col->count,
        .x_row = row->source_step * source_row,
        .x_col = col->source_step * MT_LANES,
        .y_row = row->step * y_row,
        .y_col = col->step * MT_LANES,
        .taps_h = row->taps,
        .taps_w = col->taps,
        .x_tap_row = row->source_tap_step * source_row,
        .x_tap_col = col->source_tap_step * MT_LANES,
        .w_tap_row = row->tap_step * kw,
        .w_tap_col = col->tap_step,
    };
    if (row->taps * col->taps == 1) { /* then channels are the taps, and one loop does */
        rect.taps_w = t.channels;
        rect.x_tap_col = (ptrdiff_t)t.x_channel;
        rect.w_tap_col = t.w_channel;
        t.channels = 1;
    }
    t.x += row->source * source_row + col->source * MT_LANES;
    t.w += (row->tap * kw + col->tap) * t.filters;
    t.y += row->first * y_row + col->first * MT_LANES;
    c->k->conv.correlate(&rect, &t);
}

void mt_conv2d_rows(const struct mt_conv2d *c, const struct mt_conv2d_grid *grid,
                    const struct mt_conv_tile *t, int top, ptrdiff_t y_row, int from, int to)
{
    for (int i = 0; i < grid->rows; i++) {
        struct mt_conv_span row = mt_conv_span_clip(grid->row[i], from, to);
        if (!row.count)
            continue;
        row.first -= from;
        row.source -= row.taps ? top : row.source;
        for (int j = 0; j < grid->cols; j++)
            rectangle(c, &row, &grid->col[j], (ptrdiff_t)grid->source_w * MT_LANES, *t, y_row);
    }
}

/* ---- blocks ---- */

/* Enough rows that border columns, which run down, fill a tile of pixels. */
static int rows_at_a_time(const struct mt_conv2d *c)
{
    const int rows = 4;
    return c->pool == MT_POOL_NONE ? rows : c->pool_h >= rows ? c->pool_h : rows / c->pool_h * c->pool_h;
}

size_t mt_conv2d_forward_scratch(const struct mt_conv2d *c)
{
    if (c->pool == MT_POOL_NONE)
        return 0;
    return (size_t)c->k->conv.filters * (size_t)(rows_at_a_time(c) * c->z.w) * MT_LANES * sizeof(float);
}

static void forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    const int tiles = forward_tiles(c), step = rows_at_a_time(c), taps = mt_conv2d_taps(c);
    const ptrdiff_t y_row = (ptrdiff_t)c->z.w * MT_LANES;
    const size_t y_plane = (size_t)(c->y.h * c->y.w) * MT_LANES;
    float *y = mt_act_at(&l->y, block, worker);
    struct mt_conv_tile t = {
        .channels = c->in.c,
        .x = mt_act_at(&l->x, block, worker),
        .x_channel = (size_t)(c->in.h * c->in.w) * MT_LANES,
        .w_channel = taps,
        .floor = mt_conv2d_floor(c),
        .y_filter = c->pool ? (size_t)step * (size_t)y_row : y_plane,
    };
    for (int from = 0; from < c->z.h; from += step) {
        const int to = from + step < c->z.h ? from + step : c->z.h;
        for (int i = 0; i < tiles; i++) {
            const int first = mt_conv_tile_start(i, tiles, c->z.c);
            t.filters = mt_conv_tile_start(i + 1, tiles, c->z.c) - first;
            t.w = c->packed + (size_t)first * (size_t)c->in.c * (size_t)taps;
            t.bias = c->bias ? c->bias->data + first : NULL;
            t.y = c->pool ? mt_scratch_at(c->scratch, worker) : y + (size_t)first * y_plane + from * y_row;
            mt_conv2d_rows(c, &c->forward, &t, 0, y_row, from, to);
            for (int f = 0; f < t.filters; f++) {
                float *z = t.y + (size_t)f * t.y_filter;
                if (c->pool)
                    mt_conv2d_pool_rows(c, z, block, first + f, from, to, p->training,
                                        y + (size_t)(first + f) * y_plane);
                else if (c->f != MT_RELU)
                    mt_activate(c->k, c->f, c->slope, z, z, (size_t)((to - from) * y_row));
            }
        }
    }
}

const struct mt_phase mt_conv2d_forward[] = {{MT_PER_BLOCK, forward, NULL}, {0}};
