/* lanes.h: how activations lie in memory.
 *
 * A batch of n samples is cut into blocks of MT_LANES. A block of a (C,H,W) activation is stored as [C][H][W][MT_LANES]:
 * the same element of 16 samples side by side. One vector register then holds one element of 16 samples (AVX-512), so
 * every layer vectorizes across samples whatever its shape, no plane needs padding to a vector width, and the
 * order of operations of one sample is the same in every kernel set. Lanes past the batch's end hold finite numbers
 * (zeros at the network's input) and get zero gradient. */
#ifndef MT_MATH_LANES_H
#define MT_MATH_LANES_H

#include <stddef.h>

#define MT_LANES 16
#define MT_MAX_SHARDS 16

struct mt_shape { /* of one sample; a flat vector of n has c = n, h = w = 1 */
    int c, h, w;
};

static inline size_t mt_shape_count(struct mt_shape s)
{
    return (size_t)s.c * (size_t)s.h * (size_t)s.w;
}

static inline int mt_blocks(int n)
{
    return (n + MT_LANES - 1) / MT_LANES;
}

/* Shards are the units of parallel work that own partial sums: contiguous runs of blocks, min(16, blocks) of them, cut by
 * the number of blocks alone. Shard s covers blocks [mt_shard_start(s), mt_shard_start(s + 1)). */
static inline int mt_shards(int blocks)
{
    return blocks < MT_MAX_SHARDS ? blocks : MT_MAX_SHARDS;
}

static inline int mt_shard_start(int shard, int shards, int blocks)
{
    return (int)((long)shard * blocks / shards);
}

static inline int mt_shard_of(int block, int shards, int blocks)
{
    return (int)((((long)block + 1) * shards - 1) / blocks);
}

#endif
