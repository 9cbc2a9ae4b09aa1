#include "lib/optim/adam_update.h"

#include <math.h>

#define TINY 1e-30F

void mt_adam_update(const struct mt_adam_cfg *c, const struct mt_update *u, double coupled, double decoupled)
{
    const struct mt_adam_step s = {
        .g_scale = (float)u->g_scale,
        .l2x2 = (float)(2 * u->l2),
        .coupled = (float)coupled,
        .beta1 = (float)c->beta1,
        .beta2 = (float)c->beta2,
        .mean_gain = (float)(1 - c->beta1),
        .square_gain = (float)(1 - c->beta2),
        .tiny = TINY,
        .keep = (float)(1 - u->lr * decoupled),
        .rate = (float)u->rate,
        .eps = (float)c->eps,
    };
    u->kernels->adam(&s, u->n, u->g, u->w, u->moment[0], u->moment[1]);
}

double mt_adam_rate(const void *cfg, double lr, int64_t t)
{
    const struct mt_adam_cfg *c = cfg;
    return lr * sqrt(1 - pow(c->beta2, (double)t)) / (1 - pow(c->beta1, (double)t));
}
