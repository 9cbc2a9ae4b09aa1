/* conv2d_shared.c: what every way of computing the convolution has in common: the pooling and activation
 * behind it, forward and backward, and the sum of the shards' gradients. */
#include "lib/nn/conv2d.h"

void mt_conv2d_pool_rows(const struct mt_conv2d *c, const float *z, int block, int filter, int from, int to,
                         bool training, float *y)
{
    const struct mt_pooled_row row = {c->pool_h, c->pool_w, c->y.w, (ptrdiff_t)c->z.w * MT_LANES};
    for (; from < to; from += c->pool_h, z += c->pool_h * row.x_row) {
        float *to_y = y + from / c->pool_h * c->y.w * MT_LANES;
        uint16_t *gate = c->gate && training ? mt_conv2d_gate(c, block, filter, from) : NULL;
        if (c->pool == MT_POOL_MEAN) {
            c->k->pooled.mean(&row, z, to_y, gate);
            continue;
        }
        c->k->pooled.max(&row, z, to_y, gate, c->f == MT_RELU);
        if (c->f != MT_RELU)
            mt_activate(c->k, c->f, c->slope, to_y, to_y, (size_t)c->y.w * MT_LANES);
    }
}

void mt_conv2d_spread_row(const struct mt_conv2d *c, const float *dy, int block, int filter, int r, float *dz)
{
    const struct mt_pooled_row row = {c->pool_h, c->pool_w, c->y.w, 0};
    const size_t window = (size_t)((filter * c->y.h + r / c->pool_h) * c->y.w);
    const float scale = c->pool == MT_POOL_MEAN ? 1.0f / (float)(c->pool_h * c->pool_w) : 1.0f;
    c->k->pooled.back(&row, scale, dy + window * MT_LANES,
                      c->gate ? mt_conv2d_gate(c, block, filter, r) : NULL, dz);
}

void mt_conv2d_undo_activation(const struct mt_conv2d *c, float *dy, const float *y)
{
    if (c->pool == MT_POOL_NONE || (c->pool == MT_POOL_MAX && c->f != MT_RELU))
        mt_activate_backward(c->k, c->f, c->slope, dy, dy, y, mt_shape_count(c->y) * MT_LANES);
}

void mt_conv2d_add_shards(const struct mt_conv2d *c, int shards, size_t from, size_t to)
{
    for (int step = 1; step < shards; step *= 2) {
        for (int s = 0; s + step < shards; s += 2 * step) {
            float *a = c->partial + (size_t)s * c->partial_stride, *b = a + (size_t)step * c->partial_stride;
            for (size_t i = from; i < to; i++)
                a[i] += b[i];
        }
    }
}
