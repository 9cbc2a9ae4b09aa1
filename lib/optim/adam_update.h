/* adam_update.h: what adam and adamw share.
 *
 *     g = g_scale (dL/dw + 2 l2 w) + coupled w
 *     m = beta1 m + (1 - beta1) g
 *     v = beta2 v + (1 - beta2) g^2
 *     w = (1 - lr decoupled) w - lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)
 *
 * Kingma and Ba, "Adam", ICLR 2015, in the form at the end of its section 2, which Keras uses: eps is added
 * to the uncorrected sqrt(v). PyTorch's eps, added to the corrected one, corresponds to eps sqrt(1 - beta2^t)
 * here.
 *
 * Moments below 1e-30 become 0: they move nothing, but weights whose gradient has died would otherwise leave
 * denormal numbers, on which processors are many times slower. */
#ifndef MT_OPTIM_ADAM_UPDATE_H
#define MT_OPTIM_ADAM_UPDATE_H

#include "lib/optim/optim.h"

struct mt_adam_cfg {
    double lr, beta1, beta2, eps, weight_decay;
};

void mt_adam_update(const struct mt_adam_cfg *c, const struct mt_update *u, double coupled, double decoupled);
double mt_adam_rate(const void *cfg, double lr, int64_t t); /* lr with both corrections of the bias */

#define MT_ADAM_FIELDS(decay_default, decay_help)                                                            \
    {.name = "lr",                                                                                           \
     .type = MT_REAL,                                                                                        \
     .offset = offsetof(struct mt_adam_cfg, lr),                                                             \
     .def = "0.001",                                                                                         \
     .min = 0,                                                                                               \
     .max = 1e6,                                                                                             \
     .flags = MT_F_ABOVE_MIN,                                                                                \
     .help = "Learning rate."},                                                                              \
        {.name = "beta1",                                                                                    \
         .type = MT_REAL,                                                                                    \
         .offset = offsetof(struct mt_adam_cfg, beta1),                                                      \
         .def = "0.9",                                                                                       \
         .min = 0,                                                                                           \
         .max = 1,                                                                                           \
         .flags = MT_F_BELOW_MAX,                                                                            \
         .help = "Decay of the mean of the gradient."},                                                      \
        {.name = "beta2",                                                                                    \
         .type = MT_REAL,                                                                                    \
         .offset = offsetof(struct mt_adam_cfg, beta2),                                                      \
         .def = "0.999",                                                                                     \
         .min = 0,                                                                                           \
         .max = 1,                                                                                           \
         .flags = MT_F_BELOW_MAX,                                                                            \
         .help = "Decay of the mean of its square."},                                                        \
        {.name = "eps",                                                                                      \
         .type = MT_REAL,                                                                                    \
         .offset = offsetof(struct mt_adam_cfg, eps),                                                        \
         .def = "1e-7",                                                                                      \
         .min = 1e-37, /* a float32 above zero */                                                            \
         .max = 1,                                                                                           \
         .help = "Added to the root of the mean square, before bias correction (Keras)."},                   \
        {.name = "weight_decay",                                                                             \
         .type = MT_REAL,                                                                                    \
         .offset = offsetof(struct mt_adam_cfg, weight_decay),                                               \
         .def = decay_default,                                                                               \
         .min = 0,                                                                                           \
         .max = 1e6,                                                                                         \
         .help = decay_help},                                                                                \
    {                                                                                                        \
        0                                                                                                    \
    }

#endif
