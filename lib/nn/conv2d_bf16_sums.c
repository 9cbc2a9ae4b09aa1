/* conv2d_bf16_sums.c: gradients of weights and bias.
 *
 *   dw[o][column] = sum over pixels and samples of dz[o] * x[column at the pixel]
 *
 * 32 samples of two neighboring pixels are summed by one product of tiles. The sums of a shard stay in tiles,
 * [tap][tile of filters][tile of columns][16][16], until all shards are added. */
#include <string.h>

#include "lib/nn/conv2d.h"

#define FEW_CHANNELS 8
#define BAND_BYTES (1 << 20)

/* Where things lie in scratch, in bytes. */
struct places {
    size_t plain;   /* x in bf16: [channel][padded row][residue][phase][16] */
    size_t columns; /* math/bf16.h */
    size_t tiles;
    size_t zeros; /* a row of plain */
    size_t bias;  /* [filter][16] */
    size_t room;  /* a row of dz */
    size_t end;
};

struct job {
    const struct mt_conv2d *c;
    const struct mt_conv2d_sums *s;
    int from, to; /* rows of dz */
    uint16_t *plain, *columns, *tiles, *zeros;
    float *bias, *room;
};

/* ---- sizes ---- */

static int padded_rows(const struct mt_conv2d *c, int rows)
{
    return (rows - 1) * c->vertical.stride + c->vertical.kernel;
}

static int line(const struct mt_conv2d *c) /* padded columns */
{
    return c->horizontal.stride * c->bf16.sums.phase;
}

static size_t x_k(const struct mt_conv2d *c) /* from one pair of samples to the next */
{
    return (size_t)c->bf16.sums.column_tiles * 32;
}

static size_t tile_row(const struct mt_conv2d *c)
{
    return (size_t)c->bf16.sums.pairs * MT_BF16_TILE;
}

static struct places places_of(const struct mt_conv2d *c, int rows)
{
    const struct mt_conv2d_sums *s = &c->bf16.sums;
    const size_t padded = (size_t)padded_rows(c, rows), wide = (size_t)(rows * s->pairs * 2);
    const size_t a_line = (size_t)line(c) * MT_LANES * sizeof(uint16_t);
    struct places p = {.plain = 0};
    p.columns = p.plain + (size_t)c->in.c * padded * a_line;
    p.tiles = p.columns + (s->wide ? wide : padded * (size_t)line(c)) * 8 * x_k(c) * sizeof(uint16_t);
    p.zeros = p.tiles + (size_t)(s->filter_tiles * rows) * tile_row(c) * sizeof(uint16_t);
    p.bias = p.zeros + a_line;
    p.room = p.bias + (size_t)c->z.c * MT_LANES * sizeof(float);
    p.end = p.room + (size_t)c->z.w * MT_LANES * sizeof(float);
    return p;
}

void mt_conv2d_sums_cut(struct mt_conv2d *c)
{
    struct mt_conv2d_sums *s = &c->bf16.sums;
    const int taps = mt_conv2d_taps(c);
    s->wide = c->in.c < FEW_CHANNELS;
    s->columns = s->wide ? c->in.c * taps : c->in.c;
    s->taps = s->wide ? 1 : taps;
    s->column_tiles = (s->columns + 15) / 16;
    s->filter_tiles = (c->z.c + 15) / 16;
    s->pairs = (c->z.w + 1) / 2;
    s->phase = ((c->horizontal.kernel - 1) / c->horizontal.stride + 2 * s->pairs + 1) / 2 * 2;
    s->band = c->z.h;
    while (s->band > 1 && places_of(c, s->band).end > BAND_BYTES)
        s->band = (s->band + 1) / 2;
}

size_t mt_conv2d_sums_scratch(const struct mt_conv2d *c)
{
    return places_of(c, c->bf16.sums.band).end;
}

size_t mt_conv2d_sums_floats(const struct mt_conv2d_sums *s)
{
    return (size_t)(s->taps * s->filter_tiles * s->column_tiles) * 256;
}

/* ---- x ---- */

/* A row of x, with zeros around it; columns a stride apart lie side by side. */
static void plain_line(const struct mt_conv2d *c, const float *x, uint16_t *to)
{
    const int stride = c->horizontal.stride, phase = c->bf16.sums.phase, before = c->horizontal.before;
    for (int r = 0; r < stride; r++, to += phase * MT_LANES) {
        const int first = r < before ? (before - r + stride - 1) / stride : 0;
        const int all = (before + c->in.w - r + stride - 1) / stride, end = all < phase ? all : phase;
        const int n = end > first ? end - first : 0;
        memset(to, 0, (size_t)first * MT_LANES * sizeof *to);
        c->k->bf16.plain(x + (first * stride + r - before) * MT_LANES, stride * MT_LANES, n,
                         to + first * MT_LANES);
        memset(to + (first + n) * MT_LANES, 0, (size_t)(phase - first - n) * MT_LANES * sizeof *to);
    }
}

static void make_plain(const struct job *j, const struct mt_conv2d_source *x)
{
    const struct mt_conv2d *c = j->c;
    const size_t a_line = (size_t)line(c) * MT_LANES;
    const int rows = padded_rows(c, j->to - j->from), top = j->from * c->vertical.stride - c->vertical.before;
    uint16_t *to = j->plain;
    for (int ch = 0; ch < c->in.c; ch++) {
        for (int r = top; r < top + rows; r++, to += a_line) {
            if (r < 0 || r >= c->in.h)
                memset(to, 0, a_line * sizeof *to);
            else
                plain_line(c, x->row(x, ch, r, NULL), to);
        }
    }
}

/* The row of x that a column reads for a row of columns: r counts padded rows, or rows of dz when wide. */
static const uint16_t *column_line(const struct job *j, int column, int r)
{
    const struct mt_conv2d *c = j->c;
    const int rows = padded_rows(c, j->to - j->from), kw = c->horizontal.kernel,
              stride = c->horizontal.stride;
    if (column >= j->s->columns)
        return j->zeros;
    if (!j->s->wide)
        return j->plain + (size_t)((column * rows + r) * line(c)) * MT_LANES;
    const int tap = column % mt_conv2d_taps(c), channel = column / mt_conv2d_taps(c), k = tap % kw;
    const int row = channel * rows + r * c->vertical.stride + tap / kw;
    return j->plain + (size_t)(row * line(c) + k % stride * j->s->phase + k / stride) * MT_LANES;
}

static void make_columns(const struct job *j)
{
    const struct mt_conv2d *c = j->c;
    const int rows = j->s->wide ? j->to - j->from : padded_rows(c, j->to - j->from);
    const int pairs = j->s->wide ? j->s->pairs : line(c) / 2;
    uint16_t *to = j->columns;
    for (int r = 0; r < rows; r++, to += (size_t)pairs * 16 * x_k(c)) {
        for (int t = 0; t < j->s->column_tiles; t++) {
            const uint16_t *from[16];
            for (int i = 0; i < 16; i++)
                from[i] = column_line(j, t * 16 + i, r);
            c->k->bf16.columns(from, pairs, to + t * 32, (ptrdiff_t)x_k(c));
        }
    }
}

/* ---- dz ---- */

static void make_tiles(const struct job *j, const struct mt_conv2d_source *dz)
{
    const struct mt_conv2d *c = j->c;
    const int rows = j->to - j->from;
    for (int f = 0; f < j->s->filter_tiles * 16; f++) {
        uint16_t *to = j->tiles + (size_t)(f / 16 * rows) * tile_row(c) + f % 16 * 32;
        for (int r = j->from; r < j->to; r++, to += tile_row(c)) {
            for (int p = 0; f >= c->z.c && p < j->s->pairs; p++)
                memset(to + p * MT_BF16_TILE, 0, 32 * sizeof *to);
            if (f >= c->z.c)
                continue;
            const float *row = dz->row(dz, f, r, j->room);
            c->k->bf16.tiles(row, c->z.w, to);
            if (c->bias)
                c->k->conv.total(row, (size_t)c->z.w, j->bias + f * MT_LANES);
        }
    }
}

/* ---- products ---- */

static const uint16_t *first_columns(const struct job *j, int tap)
{
    const struct mt_conv2d *c = j->c;
    const int stride = c->horizontal.stride, k = tap % c->horizontal.kernel;
    if (j->s->wide)
        return j->columns;
    const int col = k % stride * j->s->phase + k / stride, row = tap / c->horizontal.kernel;
    return j->columns + (size_t)(row * line(c) + col) * 8 * x_k(c);
}

static void multiply(const struct job *j, float *partial, bool add)
{
    const struct mt_conv2d *c = j->c;
    const struct mt_conv2d_sums *s = j->s;
    const int line_step = s->wide ? s->pairs * 2 : c->vertical.stride * line(c);
    struct mt_bf16_outer o = {
        .rows = j->to - j->from,
        .pairs = s->pairs,
        .dz_tile = (size_t)(j->to - j->from) * tile_row(c),
        .x_row = line_step * 8 * (ptrdiff_t)x_k(c),
        .x_k = (ptrdiff_t)x_k(c),
        .acc_filter = (size_t)s->column_tiles * 256,
        .acc_column = 256,
        .add = add,
    };
    for (int f = 0; f < s->filter_tiles; f += 2) {
        o.filters = s->filter_tiles - f < 2 ? 1 : 2;
        o.dz = j->tiles + (size_t)f * o.dz_tile;
        for (int t = 0; t < s->column_tiles; t += 2) {
            o.columns = s->column_tiles - t < 2 ? 1 : 2;
            for (int tap = 0; tap < s->taps; tap++) {
                o.x = first_columns(j, tap) + t * 32;
                o.acc = partial + (size_t)((tap * s->filter_tiles + f) * s->column_tiles + t) * 256;
                c->bf16.engine->outer(&o);
            }
        }
    }
}

void mt_conv2d_sums_run(const struct mt_conv2d_source *x, const struct mt_conv2d_source *dz, float *partial,
                        bool add, void *scratch)
{
    const struct mt_conv2d *c = x->c;
    const struct mt_conv2d_sums *s = &c->bf16.sums;
    const struct places p = places_of(c, s->band);
    char *at = scratch;
    struct job j = {
        .c = c,
        .s = s,
        .plain = (uint16_t *)(void *)(at + p.plain),
        .columns = (uint16_t *)(void *)(at + p.columns),
        .tiles = (uint16_t *)(void *)(at + p.tiles),
        .zeros = (uint16_t *)(void *)(at + p.zeros),
        .bias = (float *)(void *)(at + p.bias),
        .room = (float *)(void *)(at + p.room),
    };
    memset(j.zeros, 0, p.room - p.zeros);
    for (; j.from < c->z.h; j.from = j.to) {
        j.to = j.from + s->band < c->z.h ? j.from + s->band : c->z.h;
        make_plain(&j, x);
        make_columns(&j);
        make_tiles(&j, dz);
        multiply(&j, partial, add || j.from);
    }
    if (c->bias)
        c->k->conv.lane_sums(j.bias, MT_LANES, c->z.c, partial + mt_conv2d_sums_floats(s), add);
}

/* ---- sums over shards ---- */

/* A task is a tile of filters of one tap; the last one is the bias. */
static int finish_tasks(const struct mt_layer *l, const struct mt_pass *p)
{
    (void)p;
    const struct mt_conv2d *c = l->state;
    return c->bf16.sums.taps * c->bf16.sums.filter_tiles + (c->bias ? 1 : 0);
}

static void store_weights(const struct mt_conv2d *c, int task, const float *sums)
{
    const struct mt_conv2d_sums *s = &c->bf16.sums;
    const int tap = task / s->filter_tiles, first = task % s->filter_tiles * 16;
    for (int f = 0; f < 16 && first + f < c->z.c; f++)
        for (int i = 0; i < s->columns; i++)
            c->kernel->grad[((size_t)(first + f) * (size_t)s->columns + (size_t)i) * (size_t)s->taps +
                            (size_t)tap] = sums[i / 16 * 256 + f * 16 + i % 16];
}

static void finish(struct mt_layer *l, const struct mt_pass *p, int task, int worker)
{
    (void)worker;
    const struct mt_conv2d *c = l->state;
    const struct mt_conv2d_sums *s = &c->bf16.sums;
    const size_t all = mt_conv2d_sums_floats(s), some = (size_t)s->column_tiles * 256;
    if (task == s->taps * s->filter_tiles) {
        mt_conv2d_add_shards(c, p->shards, all, all + c->bias->count);
        memcpy(c->bias->grad, c->partial + all, c->bias->count * sizeof(float));
        return;
    }
    mt_conv2d_add_shards(c, p->shards, (size_t)task * some, (size_t)(task + 1) * some);
    store_weights(c, task, c->partial + (size_t)task * some);
}

const struct mt_phase mt_conv2d_bf16_sums_finish[] = {{MT_PER_TILE, finish, finish_tasks}, {0}};
