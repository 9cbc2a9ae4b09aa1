/* pooling.h: what max_pool and avg_pool share, so that a convolution can take them over. */
#ifndef MT_NN_POOLING_H
#define MT_NN_POOLING_H

#include "lib/core/fields.h"

enum mt_padding { MT_VALID, MT_SAME };

struct mt_pooling_cfg {
    char *name;
    struct mt_ints size;   /* one number or [height, width] */
    struct mt_ints stride; /* unset (n = 0): the size */
    int padding;           /* enum mt_padding; padded elements never win and do not count in an average (Keras) */
};

extern const struct mt_layer_type mt_max_pool, mt_avg_pool;

#endif
