/* activation.h: the elementwise functions that layers may end with.
 *
 * Each one's derivative follows from its output alone, so they work in place:
 *   relu max(0, x), leaky_relu x > 0 ? x : slope x, tanh, sigmoid 1 / (1 + exp(-x)).
 * A value that is not a number goes through all of them unchanged. */
#ifndef MT_NN_ACTIVATION_H
#define MT_NN_ACTIVATION_H

#include <stddef.h>

#include "lib/core/fields.h"

enum mt_activation { MT_LINEAR, MT_RELU, MT_LEAKY_RELU, MT_TANH, MT_SIGMOID };

#define MT_LEAKY_SLOPE 0.3 /* Keras; what `activation: leaky_relu` of conv2d and dense means */

/* Names in that order, for MT_CHOICE fields. (prelu has weights of its own and is a layer of another kind.)
 */
extern const char *const mt_activation_names[]; /* linear relu leaky_relu tanh sigmoid */

struct mt_activation_cfg { /* of the layers activation, relu, leaky_relu, tanh, sigmoid: all share it */
    char *name;
    double slope; /* leaky_relu: factor below zero, not negative */
    int function; /* of the layer `activation` */
};

/* Which function a layer is (an enum mt_activation); -1 when it is none of these. */
struct mt_layer;
int mt_activation_of(const struct mt_layer *l);

/* y = f(x) and dx = dy f'(x), the latter from y = f(x). n floats, a multiple of MT_LANES; y may be x, dx may
 * be dy. */
struct mt_kernels;
void mt_activate(const struct mt_kernels *k, enum mt_activation f, float slope, float *y, const float *x,
                 size_t n);
void mt_activate_backward(const struct mt_kernels *k, enum mt_activation f, float slope, float *dx,
                          const float *dy, const float *y, size_t n);

#endif
