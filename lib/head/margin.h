/* margin.h: the target function f(theta) of the margin heads and its slope, for every rule past theta + m =
 * pi.
 *
 * With phi = m1 theta + m2 and h = -f'(theta):
 *
 *     psi          f = (-1)^k cos phi - 2k, k = floor(phi / pi)        h = m1 |sin phi|
 *     none         f = cos phi                                        h = m1 sin phi
 *     clamp        f = cos(clip(phi, eps, pi - eps))                  h = m1 sin phi inside, 0 outside
 *     insightface  phi <= pi: as none; beyond: f = cos theta - m2 sin m2, h = sin theta     (m1 = 1)
 *     drop         phi <= pi: as none; beyond: f = cos theta,             h = sin theta     (m1 = 1)
 *     easy         cos theta > 0: as none; else: f = cos theta,           h = sin theta     (m1 = 1)
 *
 * psi is the only one that never rewards a larger angle and has no jump. The detached (straight-through)
 * gradient keeps f and takes h = sin theta under every rule. */
#ifndef MT_HEAD_MARGIN_H
#define MT_HEAD_MARGIN_H

#include <math.h>
#include <stdbool.h>

#include "lib/core/fields.h"
#include "lib/head/head.h"

enum mt_pi_rule { MT_PI_PSI, MT_PI_INSIGHTFACE, MT_PI_EASY, MT_PI_DROP, MT_PI_CLAMP, MT_PI_NONE };
enum mt_grad_mode { MT_GRAD_EXACT, MT_GRAD_DETACHED };
extern const char *const mt_pi_rules[], *const mt_grad_modes[];

struct mt_margin_cfg {
    int pi_rule, grad; /* grad -1: exact while phi(pi/2) < pi, else detached */
    double epsilon;
};

#define MT_MARGIN_FIELDS(cfg, member, rule)                                                                  \
    {.name = "pi_rule",                                                                                      \
     .type = MT_CHOICE,                                                                                      \
     .offset = offsetof(cfg, member.pi_rule),                                                                \
     .def = rule,                                                                                            \
     .choices = mt_pi_rules,                                                                                 \
     .help = "What the target logit becomes once theta + m passes pi."},                                     \
        {.name = "grad",                                                                                     \
         .type = MT_CHOICE,                                                                                  \
         .offset = offsetof(cfg, member.grad),                                                               \
         .choices = mt_grad_modes,                                                                           \
         .help = "exact: the gradient of the loss; detached: the margin counts in the loss and is left out " \
                 "of the target's "                                                                          \
                 "slope. Unset: exact while an embedding at 90 degrees lies before the flat point (m < "     \
                 "pi/2), else detached."},                                                                   \
    {                                                                                                        \
        .name = "epsilon", .type = MT_REAL, .offset = offsetof(cfg, member.epsilon), .def = "0.001",         \
        .min = 1e-6, .max = 0.1, .unit = "rad",                                                              \
        .help = "With pi_rule: clamp, how far from 0 and pi the angle is kept."                              \
    }

#define MT_SCALE_FIELD(cfg, member, value)                                                                   \
    {                                                                                                        \
        .name = "s", .type = MT_REAL, .offset = offsetof(cfg, member), .def = value, .min = 0, .max = 10000, \
        .flags = MT_F_ABOVE_MIN | MT_F_AUTO,                                                                 \
        .help = "Scale of the cosines; auto takes what feasibility asks for.", .alias = "scale"              \
    }

/* The angle between two rows of length 1: A = |x - w|, B = |x + w|, theta = 2 atan2(A, B). */
struct mt_angle {
    double a, b;
    double cos, sin; /* (B^2 - A^2) / 4, A B / 2 */
};

static inline struct mt_angle mt_angle_at(double theta)
{
    return (struct mt_angle){2 * sin(theta / 2), 2 * cos(theta / 2), cos(theta), sin(theta)};
}

static inline double mt_angle_theta(const struct mt_angle *t)
{
    return 2 * atan2(t->a, t->b);
}

struct mt_margin {
    double m1, m2;
    enum mt_pi_rule rule;
    bool detached;
    double cos_m2, sin_m2, cos_epsilon;
};

/* Refuses rules that m1 leaves undefined. */
int mt_margin_check(const struct mt_margin_cfg *cfg, double m1, const char **key, struct mt_err *err);
/* Puts the mode that an unset grad stands for in its place, once m2 is a number. */
void mt_margin_settle(struct mt_margin_cfg *cfg, double m1, double m2);
void mt_margin_init(struct mt_margin *m, const struct mt_margin_cfg *cfg, double m1, double m2);
struct mt_slope mt_margin_at(const struct mt_margin *m, const struct mt_angle *t);
/* cos(theta + m2) before any rule (m1 = 1). */
double mt_margin_plain(const struct mt_margin *m, const struct mt_angle *t);

/* f and h at an angle, from the settings. */
struct mt_slope mt_margin_of(const struct mt_margin_cfg *cfg, double m1, double m2, double theta);
/* An additive angular margin m (arcface, curricularface). */
#define MT_ANGULAR_FIT_MOST 1.0 /* rad; larger margins stall under most rules from an ordinary start */
double mt_angular_most(double angle);
double mt_angular_fit(double angle);

/* SphereFace's psi(phi) and -psi'(phi). */
struct mt_slope mt_psi(double phi);

#endif
