/* softmax.c: the plain classifier.
 *
 *     z = x W^T + b   (N,C)
 *     dX = q W,  dW = q^T X,  db_j = sum_i q_ij,  q = (p - onehot) / N
 *
 * W starts glorot uniform and b at 0, as Dense does in Keras. */
#include "lib/head/linear.h"
#include "lib/head/weight.h"

struct softmax_cfg {
    struct mt_weight_cfg weight;
};

static const struct mt_field fields[] = {
    MT_WEIGHT_FIELDS(struct softmax_cfg, weight),
    {0},
};

const struct mt_head_type mt_softmax = {
    .kind = {.name = "softmax",
             .help = "Plain softmax cross-entropy over W x + b.",
             .cfg_size = sizeof(struct softmax_cfg),
             .fields = fields},
    .state_size = sizeof(struct mt_linear),
    .plan = mt_linear_plan,
    .init = mt_weight_init,
    .step = mt_linear_step,
    .loss = mt_linear_loss,
    .score = mt_linear_score,
};
