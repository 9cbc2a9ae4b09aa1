/* layer.h: what a layer is.
 *
 * A layer type is one file with one const struct and one row in the table of layer_table.c. A network calls
 * it in this order: shape, absorb, plan (all of setup, may fail), init, then prepare, forward, backward and
 * finish (cannot fail).
 *
 * Forward and backward are lists of phases. A PER_BLOCK phase handles one block of 16 samples (math/lanes.h).
 * The network joins consecutive PER_BLOCK phases of neighboring layers into one segment: a worker takes a
 * shard and pulls each of its blocks, in ascending order, through all of them, so that activations stay in
 * cache. A PER_TILE phase cuts a product over the whole batch by output tiles; ONCE runs alone (combining
 * partial sums in a fixed order). Layers that need the whole batch (batch statistics) or own large weights
 * (dense) use the latter two.
 *
 * A list of forward phases reads x and writes y; where it ends with a PER_BLOCK phase, that one alone writes
 * y. A list of backward phases reads dy (and may overwrite it) and writes dx, whole, unless dx.data is NULL;
 * where it ends with a PER_BLOCK phase, that one alone writes dx. From this the network knows which values
 * never leave a segment. */
#ifndef MT_NN_LAYER_H
#define MT_NN_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/fields.h"
#include "lib/core/plan.h"
#include "lib/core/tensor.h"
#include "lib/math/kernels.h"
#include "lib/math/lanes.h"

#define MT_LAYER_NAME 48
#define MT_KERNEL_TEXT 64

/* What one pass over a batch knows. */
struct mt_pass {
    bool training;      /* dropout is active, batch statistics are used and moved */
    int n;              /* samples in the batch, 1..max_batch */
    int blocks, shards; /* mt_blocks(n), mt_shards(blocks) */
    uint64_t seed;      /* with epoch and sample names dropout's random numbers */
    uint32_t epoch;
    const int32_t *sample; /* (n) data-set index of each sample; may be NULL when not training */
};

/* An activation or gradient: a block of `stride` floats per block of samples, or (gradients inside a segment)
 * per worker. */
struct mt_act {
    float *data; /* NULL: not wanted (dx of the first layer) */
    size_t stride;
    bool per_worker;
};

static inline float *mt_act_at(const struct mt_act *a, int block, int worker)
{
    return a->data + a->stride * (size_t)(a->per_worker ? worker : block);
}

struct mt_layer {
    const struct mt_layer_type *type;
    const void *cfg; /* of type->kind.cfg_size; every layer's struct begins with `char *name` */
    char name[MT_LAYER_NAME];
    int index;               /* position in the network: with the epoch it names dropout's stream */
    struct mt_shape in, out; /* of this layer alone, as the parameter table prints them */
    bool frozen;             /* weights and statistics stay as they are (mt_net_freeze) */
    bool absorbed;           /* an earlier layer does its work: it has no phases of its own */
    /* Set by the network before the first pass. For a layer that absorbed others, y and dy belong to the last
     * of them. In-place layers have dx = dy, and y = x unless the layer before keeps its y. */
    struct mt_act x, y, dx, dy;
    /* What backward reads besides dy. Both true when plan() is called, which clears what this layer does
     * without. */
    bool keep_x, keep_y;
    /* The type's; plan() may put other lists in their place. */
    const struct mt_phase *forward, *backward, *prepare, *finish;
    void *state; /* of type->state_size, zeroed */
};

/* Working space of PER_BLOCK phases: one piece per worker, shared by all layers, so that it stays in that
 * worker's cache. What a phase leaves there is gone when the next one runs. Layers ask for what they need in
 * plan(); the network then plans `workers` pieces of the largest. */
struct mt_scratch {
    char *data;
    size_t stride; /* bytes of a piece, a multiple of 64 */
};

static inline void mt_scratch_need(struct mt_scratch *s, size_t bytes)
{
    bytes = (bytes + 63) / 64 * 64;
    s->stride = s->stride < bytes ? bytes : s->stride;
}

static inline void *mt_scratch_at(const struct mt_scratch *s, int worker)
{
    return s->data + s->stride * (size_t)worker;
}

/* How convolutions are computed. WINOGRAD is used where it is faster, which follows from a layer's shape; the last
 * two, for tests and measurements, wherever it is possible, with tiles of that many outputs. */
enum mt_conv_algorithm { MT_CONV_DIRECT, MT_CONV_WINOGRAD, MT_CONV_WINOGRAD_2X2, MT_CONV_WINOGRAD_4X4 };

/* What plan() may use and register with. */
struct mt_layer_plan {
    struct mt_plan *plan;
    struct mt_tensors *tensors;
    const struct mt_kernels *kernels;
    const struct mt_bf16_engine *bf16; /* NULL: everything is float32 */
    struct mt_scratch *scratch;        /* outlives the layers */
    int max_batch, max_blocks, max_shards, workers;
    enum mt_conv_algorithm conv;
    bool training; /* false: no gradients will be asked for, nothing need be kept for backward */
    bool want_dx;  /* false for the first layer with weights: nobody needs the gradient of its input */
};

enum mt_phase_kind { MT_PER_BLOCK, MT_PER_TILE, MT_ONCE };

struct mt_phase {
    enum mt_phase_kind kind;
    /* index: the block, or the tile, or 0. */
    void (*run)(struct mt_layer *l, const struct mt_pass *p, int index, int worker);
    int (*tiles)(const struct mt_layer *l,
                 const struct mt_pass *p); /* PER_TILE: how many; depends on shapes and p->n alone */
};

struct mt_layer_type {
    struct mt_kind kind;
    const char *short_name; /* default names are short_name1, short_name2, ... */
    size_t state_size;
    bool in_place; /* elementwise or a reshape: y may be x and dx may be dy */
    /* Sets out from in, or says why the input does not fit. */
    int (*shape)(struct mt_layer *l, struct mt_err *err);
    /* Takes over the work of the layer behind it (a convolution its activation and pooling). Called with each
     * next layer in turn until it answers false. NULL: never. */
    bool (*absorb)(struct mt_layer *l, const struct mt_layer *next);
    /* Registers tensors, what is kept for backward, and scratch. */
    int (*plan)(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err);
    void (*init)(struct mt_layer *l, uint64_t seed); /* first weights; NULL when there are none */
    const struct mt_phase *forward, *backward;       /* end with run == NULL; may be NULL (flatten) */
    /* Work on weights and their gradients that is kept out of the lists above, because each PER_TILE or ONCE
     * phase there ends a segment. The network runs `prepare` of all layers before each forward pass (weights
     * packed for forward and backward: they do not change in between) and `finish` of all layers after each
     * backward pass (the shards' partial sums are added into grad). No PER_BLOCK phases; layers do not depend
     * on one another here, so theirs may run side by side. May be NULL. */
    const struct mt_phase *prepare, *finish;
    /* Which kernels plan() chose for this shape, in a few words ("direct, 6x4"), for `bench`; NULL: there is no
     * choice. */
    void (*kernel)(const struct mt_layer *l, char text[MT_KERNEL_TEXT]);
};

extern const struct mt_table mt_layer_table;

#endif
