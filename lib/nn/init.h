/* init.h: first weights. Each tensor draws from its own random stream, named by the seed and the tensor's
 * name. */
#ifndef MT_NN_INIT_H
#define MT_NN_INIT_H

#include <stdint.h>

#include "lib/core/tensor.h"

/* Uniform in +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010; Keras' default). */
void mt_init_glorot(struct mt_tensor *t, uint64_t seed, double fan_in, double fan_out);
void mt_init_constant(struct mt_tensor *t, float value);

#endif
