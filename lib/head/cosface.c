/* cosface.c: additive cosine margin (H. Wang et al., CosFace, CVPR 2018).
 *
 *     z_y = s (cos theta_y - m), z_j = s cos(theta_j), j != y        (N,C)
 *
 * h = sin(theta), so nothing special happens at any angle and the exact and the detached gradient are the
 * same. Defaults are the paper's. */
#include "lib/head/cosine.h"
#include "lib/head/weight.h"

struct cosface_cfg {
    struct mt_weight_cfg weight;
    double s, m;
};

static const struct mt_field fields[] = {
    MT_SCALE_FIELD(struct cosface_cfg, s, "64"),
    {.name = "m",
     .type = MT_REAL,
     .offset = offsetof(struct cosface_cfg, m),
     .def = "0.35",
     .min = 0,
     .max = 2,
     .flags = MT_F_AUTO,
     .help =
         "Margin taken off the cosine to the sample's own class; auto takes one that the classes can meet "
         "with room to spare.",
     .alias = "margin"},
    MT_WEIGHT_FIELDS(struct cosface_cfg, weight),
    {0},
};

static struct mt_slope target(const struct mt_head *h, const struct mt_angle *angle)
{
    const struct cosface_cfg *cfg = h->cfg;
    return (struct mt_slope){angle->cos - cfg->m, angle->sin};
}

static void configure(struct mt_head *h)
{
    const struct cosface_cfg *cfg = h->cfg;
    struct mt_cosine *c = h->state;
    c->s = cfg->s;
}

static int plan(struct mt_head *h, struct mt_plan *p, struct mt_tensors *tensors, struct mt_err *err)
{
    struct mt_cosine *c = h->state;
    c->target = target;
    return mt_cosine_plan(h, p, tensors, err);
}

static struct mt_slope margin_at(const void *cfg, double theta)
{
    return (struct mt_slope){cos(theta) - ((const struct cosface_cfg *)cfg)->m, sin(theta)};
}

static double most(double angle)
{
    return 1 - cos(angle);
}

/* Met by embeddings within a quarter of the angle, as mt_angular_fit's is. */
static double fit(double angle)
{
    return cos(angle / 4) - cos(3 * angle / 4);
}

static const struct mt_head_margin margin = {.at = margin_at, .most = most, .fit = fit, .others_plain = true};

const struct mt_head_type mt_cosface = {
    .kind = {.name = "cosface",
             .help = "Additive cosine margin: s (cos(theta) - m) for the sample's own class.",
             .cfg_size = sizeof(struct cosface_cfg),
             .fields = fields},
    .cosine = true,
    .margin = &margin,
    .state_size = sizeof(struct mt_cosine),
    .configure = configure,
    .plan = plan,
    .init = mt_weight_init,
    .step = mt_cosine_step,
    .loss = mt_cosine_loss,
    .score = mt_cosine_score,
};
