/* conv2d_winograd.h: the inside of the convolution by Winograd's minimal filtering (math/winograd.h), shared
 * by conv2d_winograd.c (choice, plan, weights), conv2d_winograd_sum.c (forward, dx) and
 * conv2d_winograd_weights.c (dw).
 *
 * A block is worked on in strips of whole rows of tiles, few enough that the transforms of a strip stay in
 * the second cache. */
#ifndef MT_NN_CONV2D_WINOGRAD_H
#define MT_NN_CONV2D_WINOGRAD_H

#include "lib/nn/conv2d.h"

/* A plane of results cut into tiles. */
struct mt_winograd_grid {
    int outputs, positions;   /* of a tile: along an axis; n^2 */
    int tile_rows, tile_cols; /* in all */
    int strip;                /* rows of tiles of a strip, but the last one's */
};

static inline int mt_winograd_positions(int outputs)
{
    return (outputs + 2) * (outputs + 2);
}

/* Strips of at least a few tiles, whose rows are a multiple of `multiple`, unless there is only one. */
struct mt_winograd_grid mt_winograd_grid(int outputs, int h, int w, int multiple);
/* Things done at a time of `all`, each `floats` of a strip, so that transforms of this size fit beside
 * others. */
int mt_winograd_group(int all, size_t floats);

/* From one position to the next: an odd number of cache lines, so that positions do not share their places in
 * the cache. */
static inline size_t mt_winograd_stride(size_t floats)
{
    return floats / MT_LANES % 2 ? floats : floats + MT_LANES;
}

/* A block's forward pass or dx, where they are by Winograd. */
void mt_winograd_forward(struct mt_layer *l, const struct mt_pass *p, int block, int worker);
void mt_winograd_input_gradient(const struct mt_conv2d *c, const float *dz, float *scratch, float *dx);
/* Adds a block to the sums `du` of its shard, or starts them. */
void mt_winograd_weight_gradient(const struct mt_conv2d *c, const float *x, const float *dz, float *scratch,
                                 float *du, bool add);
/* Sums of a shard become its part of the kernel's gradient. */
void mt_winograd_finish_weights(const struct mt_conv2d *c, const float *du, float *dw);

size_t mt_winograd_forward_scratch(const struct mt_conv2d *c); /* in floats */
size_t mt_winograd_input_scratch(const struct mt_conv2d *c);
size_t mt_winograd_weights_scratch(const struct mt_conv2d *c);
size_t mt_winograd_du_floats(const struct mt_conv2d *c);

#endif
