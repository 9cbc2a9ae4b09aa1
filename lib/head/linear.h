/* linear.h: z = W x + b (Dense in Keras): what softmax and center share. */
#ifndef MT_HEAD_LINEAR_H
#define MT_HEAD_LINEAR_H

#include "lib/head/logits.h"

/* The state of such a head begins with this. */
struct mt_linear {
    struct mt_logits logits;
};

int mt_linear_plan(struct mt_head *h, struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err);
void mt_linear_step(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                    struct mt_head_stats *sum);
void mt_linear_loss(struct mt_head *h, int n, const float *x, const int32_t *label,
                    struct mt_head_stats *sum);
void mt_linear_score(struct mt_head *h, int n, const float *x, float *score);

#endif
