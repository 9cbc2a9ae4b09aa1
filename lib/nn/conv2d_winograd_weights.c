/* conv2d_winograd_weights.c: the kernel's gradient by Winograd's minimal filtering.
 *
 * Strip by strip, each position is a product (filters, tiles and lanes) x (tiles and lanes, channels): dz is
 * transformed as it lies, x with its channels in the lanes' place. Sums stand transformed until the shard's
 * blocks are through. */
#include "lib/nn/conv2d_winograd.h"

struct job {
    const struct mt_conv2d *c;
    struct mt_winograd_grid grid;
    int channels;      /* rounded up to whole vectors */
    int group;         /* filters at a time */
    size_t turned_col; /* from one element of x, turned, to the next */
    size_t v_position, m_position;
    int row, rows, tiles; /* of tiles, of the strip */
};

static struct job job_of(const struct mt_conv2d *c)
{
    struct job j = {.c = c, .grid = mt_winograd_grid(c->winograd.weights, c->z.h, c->z.w, 1)};
    const size_t strip = (size_t)(j.grid.strip * j.grid.tile_cols) * MT_LANES;
    j.channels = mt_blocks(c->in.c) * MT_LANES;
    j.group = mt_winograd_group(c->z.c, strip * (size_t)j.grid.positions);
    j.turned_col = (size_t)j.channels * MT_LANES + MT_LANES;
    j.v_position = mt_winograd_stride(strip * (size_t)j.channels);
    j.m_position = mt_winograd_stride(strip * (size_t)j.group);
    return j;
}

/* ---- scratch: x turned, its transform, dz's ---- */

static size_t turned_floats(const struct job *j)
{
    const int rows = j->grid.strip * j->grid.outputs + 2, most = j->c->in.h;
    return (size_t)((rows < most ? rows : most) * j->c->in.w) * j->turned_col;
}

size_t mt_winograd_weights_scratch(const struct mt_conv2d *c)
{
    const struct job j = job_of(c);
    return turned_floats(&j) + (size_t)j.grid.positions * (j.v_position + j.m_position);
}

static size_t du_position(const struct job *j)
{
    return mt_winograd_stride((size_t)j->c->z.c * (size_t)j->channels);
}

size_t mt_winograd_du_floats(const struct mt_conv2d *c)
{
    const struct job j = job_of(c);
    return (size_t)j.grid.positions * du_position(&j);
}

/* ---- strips ---- */

/* v[position][tile][lane][channel] */
static void transform_input(const struct job *j, const float *x, float *turned, float *v)
{
    const struct mt_conv2d *c = j->c;
    const int top = j->row * j->grid.outputs - c->vertical.before, end = top + j->rows * j->grid.outputs + 2;
    const int from = top < 0 ? 0 : top, to = end < c->in.h ? end : c->in.h;
    const struct mt_winograd_tiles t = {
        .outputs = j->grid.outputs,
        .rows = j->rows,
        .cols = j->grid.tile_cols,
        .h = to - from,
        .w = c->in.w,
        .top = top - from,
        .left = -c->horizontal.before,
        .row = (ptrdiff_t)((size_t)c->in.w * j->turned_col),
        .col = (ptrdiff_t)j->turned_col,
        .position = (ptrdiff_t)j->v_position,
        .tile = (ptrdiff_t)j->channels * MT_LANES,
    };
    c->k->winograd.transpose(x + (size_t)(from * c->in.w) * MT_LANES, (size_t)(c->in.h * c->in.w) * MT_LANES,
                             c->in.c, (to - from) * c->in.w, turned, j->turned_col, (size_t)j->channels);
    for (int i = 0; i < j->channels * MT_LANES; i += MT_LANES)
        c->k->winograd.input(&t, turned + i, v + i);
}

/* dm[position][filter][tile][lane] */
static void transform_gradient(const struct job *j, const float *dz, int first, int filters, float *dm)
{
    const struct mt_conv2d *c = j->c;
    const ptrdiff_t row = (ptrdiff_t)c->z.w * MT_LANES;
    const struct mt_winograd_tiles t = {
        .outputs = j->grid.outputs,
        .rows = j->rows,
        .cols = j->grid.tile_cols,
        .h = c->z.h,
        .w = c->z.w,
        .top = j->row * j->grid.outputs,
        .row = row,
        .col = MT_LANES,
        .position = (ptrdiff_t)j->m_position,
        .tile = MT_LANES,
    };
    for (int f = 0; f < filters; f++)
        c->k->winograd.gradient(&t, dz + (first + f) * c->z.h * row, dm + f * j->tiles * MT_LANES);
}

static void multiply(const struct job *j, const float *dm, const float *v, int filters, float *du, bool add)
{
    struct mt_winograd_product p = {
        .rows = filters,
        .vectors = j->channels / MT_LANES,
        .depth = j->tiles * MT_LANES,
        .a_row = (size_t)j->tiles * MT_LANES,
        .b_row = (size_t)j->channels,
        .c_row = (size_t)j->channels,
        .add = add,
    };
    for (int i = 0; i < j->grid.positions; i++) {
        p.a = dm + (size_t)i * j->m_position;
        p.b = v + (size_t)i * j->v_position;
        p.c = du + (size_t)i * du_position(j);
        j->c->k->winograd.product(&p);
    }
}

void mt_winograd_weight_gradient(const struct mt_conv2d *c, const float *x, const float *dz, float *scratch,
                                 float *du, bool add)
{
    struct job j = job_of(c);
    float *v = scratch + turned_floats(&j), *dm = v + (size_t)j.grid.positions * j.v_position;
    const int groups = mt_conv_tiles(c->z.c, j.group);
    for (j.row = 0; j.row < j.grid.tile_rows; j.row += j.grid.strip) {
        const int left = j.grid.tile_rows - j.row;
        j.rows = left < j.grid.strip ? left : j.grid.strip;
        j.tiles = j.rows * j.grid.tile_cols;
        transform_input(&j, x, scratch, v);
        for (int g = 0; g < groups; g++) {
            const int first = mt_conv_tile_start(g, groups, c->z.c);
            const int filters = mt_conv_tile_start(g + 1, groups, c->z.c) - first;
            transform_gradient(&j, dz, first, filters, dm);
            multiply(&j, dm, v, filters, du + first * j.channels, add || j.row);
        }
    }
}

void mt_winograd_finish_weights(const struct mt_conv2d *c, const float *du, float *dw)
{
    const struct job j = job_of(c);
    float part[MT_WINOGRAD_TAPS * MT_LANES] __attribute__((aligned(64)));
    for (int o = 0; o < c->z.c; o++) {
        for (int first = 0; first < c->in.c; first += MT_LANES) {
            const int some = c->in.c - first < MT_LANES ? c->in.c - first : MT_LANES;
            c->k->winograd.kernels(j.grid.outputs, du + o * j.channels + first, du_position(&j), part);
            for (int ch = 0; ch < some; ch++)
                for (int tap = 0; tap < MT_WINOGRAD_TAPS; tap++)
                    *dw++ = part[tap * MT_LANES + ch];
        }
    }
}
