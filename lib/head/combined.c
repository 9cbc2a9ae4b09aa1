/* combined.c: the three margins in one (J. Deng et al., ArcFace, CVPR 2019, section 3).
 *
 *     z_y = s (cos(m1 theta_y + m2) - m3), z_j = s cos(theta_j), j != y        (N,C)
 *
 * (1, m, 0) is ArcFace, (1, 0, m) CosFace, (1, 0, 0) a normalized softmax. A negative m2 is allowed: psi
 * continues the cosine below phi = 0. Defaults are the combination that the authors published with their
 * code. */
#include "lib/head/cosine.h"
#include "lib/head/weight.h"

struct combined_cfg {
    struct mt_weight_cfg weight;
    double s, m1, m2, m3;
    struct mt_margin_cfg margin;
};

struct combined {
    struct mt_cosine cosine;
    struct mt_margin margin;
};

static const struct mt_field fields[] = {
    MT_SCALE_FIELD(struct combined_cfg, s, "64"),
    {.name = "m1",
     .type = MT_REAL,
     .offset = offsetof(struct combined_cfg, m1),
     .def = "1",
     .min = 0,
     .max = 16,
     .flags = MT_F_ABOVE_MIN,
     .help = "Factor on the angle to the sample's own class (SphereFace)."},
    {.name = "m2",
     .type = MT_REAL,
     .offset = offsetof(struct combined_cfg, m2),
     .def = "0.3",
     .min = -3.141592653589793,
     .max = 3.141592653589793,
     .unit = "rad",
     .help = "Margin added to that angle (ArcFace)."},
    {.name = "m3",
     .type = MT_REAL,
     .offset = offsetof(struct combined_cfg, m3),
     .def = "0.2",
     .min = -2,
     .max = 2,
     .help = "Margin taken off the cosine (CosFace)."},
    MT_MARGIN_FIELDS(struct combined_cfg, margin, "psi"),
    MT_WEIGHT_FIELDS(struct combined_cfg, weight),
    {0},
};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct combined_cfg *c = cfg;
    return mt_margin_check(&c->margin, c->m1, key, err);
}

static struct mt_slope target(const struct mt_head *h, const struct mt_angle *angle)
{
    const struct combined_cfg *cfg = h->cfg;
    const struct combined *c = h->state;
    struct mt_slope s = mt_margin_at(&c->margin, angle);
    s.f -= cfg->m3;
    return s;
}

static void settle(void *cfg)
{
    struct combined_cfg *c = cfg;
    mt_margin_settle(&c->margin, c->m1, c->m2);
}

static void configure(struct mt_head *h)
{
    const struct combined_cfg *cfg = h->cfg;
    struct combined *c = h->state;
    mt_margin_init(&c->margin, &cfg->margin, cfg->m1, cfg->m2);
    c->cosine.s = cfg->s;
}

static int plan(struct mt_head *h, struct mt_plan *p, struct mt_tensors *tensors, struct mt_err *err)
{
    struct combined *c = h->state;
    c->cosine.target = target;
    return mt_cosine_plan(h, p, tensors, err);
}

static struct mt_slope margin_at(const void *cfg, double theta)
{
    const struct combined_cfg *c = cfg;
    struct mt_slope s = mt_margin_of(&c->margin, c->m1, c->m2, theta);
    s.f -= c->m3;
    return s;
}

static const struct mt_head_margin margin = {.at = margin_at, .others_plain = true};

const struct mt_head_type mt_combined = {
    .kind = {.name = "combined",
             .help = "All three margins: s (cos(m1 theta + m2) - m3) for the sample's own class.",
             .cfg_size = sizeof(struct combined_cfg),
             .fields = fields,
             .settle = settle,
             .check = check},
    .cosine = true,
    .margin = &margin,
    .state_size = sizeof(struct combined),
    .configure = configure,
    .plan = plan,
    .init = mt_weight_init,
    .step = mt_cosine_step,
    .loss = mt_cosine_loss,
    .score = mt_cosine_score,
};
