/* layer_types.h: the layers there are. */
#ifndef MT_NN_LAYER_TYPES_H
#define MT_NN_LAYER_TYPES_H

#include "lib/nn/layer.h"

extern const struct mt_layer_type mt_dense, mt_flatten, mt_activation_layer, mt_relu, mt_leaky_relu, mt_tanh,
    mt_sigmoid;

#endif
