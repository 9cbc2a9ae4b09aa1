/* metric.h: how far apart two embeddings are.
 *
 * cosine: 1 - cos(a, b), in [0, 2]; that of a zero vector is 1. euclidean: |a - b|. */
#ifndef MT_EVAL_METRIC_H
#define MT_EVAL_METRIC_H

enum mt_metric { MT_METRIC_COSINE, MT_METRIC_EUCLIDEAN }; /* in the order of the key eval.metric */

#endif
