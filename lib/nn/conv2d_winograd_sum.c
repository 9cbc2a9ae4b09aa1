/* conv2d_winograd_sum.c: sums over channels by Winograd's minimal filtering: z from x with the weights, dx
 * from dz with the weights turned around.
 *
 * Strip by strip, all channels are transformed; then, for a group of filters at a time, each position is a
 * product (filters, channels) x (channels, tiles of the strip), and its results are transformed back. */
#include <math.h>

#include "lib/nn/conv2d_winograd.h"

struct sum {
    const struct mt_kernels *k;
    struct mt_winograd_grid grid;
    struct mt_shape from, to;
    int top, left; /* padding before the first element of `from` */
    const float *u;
    int group; /* filters at a time */
};

/* A strip: transforms of the channels and of the sums, [position][channel][tile][lane]. */
struct strip {
    int row, rows, tiles; /* of tiles */
    float *v, *m;
    size_t v_position, m_position;
};

static size_t strip_floats(const struct sum *s) /* of a channel and position */
{
    return (size_t)(s->grid.strip * s->grid.tile_cols) * MT_LANES;
}

static struct sum sum_of(const struct mt_conv2d *c, int outputs, struct mt_shape from, struct mt_shape to,
                         int multiple)
{
    struct sum s = {
        .k = c->k, .grid = mt_winograd_grid(outputs, to.h, to.w, multiple), .from = from, .to = to};
    s.group = mt_winograd_group(to.c, strip_floats(&s) * (size_t)s.grid.positions);
    return s;
}

static struct sum sum_forward(const struct mt_conv2d *c)
{
    struct sum s = sum_of(c, c->winograd.forward, c->in, c->z, c->pool ? c->pool_h : 1);
    s.top = c->vertical.before;
    s.left = c->horizontal.before;
    s.u = c->winograd.u;
    return s;
}

static struct sum sum_backward(const struct mt_conv2d *c)
{
    struct sum s = sum_of(c, c->winograd.input, c->z, c->in, 1);
    s.top = c->vertical.kernel - 1 - c->vertical.before;
    s.left = c->horizontal.kernel - 1 - c->horizontal.before;
    s.u = c->winograd.u_back;
    return s;
}

/* ---- scratch: transforms of the channels, of the sums, rows of one filter before pooling ---- */

static size_t v_position(const struct sum *s)
{
    return mt_winograd_stride((size_t)s->from.c * strip_floats(s));
}

static size_t m_position(const struct sum *s)
{
    return mt_winograd_stride((size_t)s->group * strip_floats(s));
}

static size_t transform_floats(const struct sum *s)
{
    return (size_t)s->grid.positions * (v_position(s) + m_position(s));
}

size_t mt_winograd_forward_scratch(const struct mt_conv2d *c)
{
    const struct sum s = sum_forward(c);
    return transform_floats(&s) + (c->pool ? (size_t)(s.grid.strip * s.grid.outputs * c->z.w) * MT_LANES : 0);
}

size_t mt_winograd_input_scratch(const struct mt_conv2d *c)
{
    const struct sum s = sum_backward(c);
    return transform_floats(&s);
}

/* ---- strips ---- */

static struct strip strip_at(const struct sum *s, float *scratch, int row)
{
    const int left = s->grid.tile_rows - row, rows = left < s->grid.strip ? left : s->grid.strip;
    return (struct strip){
        .row = row,
        .rows = rows,
        .tiles = rows * s->grid.tile_cols,
        .v = scratch,
        .m = scratch + (size_t)s->grid.positions * v_position(s),
        .v_position = v_position(s),
        .m_position = m_position(s),
    };
}

static void transform_channels(const struct sum *s, const struct strip *strip, const float *x)
{
    const ptrdiff_t row = (ptrdiff_t)s->from.w * MT_LANES;
    const struct mt_winograd_tiles t = {
        .outputs = s->grid.outputs,
        .rows = strip->rows,
        .cols = s->grid.tile_cols,
        .h = s->from.h,
        .w = s->from.w,
        .top = strip->row * s->grid.outputs - s->top,
        .left = -s->left,
        .row = row,
        .col = MT_LANES,
        .position = (ptrdiff_t)strip->v_position,
        .tile = MT_LANES,
    };
    for (int ch = 0; ch < s->from.c; ch++)
        s->k->winograd.input(&t, x + ch * s->from.h * row, strip->v + ch * strip->tiles * MT_LANES);
}

static void multiply(const struct sum *s, const struct strip *strip, int first, int filters)
{
    struct mt_winograd_product p = {
        .rows = filters,
        .vectors = strip->tiles,
        .depth = s->from.c,
        .a_row = (size_t)s->from.c,
        .b_row = (size_t)strip->tiles * MT_LANES,
        .c_row = (size_t)strip->tiles * MT_LANES,
    };
    for (int i = 0; i < s->grid.positions; i++) {
        p.a = s->u + ((size_t)i * (size_t)s->to.c + (size_t)first) * (size_t)s->from.c;
        p.b = strip->v + (size_t)i * strip->v_position;
        p.c = strip->m + (size_t)i * strip->m_position;
        s->k->winograd.product(&p);
    }
}

/* Rows of the results of one filter of the group; `to` is the strip's first. */
static void transform_back(const struct sum *s, const struct strip *strip, int filter, float bias,
                           float floor, float *to)
{
    const int row = strip->row * s->grid.outputs;
    const struct mt_winograd_tiles t = {
        .outputs = s->grid.outputs,
        .rows = strip->rows,
        .cols = s->grid.tile_cols,
        .h = s->to.h - row,
        .w = s->to.w,
        .row = (ptrdiff_t)s->to.w * MT_LANES,
        .col = MT_LANES,
        .position = (ptrdiff_t)strip->m_position,
        .tile = MT_LANES,
    };
    s->k->winograd.output(&t, strip->m + filter * strip->tiles * MT_LANES, bias, floor, to);
}

/* ---- blocks ---- */

/* Rows of z of one filter are made and become rows of y. */
static void finish_filter(const struct mt_conv2d *c, const struct sum *s, const struct strip *strip,
                          int first, int filter, const struct mt_pass *p, int block, float *rows, float *y)
{
    const int from = strip->row * s->grid.outputs, end = from + strip->rows * s->grid.outputs;
    const int to = end < c->z.h ? end : c->z.h;
    const size_t row = (size_t)c->z.w * MT_LANES;
    float *plane = y + (size_t)(first + filter) * (size_t)(c->y.h * c->y.w) * MT_LANES;
    float *z = c->pool ? rows : plane + (size_t)from * row;
    transform_back(s, strip, filter, c->bias ? c->bias->data[first + filter] : 0.0f, mt_conv2d_floor(c), z);
    if (c->pool)
        mt_conv2d_pool_rows(c, z, block, first + filter, from, to, p->training, plane);
    else if (c->f != MT_RELU)
        mt_activate(c->k, c->f, c->slope, z, z, (size_t)(to - from) * row);
}

void mt_winograd_forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker)
{
    const struct mt_conv2d *c = l->state;
    const struct sum s = sum_forward(c);
    const int groups = mt_conv_tiles(s.to.c, s.group);
    float *scratch = mt_scratch_at(c->scratch, worker), *y = mt_act_at(&l->y, block, worker);
    for (int row = 0; row < s.grid.tile_rows; row += s.grid.strip) {
        const struct strip strip = strip_at(&s, scratch, row);
        transform_channels(&s, &strip, mt_act_at(&l->x, block, worker));
        for (int g = 0; g < groups; g++) {
            const int first = mt_conv_tile_start(g, groups, s.to.c);
            const int filters = mt_conv_tile_start(g + 1, groups, s.to.c) - first;
            multiply(&s, &strip, first, filters);
            for (int f = 0; f < filters; f++)
                finish_filter(c, &s, &strip, first, f, p, block, scratch + transform_floats(&s), y);
        }
    }
}

void mt_winograd_input_gradient(const struct mt_conv2d *c, const float *dz, float *scratch, float *dx)
{
    const struct sum s = sum_backward(c);
    const int groups = mt_conv_tiles(s.to.c, s.group);
    const size_t width = (size_t)s.to.w * MT_LANES;
    for (int row = 0; row < s.grid.tile_rows; row += s.grid.strip) {
        const struct strip strip = strip_at(&s, scratch, row);
        transform_channels(&s, &strip, dz);
        for (int g = 0; g < groups; g++) {
            const int first = mt_conv_tile_start(g, groups, s.to.c);
            const int filters = mt_conv_tile_start(g + 1, groups, s.to.c) - first;
            multiply(&s, &strip, first, filters);
            for (int f = 0; f < filters; f++)
                transform_back(&s, &strip, f, 0.0f, -INFINITY,
                               dx + ((size_t)(first + f) * (size_t)s.to.h + (size_t)(row * s.grid.outputs)) *
                                        width);
        }
    }
}
