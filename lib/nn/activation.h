/* activation.h: the elementwise functions that layers may end with. */
#ifndef MT_NN_ACTIVATION_H
#define MT_NN_ACTIVATION_H

enum mt_activation { MT_LINEAR, MT_RELU, MT_LEAKY_RELU, MT_TANH, MT_SIGMOID, MT_PRELU };

/* Names in that order, for MT_CHOICE fields. `activation:` of conv2d and dense takes the first list; prelu has weights of its own and
 * exists only as a layer. */
extern const char *const mt_activation_names[]; /* linear relu leaky_relu tanh sigmoid */

struct mt_activation_cfg { /* of the layers relu, leaky_relu, tanh, sigmoid, prelu: all share it */
    char *name;
    double slope; /* leaky_relu: factor below zero (Keras: 0.3) */
};

/* Which function a layer type is; -1 when it is not an activation. */
struct mt_layer_type;
int mt_activation_of(const struct mt_layer_type *type);

#endif
