/* curricularface.c: an adaptive curriculum (Y. Huang et al., CurricularFace, CVPR 2020).
 *
 *     z_y = s cos(theta_y + m)                                      as arcface, pi_rule
 *     z_j = s n(c_j), j != y                                        (N,C)
 *     n(c) = c (t + c), n' = 2c + t   where c > T = cos(theta_y + m), a hard negative (T before any pi_rule)
 *     n(c) = c, n' = 1                elsewhere
 *
 * t starts at t0 and moves once per training batch, without a gradient:
 *
 *     official  t <- 0.99 t + 0.01 mean cos(theta_y), then this batch uses it     (the authors' code)
 *     paper     t <- 0.01 t + 0.99 mean cos(theta_y), then this batch uses it     (equation 9 as printed)
 *     n2        this batch uses t, then t <- 0.01 t + 0.99 mean cos(theta_y + m)  (a widely copied Keras
 * version)
 *
 * The score is s cos(theta), without the curriculum. */
#include "lib/head/cosine.h"
#include "lib/head/weight.h"

enum t_rule { T_OFFICIAL, T_PAPER, T_N2 };
static const char *const t_rules[] = {[T_OFFICIAL] = "official", [T_PAPER] = "paper", [T_N2] = "n2", NULL};

struct curricularface_cfg {
    struct mt_weight_cfg weight;
    double s, m, t0;
    int t_rule;
    struct mt_margin_cfg margin;
};

struct curricularface {
    struct mt_cosine cosine;
    struct mt_margin margin;
    struct mt_tensor *t;
};

static const struct mt_field fields[] = {
    MT_SCALE_FIELD(struct curricularface_cfg, s, "64"),
    {.name = "m",
     .type = MT_REAL,
     .offset = offsetof(struct curricularface_cfg, m),
     .def = "0.5",
     .min = 0,
     .max = 3.141592653589793,
     .flags = MT_F_AUTO,
     .unit = "rad",
     .help =
         "Margin added to the angle to the sample's own class; auto takes half the angle that the classes "
         "can stand apart.",
     .alias = "margin"},
    {.name = "t_rule",
     .type = MT_CHOICE,
     .offset = offsetof(struct curricularface_cfg, t_rule),
     .def = "official",
     .choices = t_rules,
     .help = "How t follows the mean target cosine: official (0.01 of it, before use), paper (0.99 of it, "
             "before use), n2 "
             "(0.99 of it with margin, after use)."},
    {.name = "t0",
     .type = MT_REAL,
     .offset = offsetof(struct curricularface_cfg, t0),
     .def = "0",
     .min = -1,
     .max = 1,
     .help = "First value of t."},
    MT_MARGIN_FIELDS(struct curricularface_cfg, margin, "insightface"),
    MT_WEIGHT_FIELDS(struct curricularface_cfg, weight),
    {0},
};

static struct mt_slope target(const struct mt_head *h, const struct mt_angle *angle)
{
    const struct curricularface *c = h->state;
    return mt_margin_at(&c->margin, angle);
}

static void negatives(const struct mt_head *h, int i, int y, float *c, struct mt_lse *score,
                      struct mt_lse *loss)
{
    const struct curricularface *head = h->state;
    double threshold = mt_margin_plain(&head->margin, &head->cosine.row[i].angle);
    h->k->softmax.curriculum(h->classes, y, head->cosine.s, threshold, head->t->data[0], c, score, loss);
}

static void settle(void *cfg)
{
    struct curricularface_cfg *c = cfg;
    mt_margin_settle(&c->margin, 1, c->m);
}

static void configure(struct mt_head *h)
{
    const struct curricularface_cfg *cfg = h->cfg;
    struct curricularface *c = h->state;
    mt_margin_init(&c->margin, &cfg->margin, 1, cfg->m);
    c->cosine.s = cfg->s;
}

static int plan(struct mt_head *h, struct mt_plan *p, struct mt_tensors *tensors, struct mt_err *err)
{
    struct curricularface *c = h->state;
    struct mt_tensor_spec spec = {.layer = h->name, .what = "t", .ndim = 1, .dim = {1}};
    c->cosine.target = target;
    c->cosine.logits.negatives = negatives;
    if (mt_cosine_plan(h, p, tensors, err) < 0)
        return -1;
    c->t = mt_tensors_add(tensors, p, &spec, err);
    return c->t ? 0 : -1;
}

static void init(struct mt_head *h, uint64_t seed)
{
    const struct curricularface_cfg *cfg = h->cfg;
    struct curricularface *c = h->state;
    mt_weight_init(h, seed);
    c->t->data[0] = (float)cfg->t0;
}

static void move_t(struct mt_head *h, int n)
{
    const struct curricularface_cfg *cfg = h->cfg;
    struct curricularface *c = h->state;
    double sum = 0, share = cfg->t_rule == T_OFFICIAL ? 0.01 : 0.99;
    for (int i = 0; i < n; i++) {
        const struct mt_angle *angle = &c->cosine.row[i].angle;
        sum += cfg->t_rule == T_N2 ? mt_margin_plain(&c->margin, angle) : angle->cos;
    }
    c->t->data[0] = (float)((1 - share) * (double)c->t->data[0] + share * sum / n);
}

static void step(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                 struct mt_head_stats *sum)
{
    const struct curricularface_cfg *cfg = h->cfg;
    mt_cosine_angles(h, n, x, label);
    if (cfg->t_rule != T_N2)
        move_t(h, n);
    mt_cosine_finish(h, n, label, dx, sum);
    if (cfg->t_rule == T_N2)
        move_t(h, n);
}

static double gauge(const struct mt_head *h)
{
    const struct curricularface *c = h->state;
    return (double)c->t->data[0];
}

static struct mt_slope margin_at(const void *cfg, double theta)
{
    const struct curricularface_cfg *c = cfg;
    return mt_margin_of(&c->margin, 1, c->m, theta);
}

static const struct mt_head_margin margin = {.at = margin_at, .most = mt_angular_most, .fit = mt_angular_fit};

const struct mt_head_type mt_curricularface = {
    .kind = {.name = "curricularface",
             .help = "arcface with hard negatives weighted by how far training has come (t).",
             .cfg_size = sizeof(struct curricularface_cfg),
             .fields = fields,
             .settle = settle},
    .cosine = true,
    .margin = &margin,
    .state_size = sizeof(struct curricularface),
    .configure = configure,
    .plan = plan,
    .init = init,
    .step = step,
    .loss = mt_cosine_loss,
    .score = mt_cosine_score,
    .gauge = gauge,
};
