#include "lib/optim/adam_update.h"

#include <math.h>

#define TINY 1e-30F

void mt_adam_update(const struct mt_adam_cfg *c, const struct mt_update *u, double coupled, double decoupled)
{
    float *restrict w = u->w, *restrict m = u->moment[0], *restrict v = u->moment[1];
    const float *restrict g = u->g;
    double t = (double)u->t;
    float rate = (float)(u->lr * sqrt(1 - pow(c->beta2, t)) / (1 - pow(c->beta1, t)));
    float keep = (float)(1 - u->lr * decoupled), wd = (float)coupled;
    float g_scale = (float)u->g_scale, l2x2 = (float)(2 * u->l2), eps = (float)c->eps;
    float b1 = (float)c->beta1, b2 = (float)c->beta2, a1 = (float)(1 - c->beta1), a2 = (float)(1 - c->beta2);
    for (size_t i = 0; i < u->n; i++) {
        float d = g_scale * (g[i] + l2x2 * w[i]) + wd * w[i];
        float mean = b1 * m[i] + a1 * d, square = b2 * v[i] + a2 * (d * d);
        m[i] = fabsf(mean) < TINY ? 0 : mean;
        v[i] = square < TINY ? 0 : square;
        w[i] = keep * w[i] - rate * m[i] / (sqrtf(v[i]) + eps);
    }
}
