/* arcface.c: additive angular margin (J. Deng et al., ArcFace, CVPR 2019).
 *
 *     z_y = s cos(theta_y + m), z_j = s cos(theta_j), j != y        (N,C)
 *
 * What happens once theta_y + m passes pi is pi_rule's choice (margin.h). Defaults s 64, m 0.5 are the
 * paper's; the published notebooks use s 30 with m 0.5 or 0.8, and s 6 with m 2. */
#include "lib/head/cosine.h"
#include "lib/head/weight.h"

struct arcface_cfg {
    struct mt_weight_cfg weight;
    double s, m;
    struct mt_margin_cfg margin;
};

struct arcface {
    struct mt_cosine cosine;
    struct mt_margin margin;
};

static const struct mt_field fields[] = {
    MT_SCALE_FIELD(struct arcface_cfg, s, "64"),
    {.name = "m",
     .type = MT_REAL,
     .offset = offsetof(struct arcface_cfg, m),
     .def = "0.5",
     .min = 0,
     .max = 3.141592653589793,
     .flags = MT_F_AUTO,
     .unit = "rad",
     .help =
         "Margin added to the angle to the sample's own class; auto takes half the angle that the classes "
         "can stand apart.",
     .alias = "margin"},
    MT_MARGIN_FIELDS(struct arcface_cfg, margin, "psi"),
    MT_WEIGHT_FIELDS(struct arcface_cfg, weight),
    {0},
};

static struct mt_slope target(const struct mt_head *h, const struct mt_angle *angle)
{
    const struct arcface *a = h->state;
    return mt_margin_at(&a->margin, angle);
}

static void settle(void *cfg)
{
    struct arcface_cfg *c = cfg;
    mt_margin_settle(&c->margin, 1, c->m);
}

static void configure(struct mt_head *h)
{
    const struct arcface_cfg *cfg = h->cfg;
    struct arcface *a = h->state;
    mt_margin_init(&a->margin, &cfg->margin, 1, cfg->m);
    a->cosine.s = cfg->s;
}

static int plan(struct mt_head *h, struct mt_plan *p, struct mt_tensors *tensors, struct mt_err *err)
{
    struct arcface *a = h->state;
    a->cosine.target = target;
    return mt_cosine_plan(h, p, tensors, err);
}

static struct mt_slope margin_at(const void *cfg, double theta)
{
    const struct arcface_cfg *c = cfg;
    return mt_margin_of(&c->margin, 1, c->m, theta);
}

static const struct mt_head_margin margin = {
    .at = margin_at, .most = mt_angular_most, .fit = mt_angular_fit, .others_plain = true};

const struct mt_head_type mt_arcface = {
    .kind = {.name = "arcface",
             .help = "Additive angular margin: s cos(theta + m) for the sample's own class.",
             .cfg_size = sizeof(struct arcface_cfg),
             .fields = fields,
             .settle = settle},
    .cosine = true,
    .margin = &margin,
    .state_size = sizeof(struct arcface),
    .configure = configure,
    .plan = plan,
    .init = mt_weight_init,
    .step = mt_cosine_step,
    .loss = mt_cosine_loss,
    .score = mt_cosine_score,
};
