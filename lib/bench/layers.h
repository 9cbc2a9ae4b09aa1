/* layers.h: what the layers of a network compute per image, and how long that takes.
 *
 * Floating-point operations are counted as a direct convolution does them, 2 for each product and sum,
 * whatever the kernels do, borders included: a layer with a kernel of K weights (all of them together,
 * C*KH*KW*O or I*O) and H'xW' outputs per channel takes
 *
 *   forward 2 K H' W',   backward twice that (gradients of weights and of the input),
 *
 * half of it where the input's gradient is not needed (the first layer that is trained), none before that.
 * Heads with weights (C,D) take 2 C D and 4 C D. Biases, activations, pooling and normalization are not
 * counted. */
#ifndef MT_BENCH_LAYERS_H
#define MT_BENCH_LAYERS_H

#include "lib/bench/workload.h"
#include "lib/train/trainer.h"

/* Fills layer, n_layers, train_flops and infer_flops; times are measured by at least three steps of training,
 * for about `seconds`. They leave the weights as they are. `t` stands at the beginning of an epoch. */
int mt_bench_layers(struct mt_bench *b, const struct mt_setup *s, struct mt_trainer *t, double seconds,
                    struct mt_err *err);

#endif
