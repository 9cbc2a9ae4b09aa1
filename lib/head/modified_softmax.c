/* modified_softmax.c: softmax over normalized class weights without bias: A-Softmax with m = 1 (W. Liu et
 * al., SphereFace, CVPR 2017).
 *
 *     z_j = |x| cos(theta_j) = x . w^_j        (N,C)
 *
 * The scale is each embedding's own length, so the embeddings must not be normalized. */
#include "lib/head/cosine.h"
#include "lib/head/weight.h"

struct modified_softmax_cfg {
    struct mt_weight_cfg weight;
};

static const struct mt_field fields[] = {
    MT_WEIGHT_FIELDS(struct modified_softmax_cfg, weight),
    {0},
};

static struct mt_slope target(const struct mt_head *h, const struct mt_angle *angle)
{
    (void)h;
    return (struct mt_slope){angle->cos, angle->sin};
}

static int plan(struct mt_head *h, struct mt_plan *p, struct mt_tensors *tensors, struct mt_err *err)
{
    struct mt_cosine *c = h->state;
    c->target = target;
    c->free_norm = true;
    c->bare = true;
    return mt_cosine_plan(h, p, tensors, err);
}

static struct mt_slope margin_at(const void *cfg, double theta)
{
    (void)cfg;
    return (struct mt_slope){cos(theta), sin(theta)};
}

static const struct mt_head_margin margin = {.at = margin_at};

const struct mt_head_type mt_modified_softmax = {
    .kind = {.name = "modified_softmax",
             .help = "Softmax over |x| cos(theta): normalized class weights, no bias, no margin.",
             .cfg_size = sizeof(struct modified_softmax_cfg),
             .fields = fields},
    .cosine = true,
    .margin = &margin,
    .free_norm = true,
    .state_size = sizeof(struct mt_cosine),
    .plan = plan,
    .init = mt_weight_init,
    .step = mt_cosine_step,
    .loss = mt_cosine_loss,
    .score = mt_cosine_score,
};
