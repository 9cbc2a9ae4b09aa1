/* layer_table.c: the table of every layer. A new one is a file of its own and a row here. */
#include "lib/nn/layer_types.h"

static const struct mt_kind *const rows[] = {
    &mt_conv2d.kind,
    &mt_max_pool.kind,
    &mt_avg_pool.kind,
    &mt_global_avg_pool.kind,
    &mt_zero_pad.kind,
    &mt_flatten.kind,
    &mt_dense.kind,
    &mt_batch_norm.kind,
    &mt_dropout.kind,
    &mt_activation_layer.kind,
    &mt_relu.kind,
    &mt_prelu.kind,
    &mt_leaky_relu.kind,
    &mt_tanh.kind,
    &mt_sigmoid.kind,
    &mt_l2_normalize.kind,
    NULL,
};

const struct mt_table mt_layer_table = {"layer", rows};
