#include "lib/head/feasibility.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/head/auto.h"
#include "lib/head/lse.h"

#define PI 3.14159265358979323846
#define DEGREES (180 / PI)

/* Angles at which a head's f is looked at. */
#define ANGLES 1800
/* A target logit whose slope is below this is taken for flat. It is looked for between 2 degrees, where every
 * slope may be small, and 90, where an embedding starts. */
#define FLAT 0.01
#define FLAT_FROM (2 / DEGREES)

__attribute__((format(printf, 2, 3))) static void warn(struct mt_feasibility *f, const char *fmt, ...)
{
    va_list args;
    if (f->warnings == MT_FEASIBILITY_WARNINGS)
        return;
    va_start(args, fmt);
    vsnprintf(f->warning[f->warnings++], MT_FEASIBILITY_TEXT, fmt, args);
    va_end(args);
}

double mt_scale_bound(int classes, double probability)
{
    double C = classes;
    return (C - 1) / C * log((C - 1) * probability / (1 - probability));
}

/* ln(1 + (C-1) exp(s x)) */
static double loss(const struct mt_feasibility *f, double x)
{
    return mt_softplus(log(f->classes - 1) + f->s * x);
}

static double scale_of(const struct mt_variant *head)
{
    for (const struct mt_field *f = head->kind->fields; f && f->name; f++)
        if (!strcmp(f->name, "s"))
            return *(const double *)(const void *)((const char *)head->cfg + f->offset);
    return NAN;
}

/* Some classes share a direction whatever is done: no s and no m helps. */
static bool nowhere_apart(const struct mt_feasibility *f)
{
    return f->dim == 1 && f->classes > 2;
}

static bool margin_fits(const struct mt_feasibility *f)
{
    return f->f0 > cos(f->spread.angle);
}

static void warn_of_margin(struct mt_feasibility *f)
{
    char remedy[64] = "lower the margin";
    if (margin_fits(f))
        return;
    if (nowhere_apart(f)) {
        warn(f,
             "%d classes cannot be told apart in 1 dimension, where there are only two directions; let the "
             "last "
             "layer make at least 2 numbers",
             f->classes);
        return;
    }
    if (!isnan(f->m_most))
        snprintf(remedy, sizeof remedy, "use m well below %.3g, for instance %.3g", f->m_most, f->m_fit);
    warn(f,
         "the margin cannot be met: %d classes in %d dimensions stand at most %.1f degrees (%.3f rad) apart, "
         "so the "
         "nearest other class scores %.3f or more, and an embedding at its own center only %.3f; %s",
         f->classes, f->dim, f->spread.angle * DEGREES, f->spread.angle, cos(f->spread.angle), f->f0, remedy);
}

static bool collapse_pays(const struct mt_feasibility *f)
{
    return f->collapsed < f->floor;
}

static void warn_of_collapse(struct mt_feasibility *f)
{
    if (!collapse_pays(f))
        return;
    warn(f,
         "collapse pays: with all embeddings opposite to their class the loss is %.3g, at the best honest "
         "arrangement "
         "%.3g, so a falling loss and 100 %% accuracy with the label fed in may mean nothing; use pi_rule: "
         "psi, or a "
         "margin below %.3g",
         f->collapsed, f->floor, f->m_collapse);
}

static bool scale_is_small(const struct mt_feasibility *f)
{
    return f->probability < 0.9 && f->crowding.known != MT_KNOWN_BOUND && !nowhere_apart(f);
}

static void warn_of_scale(struct mt_feasibility *f)
{
    if (!scale_is_small(f))
        return;
    double C = f->classes, needed = log(9 * (C - 1)) / (1 - cos(f->spread.angle));
    warn(f,
         "s is small: at the best arrangement the right class still has no more than probability %.3f, and "
         "the loss "
         "stays at %.3g or above; for a probability of 0.9 use s of %.3g or more",
         f->probability, f->floor, ceil(100 * needed) / 100);
}

/* What only the shape of f says: whether a larger angle is rewarded somewhere, and whether an embedding on
 * its way from 90 degrees to its center meets a point without a slope. */
static void warn_of_shape(struct mt_feasibility *f, const struct mt_head_type *type, const void *cfg)
{
    double best = f->f0 + 1e-9, best_at = -1, flat_at = -1;
    for (int i = 1; i <= ANGLES; i++) {
        double theta = PI * i / ANGLES;
        struct mt_slope at = type->margin->at(cfg, theta);
        if (at.f > best) {
            best = at.f;
            best_at = theta;
        }
        if (flat_at < 0 && theta >= FLAT_FROM && theta <= PI / 2 && at.h < FLAT)
            flat_at = theta;
    }
    if (best_at >= 0 && !collapse_pays(f))
        warn(f,
             "a larger angle is rewarded: the label's logit is highest at %.0f degrees from the class's "
             "center (%.3f, "
             "and %.3f at the center); use pi_rule: psi, or a smaller margin",
             best_at * DEGREES, best, f->f0);
    if (flat_at >= 0 && !collapse_pays(f))
        warn(f,
             "the label's logit has no slope towards the center at %.0f degrees, and embeddings start near "
             "90, so they "
             "may stay beyond it; use grad: detached, or a smaller margin",
             flat_at * DEGREES);
}

static int judge(struct mt_feasibility *f, const struct mt_variant *head, struct mt_arrangements *found,
                 struct mt_err *err)
{
    const struct mt_head_type *type = (const struct mt_head_type *)head->kind;
    f->margin = true;
    f->s = scale_of(head);
    f->f0 = type->margin->at(head->cfg, 0).f;
    f->f_pi = type->margin->at(head->cfg, PI).f;
    if (type->margin->most) {
        f->m_most = type->margin->most(f->spread.angle);
        f->m_fit = type->margin->fit(f->spread.angle);
    }
    if (!isnan(f->s)) {
        if (mt_crowding_best(&f->crowding, f->classes, f->dim, f->s, f->f0, found, err) < 0)
            return -1;
        double v = f->crowding.v;
        f->floor = loss(f, v - f->f0);
        f->collapsed = loss(f, -1 - f->f_pi);
        if (f->classes > 2)
            f->trap = mt_trap_of(type->margin, head->cfg);
        f->trapped = loss(f, f->trap.gap);
        f->probability = exp(-loss(f, v - 1));
        f->m_collapse = acos((1 + v) / 2);
        f->s_fit = mt_auto_scale(f->classes, f->spread.angle, f->f0);
    }
    warn_of_margin(f);
    warn_of_collapse(f);
    warn_of_scale(f);
    warn_of_shape(f, type, head->cfg);
    return 0;
}

int mt_feasibility_of(struct mt_feasibility *f, const struct mt_variant *head, int classes, int dim,
                      struct mt_arrangements *found, struct mt_err *err)
{
    const struct mt_head_type *type = (const struct mt_head_type *)head->kind;
    *f = (struct mt_feasibility){.classes = classes,
                                 .dim = dim,
                                 .chance = log(classes),
                                 .s_adacos = sqrt(2) * log(classes - 1),
                                 .s_cosface = {mt_scale_bound(classes, 0.9), mt_scale_bound(classes, 0.999)}};
    f->s = f->f0 = f->f_pi = f->m_most = f->m_fit = f->s_fit = NAN;
    f->crowding.v = f->floor = f->collapsed = f->probability = f->m_collapse = NAN;
    f->trap.theta = f->trap.gap = f->trapped = NAN;
    if (mt_spread_best(&f->spread, classes, dim, found, err) < 0)
        return -1;
    return type->margin ? judge(f, head, found, err) : 0;
}

const char *mt_feasibility_word(const struct mt_feasibility *f)
{
    if (!f->margin)
        return "-";
    if (!margin_fits(f))
        return "unmeetable";
    if (collapse_pays(f))
        return "collapse";
    if (scale_is_small(f))
        return "small-s";
    return f->warnings ? "shape" : "ok";
}
