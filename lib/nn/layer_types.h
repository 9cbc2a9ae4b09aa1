/* layer_types.h: the layers there are. */
#ifndef MT_NN_LAYER_TYPES_H
#define MT_NN_LAYER_TYPES_H

#include "lib/nn/layer.h"

extern const struct mt_layer_type mt_conv2d, mt_max_pool, mt_avg_pool, mt_global_avg_pool, mt_zero_pad,
    mt_flatten;
extern const struct mt_layer_type mt_dense, mt_batch_norm, mt_dropout, mt_l2_normalize;
extern const struct mt_layer_type mt_activation_layer, mt_relu, mt_prelu, mt_leaky_relu, mt_tanh, mt_sigmoid;

#endif
