/* conv2d_bf16_map.c: planes to planes: a copy of the source as padded pixels (math/bf16.h), and runs over it.
 */
#include <string.h>

#include "lib/nn/conv2d.h"

#define COPY_BYTES (768 << 10) /* of a band, if its rows are not larger */

static size_t pixel(const struct mt_conv2d_map *m) /* elements */
{
    return (size_t)m->pairs * 2 * MT_LANES;
}

static int copied_rows(const struct mt_conv2d_map *m, int rows)
{
    return (rows - 1) * m->step_h + m->kh;
}

void mt_conv2d_map_cut(struct mt_conv2d_map *m)
{
    m->pairs = (m->from.c + 1) / 2;
    m->tiles = (m->kw * m->pairs + 15) / 16;
    m->width = (m->to.w - 1) * m->step_w + m->kw;
    const size_t row = (size_t)m->width * pixel(m) * sizeof(uint16_t);
    const int most = (int)(COPY_BYTES / row), rows = (most - m->kh) / m->step_h + 1;
    m->band = most < m->kh || rows < m->some ? m->some : rows / m->some * m->some;
    m->band = m->band < m->to.h ? m->band : m->to.h;
}

/* The last tile of the last kernel row may read past the copy: zeros, times weights of zero. */
static size_t copy_bytes(const struct mt_conv2d_map *m)
{
    const size_t all = (size_t)copied_rows(m, m->band) * (size_t)m->width * pixel(m) + MT_BF16_TILE;
    return all * sizeof(uint16_t);
}

static size_t row_bytes(const struct mt_conv2d_map *m)
{
    return (size_t)m->from.w * MT_LANES * sizeof(float);
}

size_t mt_conv2d_map_scratch(const struct mt_conv2d_map *m)
{
    return copy_bytes(m) + 2 * row_bytes(m);
}

static void copy_row(const struct mt_conv2d_map *m, const struct mt_conv2d_source *s, int row, uint16_t *to,
                     float *room)
{
    const size_t all = (size_t)m->width * pixel(m);
    const int there = (m->width - m->before_w + m->spread_w - 1) / m->spread_w;
    const int n = there < m->from.w ? there : m->from.w;
    if (m->spread_w > 1) {
        memset(to, 0, all * sizeof *to);
    } else {
        const size_t left = (size_t)m->before_w * pixel(m), right = left + (size_t)n * pixel(m);
        memset(to, 0, left * sizeof *to);
        memset(to + right, 0, (all - right) * sizeof *to);
    }
    to += (size_t)m->before_w * pixel(m);
    for (int p = 0; p < m->pairs; p++, to += 2 * MT_LANES) {
        const float *a = s->row(s, 2 * p, row, room), *b = NULL;
        if (2 * p + 1 < m->from.c)
            b = s->row(s, 2 * p + 1, row, room + (size_t)m->from.w * MT_LANES);
        s->c->k->bf16.pairs(a, b, n, to, m->spread_w * (ptrdiff_t)pixel(m));
    }
}

void mt_conv2d_map_copy(const struct mt_conv2d_map *m, const struct mt_conv2d_source *s, int from, int to,
                        void *scratch)
{
    const size_t all = (size_t)m->width * pixel(m);
    uint16_t *copy = scratch;
    float *room = (float *)(void *)((char *)scratch + copy_bytes(m));
    const int end = from * m->step_h + copied_rows(m, to - from);
    for (int r = from * m->step_h; r < end; r++, copy += all) {
        const int row = r - m->before_h;
        if (row >= 0 && row % m->spread_h == 0 && row / m->spread_h < m->from.h)
            copy_row(m, s, row / m->spread_h, copy, room);
        else
            memset(copy, 0, all * sizeof *copy);
    }
    memset(copy, 0, MT_BF16_TILE * sizeof *copy);
}

void mt_conv2d_map_run(const struct mt_conv2d_map *m, const struct mt_bf16_engine *engine, int filter,
                       int top, int from, int to, const void *scratch, float *y, ptrdiff_t y_filter)
{
    const ptrdiff_t row = m->width * (ptrdiff_t)pixel(m);
    const size_t w_tile = (size_t)(m->kh * m->tiles) * MT_BF16_TILE;
    const int left = m->to.c - filter;
    engine->run(&(const struct mt_bf16_run){
        .rows = to - from,
        .cols = m->to.w,
        .taps_h = m->kh,
        .tiles = m->tiles,
        .filters = left < 32 ? left : 32,
        .w = m->weights + (size_t)(filter / 16) * w_tile,
        .w_tile = w_tile,
        .x = (const uint16_t *)scratch + (from - top) * m->step_h * row,
        .x_row = m->step_h * row,
        .x_col = m->step_w * (ptrdiff_t)pixel(m),
        .x_tap_row = row,
        .start = m->start + (size_t)filter * MT_LANES,
        .y = y,
        .y_filter = y_filter,
        .y_row = (ptrdiff_t)m->to.w * MT_LANES,
    });
}
