/* sgd.c: gradient descent with momentum.
 *
 *     g = g_scale (dL/dw + 2 l2 w) + weight_decay w      weight decay where the tensor takes part in it
 *     v = momentum v + g                                 v starts at 0
 *     w = w - lr v                                       plain momentum (Polyak 1964)
 *     w = w - lr (g + momentum v)                        nesterov (Sutskever et al. 2013)
 *
 * The rate stands outside v, as in PyTorch: a change of the rate acts on what v has gathered at once. (Keras
 * gathers lr g in v; at a constant rate the two are the same.) */
#include <math.h>

#include "lib/optim/optim.h"

#define TINY 1e-30F

struct cfg {
    double lr, momentum, weight_decay;
    bool nesterov;
};

#define AT(member) offsetof(struct cfg, member)

static const struct mt_field fields[] = {
    {.name = "lr",
     .type = MT_REAL,
     .offset = AT(lr),
     .def = "0.01",
     .min = 0,
     .max = 1e6,
     .flags = MT_F_ABOVE_MIN,
     .help = "Learning rate."},
    {.name = "momentum",
     .type = MT_REAL,
     .offset = AT(momentum),
     .def = "0",
     .min = 0,
     .max = 1,
     .flags = MT_F_BELOW_MAX,
     .help = "Part of the last movement that is kept."},
    {.name = "nesterov",
     .type = MT_BOOL,
     .offset = AT(nesterov),
     .def = "false",
     .help = "Look ahead along the momentum."},
    {.name = "weight_decay",
     .type = MT_REAL,
     .offset = AT(weight_decay),
     .def = "0",
     .min = 0,
     .max = 1e6,
     .help = "Adds weight_decay * w to the gradient of weights and kernels."},
    {0}};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct cfg *c = cfg;
    if (!c->nesterov || c->momentum > 0)
        return 0;
    *key = "nesterov";
    return mt_err_set(err, MT_ERR_USAGE, "nesterov needs a momentum above 0");
}

static int moments_used(const void *cfg)
{
    return ((const struct cfg *)cfg)->momentum > 0 ? 1 : 0;
}

static void plain(float *restrict w, const float *restrict g, size_t n, float lr, float g_scale, float l2x2,
                  float wd)
{
    for (size_t i = 0; i < n; i++) {
        float d = g_scale * (g[i] + l2x2 * w[i]) + wd * w[i];
        w[i] -= lr * d;
    }
}

static void with_momentum(const struct mt_update *u, float momentum, bool nesterov, float wd)
{
    float *restrict w = u->w, *restrict v = u->moment[0];
    const float *restrict g = u->g;
    float lr = (float)u->lr, g_scale = (float)u->g_scale, l2x2 = (float)(2 * u->l2);
    for (size_t i = 0; i < u->n; i++) {
        float d = g_scale * (g[i] + l2x2 * w[i]) + wd * w[i];
        float move = momentum * v[i] + d;
        v[i] = fabsf(move) < TINY ? 0 : move; /* as in adam_update.h */
        w[i] -= lr * (nesterov ? d + momentum * v[i] : v[i]);
    }
}

static void update(const void *cfg, const struct mt_update *u)
{
    const struct cfg *c = cfg;
    float wd = u->decay ? (float)c->weight_decay : 0;
    if (c->momentum > 0)
        with_momentum(u, (float)c->momentum, c->nesterov, wd);
    else
        plain(u->w, u->g, u->n, (float)u->lr, (float)u->g_scale, (float)(2 * u->l2), wd);
}

const struct mt_optim_type mt_optim_sgd = {
    .kind = {.name = "sgd",
             .help = "Gradient descent with optional (Nesterov) momentum.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields,
             .check = check},
    .moments = 1,
    .moment_name = {"momentum"},
    .moments_used = moments_used,
    .update = update,
};
