/* sphereface.c: multiplicative angular margin, A-Softmax (W. Liu et al., SphereFace, CVPR 2017).
 *
 *     z_y = |x| (lambda cos(theta_y) + psi(m theta_y)) / (1 + lambda), z_j = |x| cos(theta_j), j != y (N,C)
 *     psi(phi) = (-1)^k cos(phi) - 2k, k = floor(phi / pi), for every real m > 0
 *     lambda_n = max(lambda_min, base (1 + gamma n)^-power) at the n-th batch, the first being 1
 *
 * psi is flat wherever m theta is a multiple of pi; the annealed lambda carries the embeddings over those
 * points. Defaults are those of the authors' training files. */
#include <math.h>

#include "lib/head/cosine.h"
#include "lib/head/weight.h"

struct sphereface_cfg {
    struct mt_weight_cfg weight;
    double m, base, gamma, power, lambda_min;
    int grad;
};

struct sphereface {
    struct mt_cosine cosine;
    struct mt_tensor *iteration; /* batches so far */
    double lambda;
};

static const struct mt_field fields[] = {
    {.name = "m",
     .type = MT_REAL,
     .offset = offsetof(struct sphereface_cfg, m),
     .def = "4",
     .min = 0,
     .max = 16,
     .flags = MT_F_ABOVE_MIN,
     .help = "Factor on the angle to the sample's own class; any real number above 0.",
     .alias = "margin"},
    {.name = "base",
     .type = MT_REAL,
     .offset = offsetof(struct sphereface_cfg, base),
     .def = "1000",
     .min = 0,
     .max = 1e9,
     .help = "lambda = max(lambda_min, base (1 + gamma n)^-power) at batch n."},
    {.name = "gamma",
     .type = MT_REAL,
     .offset = offsetof(struct sphereface_cfg, gamma),
     .def = "0.12",
     .min = 0,
     .max = 1e9,
     .help = "How fast lambda falls with the number of batches."},
    {.name = "power",
     .type = MT_REAL,
     .offset = offsetof(struct sphereface_cfg, power),
     .def = "1",
     .min = 0,
     .max = 100,
     .help = "Exponent of lambda's decay."},
    {.name = "lambda_min",
     .type = MT_REAL,
     .offset = offsetof(struct sphereface_cfg, lambda_min),
     .def = "5",
     .min = 0,
     .max = 1e9,
     .help = "Where lambda stops falling; 0 ends in the pure margin."},
    {.name = "grad",
     .type = MT_CHOICE,
     .offset = offsetof(struct sphereface_cfg, grad),
     .def = "exact",
     .choices = mt_grad_modes,
     .help = "exact: the gradient of the loss; detached: the margin counts in the loss and is left out of "
             "the target's slope."},
    MT_WEIGHT_FIELDS(struct sphereface_cfg, weight),
    {0},
};

static double lambda(const struct mt_head *h)
{
    const struct sphereface_cfg *cfg = h->cfg;
    const struct sphereface *s = h->state;
    return fmax(cfg->lambda_min,
                cfg->base * pow(1 + cfg->gamma * (double)s->iteration->data[0], -cfg->power));
}

static struct mt_slope blend(const struct sphereface_cfg *cfg, double lambda, const struct mt_angle *angle)
{
    struct mt_slope psi = mt_psi(cfg->m * mt_angle_theta(angle));
    double f = (lambda * angle->cos + psi.f) / (1 + lambda);
    double slope = (lambda * angle->sin + cfg->m * psi.h) / (1 + lambda);
    return (struct mt_slope){f, cfg->grad == MT_GRAD_DETACHED ? angle->sin : slope};
}

static struct mt_slope target(const struct mt_head *h, const struct mt_angle *angle)
{
    const struct sphereface *s = h->state;
    return blend(h->cfg, s->lambda, angle);
}

static int plan(struct mt_head *h, struct mt_plan *p, struct mt_tensors *tensors, struct mt_err *err)
{
    struct sphereface *s = h->state;
    struct mt_tensor_spec spec = {.layer = h->name, .what = "iteration", .ndim = 1, .dim = {1}};
    s->cosine.target = target;
    s->cosine.free_norm = true;
    if (mt_cosine_plan(h, p, tensors, err) < 0)
        return -1;
    s->iteration = mt_tensors_add(tensors, p, &spec, err);
    return s->iteration ? 0 : -1;
}

static void init(struct mt_head *h, uint64_t seed)
{
    struct sphereface *s = h->state;
    mt_weight_init(h, seed);
    s->iteration->data[0] = 0;
}

static void step(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                 struct mt_head_stats *sum)
{
    struct sphereface *s = h->state;
    s->iteration->data[0] += 1; /* stays at 2^24 when it gets there, where lambda has long stopped moving */
    s->lambda = lambda(h);
    mt_cosine_step(h, n, x, label, dx, sum);
}

static void loss(struct mt_head *h, int n, const float *x, const int32_t *label, struct mt_head_stats *sum)
{
    struct sphereface *s = h->state;
    s->lambda = lambda(h);
    mt_cosine_loss(h, n, x, label, sum);
}

/* Where lambda ends. */
static struct mt_slope margin_at(const void *cfg, double theta)
{
    const struct sphereface_cfg *c = cfg;
    struct mt_angle angle = mt_angle_at(theta);
    return blend(c, c->lambda_min, &angle);
}

static const struct mt_head_margin margin = {.at = margin_at};

const struct mt_head_type mt_sphereface = {
    .kind = {.name = "sphereface",
             .help = "Multiplicative angular margin: |x| psi(m theta) for the sample's own class, annealed "
                     "by lambda.",
             .cfg_size = sizeof(struct sphereface_cfg),
             .fields = fields},
    .cosine = true,
    .margin = &margin,
    .free_norm = true,
    .state_size = sizeof(struct sphereface),
    .plan = plan,
    .init = init,
    .step = step,
    .loss = loss,
    .score = mt_cosine_score,
    .gauge = lambda,
};
