/* batch.c: samples in memory, (n,C,H,W), to a block of lanes, [C][H][W][16]. */
#include "lib/data/dataset.h"

#include <string.h>

/* 8-bit values take one of 256 results per channel, so these are looked up. */
static void fill_table(float table[256], float mean, float gain)
{
    for (int b = 0; b < 256; b++)
        table[b] = ((float)b - mean) * gain;
}

static void block_u8(const uint8_t *const row[MT_LANES], int n, size_t count, const float table[256],
                     float *x)
{
    for (size_t p = 0; p < count; p++, x += MT_LANES)
        for (int l = 0; l < n; l++)
            x[l] = table[row[l][p]];
}

static void block_f32(const float *const row[MT_LANES], int n, size_t count, float mean, float gain, float *x)
{
    for (size_t p = 0; p < count; p++, x += MT_LANES)
        for (int l = 0; l < n; l++)
            x[l] = (row[l][p] - mean) * gain;
}

static void channel_u8(const uint8_t *pixels, size_t stride, const int32_t *index, int n, size_t count,
                       float mean, float gain, float *x)
{
    const uint8_t *row[MT_LANES];
    float table[256];
    for (int l = 0; l < n; l++)
        row[l] = pixels + (size_t)index[l] * stride;
    fill_table(table, mean, gain);
    if (n == MT_LANES)
        block_u8(row, MT_LANES, count, table, x); /* a constant, so that the loop is unrolled */
    else
        block_u8(row, n, count, table, x);
}

static void channel_f32(const float *pixels, size_t stride, const int32_t *index, int n, size_t count,
                        float mean, float gain, float *x)
{
    const float *row[MT_LANES];
    for (int l = 0; l < n; l++)
        row[l] = pixels + (size_t)index[l] * stride;
    block_f32(row, n, count, mean, gain, x);
}

void mt_batch_block(const struct mt_dataset *d, const struct mt_scale *s, const int32_t *index, int n,
                    float *x)
{
    size_t sample = mt_shape_count(d->shape);
    int channels = d->shape.h == 1 && d->shape.w == 1 ? 1 : d->shape.c;
    size_t count = sample / (size_t)channels;
    if (n < MT_LANES)
        memset(x, 0, sample * MT_LANES * sizeof *x);
    for (int c = 0; c < channels; c++, x += count * MT_LANES) {
        size_t at = (size_t)c * count;
        if (d->pixel == MT_PIXEL_U8)
            channel_u8((const uint8_t *)d->pixels + at, sample, index, n, count, s->mean[c], s->gain[c], x);
        else
            channel_f32((const float *)d->pixels + at, sample, index, n, count, s->mean[c], s->gain[c], x);
    }
}
