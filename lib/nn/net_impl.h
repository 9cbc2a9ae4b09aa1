/* net_impl.h: the inside of a network, shared by net.c (building), net_plan.c (what runs when, what lies
 * where) and net_run.c. */
#ifndef MT_NN_NET_IMPL_H
#define MT_NN_NET_IMPL_H

#include "lib/nn/net.h"

/* One phase of one layer. */
struct net_op {
    struct mt_layer *layer;
    const struct mt_phase *phase;
};

/* Consecutive operations that run in one go of the pool: PER_BLOCK ones one behind the other on each block of
 * a shard; or the tiles of PER_TILE ones (ONCE counts as one tile), which do not depend on one another. */
struct net_segment {
    bool per_block;
    int first, n; /* operations */
};

struct net_program {
    struct net_op *op;
    struct net_segment *segment;
    int n_ops, n_segments;
};

/* An activation or gradient: how much of one block it is and when it is needed. Times count the operations of
 * the forward program, then the output, then the operations of the backward program. */
struct net_value {
    size_t floats;   /* of one block */
    int first, last; /* operation that first writes it and the last that reads it; first > last: never */
    bool always;     /* keeps its memory for good */
    bool per_worker; /* needed inside one segment only */
    size_t offset;   /* in floats, into the batch's or a worker's memory */
    struct mt_layer *maker; /* whose output it is; NULL for the input and for gradients */
    bool kept_y;            /* its maker, or a layer that worked in place, reads it again in backward */
};

struct net_place { /* which values a layer works on; -1: none */
    int x, y, dx, dy;
};

struct mt_net {
    struct mt_layer *layer;
    int n_layers;
    struct mt_layer **active; /* those that are not absorbed */
    struct net_place *place;  /* of each active layer */
    int n_active;
    int first_trained; /* active layer at which backward ends; n_active: none has weights */
    struct mt_net_options options;
    struct net_program prepare, forward, backward, finish;
    struct net_value *value; /* 0 is the input */
    int n_values;
    size_t batch_floats, worker_floats; /* memory of values: in all; of each worker */
    float *batch, *worker;              /* planned */
    struct mt_scratch scratch;          /* planned */
    float *out;                         /* (max_batch, D), planned */
    int *tile_start;                    /* of the operations of the segment that runs */
    bool bound;                         /* layers have their pointers */
    struct mt_layer_seconds *seconds;   /* (workers, n_layers) while passes are clocked; else NULL */
};

/* Settles programs and values and plans their memory, after every layer was planned. */
int mt_net_plan(struct mt_net *net, struct mt_plan *plan, struct mt_err *err);
void mt_net_run(struct mt_net *net, const struct net_program *program, const struct mt_pass *p);

#endif
