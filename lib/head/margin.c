#include "lib/head/margin.h"

#define PI 3.14159265358979323846

const char *const mt_pi_rules[] = {[MT_PI_PSI] = "psi",
                                   [MT_PI_INSIGHTFACE] = "insightface",
                                   [MT_PI_EASY] = "easy",
                                   [MT_PI_DROP] = "drop",
                                   [MT_PI_CLAMP] = "clamp",
                                   [MT_PI_NONE] = "none",
                                   NULL};
const char *const mt_grad_modes[] = {[MT_GRAD_EXACT] = "exact", [MT_GRAD_DETACHED] = "detached", NULL};

int mt_margin_check(const struct mt_margin_cfg *cfg, double m1, const char **key, struct mt_err *err)
{
    enum mt_pi_rule rule = (enum mt_pi_rule)cfg->pi_rule;
    if (m1 == 1 || rule == MT_PI_PSI || rule == MT_PI_CLAMP || rule == MT_PI_NONE)
        return 0;
    *key = "pi_rule";
    return mt_err_set(
        err, MT_ERR_USAGE,
        "pi_rule '%s' is defined for m1 = 1 only, and m1 is %g; use psi, clamp or none, or set m1 to 1",
        mt_pi_rules[rule], m1);
}

/* Detached from where an embedding at 90 degrees already lies beyond the flat point. */
static bool is_detached(const struct mt_margin_cfg *cfg, double m1, double m2)
{
    return cfg->grad == MT_GRAD_DETACHED || (cfg->grad < 0 && m1 * PI / 2 + m2 >= PI);
}

void mt_margin_settle(struct mt_margin_cfg *cfg, double m1, double m2)
{
    if (isinf(m2))
        return;
    cfg->grad = is_detached(cfg, m1, m2) ? MT_GRAD_DETACHED : MT_GRAD_EXACT;
}

void mt_margin_init(struct mt_margin *m, const struct mt_margin_cfg *cfg, double m1, double m2)
{
    m->m1 = m1;
    m->m2 = m2;
    m->rule = (enum mt_pi_rule)cfg->pi_rule;
    m->detached = is_detached(cfg, m1, m2);
    m->cos_m2 = cos(m2);
    m->sin_m2 = sin(m2);
    m->cos_epsilon = cos(cfg->epsilon);
}

struct mt_slope mt_psi(double phi)
{
    double k = floor(phi / PI);
    double sign = k - 2 * floor(k / 2) == 0 ? 1 : -1; /* no conversion to int: phi may be anything */
    return (struct mt_slope){sign * cos(phi) - 2 * k, fabs(sin(phi))};
}

double mt_margin_plain(const struct mt_margin *m, const struct mt_angle *t)
{
    return t->cos * m->cos_m2 - t->sin * m->sin_m2;
}

/* Where phi stands: its cosine and sine, and k = floor(phi / pi). m1 = 1 needs no trigonometric function: phi
 * is then in
 * [-pi, 2 pi], and a k off by one at phi = 0 or pi costs the square of a rounding error. */
struct phase {
    double cos, sin, k;
};

static struct phase phase_of(const struct mt_margin *m, const struct mt_angle *t)
{
    struct phase p;
    if (m->m1 == 1 && fabs(m->m2) <= PI) {
        p.cos = mt_margin_plain(m, t);
        p.sin = t->sin * m->cos_m2 + t->cos * m->sin_m2;
        p.k = p.sin >= 0 ? 0 : m->m2 < 0 ? -1 : 1;
    } else {
        double phi = m->m1 * mt_angle_theta(t) + m->m2;
        p = (struct phase){cos(phi), sin(phi), floor(phi / PI)};
    }
    return p;
}

static struct mt_slope clamped(const struct mt_margin *m, const struct phase *p)
{
    if (p->k < 0 || (p->k == 0 && p->cos > m->cos_epsilon))
        return (struct mt_slope){m->cos_epsilon, 0};
    if (p->k > 0 || p->cos < -m->cos_epsilon)
        return (struct mt_slope){-m->cos_epsilon, 0};
    return (struct mt_slope){p->cos, m->m1 * p->sin};
}

static struct mt_slope exact(const struct mt_margin *m, const struct mt_angle *t)
{
    struct phase p = phase_of(m, t);
    struct mt_slope plain = {p.cos, m->m1 * p.sin};
    double odd = p.k - 2 * floor(p.k / 2);
    switch (m->rule) {
    case MT_PI_PSI:
        return (struct mt_slope){(odd == 0 ? p.cos : -p.cos) - 2 * p.k, m->m1 * fabs(p.sin)};
    case MT_PI_INSIGHTFACE:
        return p.k > 0 ? (struct mt_slope){t->cos - m->m2 * m->sin_m2, t->sin} : plain;
    case MT_PI_DROP:
        return p.k > 0 ? (struct mt_slope){t->cos, t->sin} : plain;
    case MT_PI_EASY:
        return t->cos > 0 ? plain : (struct mt_slope){t->cos, t->sin};
    case MT_PI_CLAMP:
        return clamped(m, &p);
    case MT_PI_NONE:
        break;
    }
    return plain;
}

struct mt_slope mt_margin_at(const struct mt_margin *m, const struct mt_angle *t)
{
    struct mt_slope s = exact(m, t);
    if (m->detached)
        s.h = t->sin;
    return s;
}

struct mt_slope mt_margin_of(const struct mt_margin_cfg *cfg, double m1, double m2, double theta)
{
    struct mt_margin m;
    struct mt_angle angle = mt_angle_at(theta);
    mt_margin_init(&m, cfg, m1, m2);
    return mt_margin_at(&m, &angle);
}

double mt_angular_most(double angle)
{
    return angle;
}

double mt_angular_fit(double angle)
{
    return fmin(angle / 2, MT_ANGULAR_FIT_MOST);
}
