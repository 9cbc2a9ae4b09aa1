/* net.h: a network: a list of layers planned together, run forward and backward over one batch. */
#ifndef MT_NN_NET_H
#define MT_NN_NET_H

#include "lib/core/pool.h"
#include "lib/nn/layer.h"

struct mt_net;

struct mt_net_options {
    struct mt_shape input;
    int max_batch;                     /* largest n of any pass */
    bool training;                     /* plan gradients too */
    bool input_gradient;               /* also plan the gradient of the network's input (tests) */
    enum mt_conv_algorithm conv;
    const struct mt_kernels *kernels;  /* mt_kernels_pick() */
    const struct mt_bf16_engine *bf16; /* mt_bf16_pick(): convolutions round to bf16; NULL: none does */
    struct mt_pool *pool;              /* must outlive the network */
};

/* Builds the network and registers its memory with `plan` and its weights with `tensors`; both are committed
 * and released by the caller. `layers` (kinds of mt_layer_table) must outlive it. Errors are MT_ERR_USAGE and
 * name the layer. */
int mt_net_new(struct mt_net **out, const struct mt_variants *layers, const struct mt_net_options *options,
               struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err);
void mt_net_free(struct mt_net *net);

int mt_net_layers(const struct mt_net *net);
const struct mt_layer *mt_net_layer(const struct mt_net *net, int i); /* for the parameter table */
int mt_net_dim(
    const struct mt_net *net); /* D: the width of the output; the last layer's output is always flat */

/* A frozen layer trains neither weights nor statistics; batch normalization then takes the moving ones. Between
 * passes. */
void mt_net_freeze(struct mt_net *net, int layer, bool frozen);

/* All of these after mt_plan_commit. */
void mt_net_init(struct mt_net *net,
                 uint64_t seed); /* first weights, each tensor from its own random stream */
/* Input of one block, [C][H][W][16], to be filled before forward, by any thread; unused lanes of the last
 * block zero. */
float *mt_net_input(struct mt_net *net, int block);
/* Fills p->blocks and p->shards from p->n, runs forward, and returns the output as (n, D) row-major, valid
 * until the next pass. */
const float *mt_net_forward(struct mt_net *net, struct mt_pass *p);
/* Takes the gradient of the output, (n, D) row-major, after a forward pass over the same batch. Overwrites
 * every weight gradient. */
void mt_net_backward(struct mt_net *net, const struct mt_pass *p, const float *dout);
const float *mt_net_input_gradient(const struct mt_net *net,
                                   int block); /* only with options.input_gradient */

/* Until it is called again with NULL, passes add to seconds (threads of the pool, mt_net_layers), row by row per
 * thread, the time that each layer's phases take; a layer that was absorbed takes none. */
struct mt_layer_seconds {
    double forward, backward; /* with packing of the weights; with adding up of their gradients */
};
void mt_net_clock(struct mt_net *net, struct mt_layer_seconds *seconds);

/* First layer whose output of the last pass holds a number that is not finite, or NULL. For messages. */
const char *mt_net_find_nonfinite(const struct mt_net *net, const struct mt_pass *p);

#endif
