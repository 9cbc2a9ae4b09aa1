#include "lib/check/head_reference.h"

#include <math.h>
#include <string.h>

#include "lib/check/setting.h"

#define PI 3.14159265358979323846
#define ZERO 1e-12

void mt_head_reference_read(struct mt_head_batch *b)
{
    const struct mt_kind *kind = b->kind;
    struct mt_head_keys *k = &b->keys;
    k->s = mt_setting_real(kind, b->cfg, "s");
    k->m = mt_setting_real(kind, b->cfg, "m");
    k->m1 = mt_setting_real(kind, b->cfg, "m1");
    k->m2 = mt_setting_real(kind, b->cfg, "m2");
    k->m3 = mt_setting_real(kind, b->cfg, "m3");
    k->epsilon = mt_setting_real(kind, b->cfg, "epsilon");
    k->lambda = mt_setting_real(kind, b->cfg, "lambda");
    k->pi_rule = mt_setting_choice(kind, b->cfg, "pi_rule");
    k->rule = mt_setting_choice(kind, b->cfg, "rule");
}

static bool is(const char *value, const char *name)
{
    return !strcmp(value, name);
}

static double dot(int D, const double *a, const double *b)
{
    double sum = 0;
    for (int d = 0; d < D; d++)
        sum += a[d] * b[d];
    return sum;
}

double mt_head_reference_theta(const struct mt_head_batch *b, int i, int j)
{
    const double *x = b->x + i * b->D, *w = b->w + j * b->D;
    double xx = dot(b->D, x, x), ww = dot(b->D, w, w), along = dot(b->D, x, w), across = 0;
    if (sqrt(xx) <= ZERO || sqrt(ww) <= ZERO)
        return PI / 2;
    for (int d = 0; d < b->D; d++) { /* what of w is across x */
        double v = w[d] - along / xx * x[d];
        across += v * v;
    }
    return atan2(sqrt(across * xx), along);
}

/* --- target functions --- */

static double psi(double phi)
{
    double k = floor(phi / PI);
    return (fmod(fabs(k), 2) == 1 ? -cos(phi) : cos(phi)) - 2 * k;
}

static double with_rule(const struct mt_head_batch *b, double theta, double m1, double m2)
{
    double phi = m1 * theta + m2, epsilon = b->keys.epsilon;
    if (is(b->keys.pi_rule, "psi"))
        return psi(phi);
    if (is(b->keys.pi_rule, "clamp"))
        return cos(fmin(fmax(phi, epsilon), PI - epsilon));
    if (is(b->keys.pi_rule, "insightface") && phi > PI)
        return cos(theta) - m2 * sin(m2);
    if (is(b->keys.pi_rule, "drop") && phi > PI)
        return cos(theta);
    if (is(b->keys.pi_rule, "easy") && theta >= PI / 2)
        return cos(theta);
    return cos(phi);
}

static double arcface(const struct mt_head_batch *b, double theta)
{
    return with_rule(b, theta, 1, b->keys.m);
}

static double combined(const struct mt_head_batch *b, double theta)
{
    return with_rule(b, theta, b->keys.m1, b->keys.m2) - b->keys.m3;
}

static double cosface(const struct mt_head_batch *b, double theta)
{
    return cos(theta) - b->keys.m;
}

static double plain(const struct mt_head_batch *b, double theta)
{
    (void)b;
    return cos(theta);
}

static double sphereface(const struct mt_head_batch *b, double theta)
{
    return (b->lambda * cos(theta) + psi(b->keys.m * theta)) / (1 + b->lambda);
}

static double curriculum(const struct mt_head_batch *b, double c, double theta_y)
{
    return c > cos(theta_y + b->keys.m) ? c * (b->t + c) : c;
}

static double center(const struct mt_head_batch *b, int i)
{
    const double *x = b->x + i * b->D, *c = b->centers + b->label[i] * b->D;
    bool wen = is(b->keys.rule, "wen");
    double lambda = b->keys.lambda, sum = 0;
    for (int d = 0; d < b->D; d++)
        sum += (x[d] - c[d]) * (x[d] - c[d]);
    if (isnan(lambda))
        lambda = wen ? 0.003 : 0.5;
    return wen ? lambda / 2 * sum : lambda * sum / b->D;
}

static void phase_m(const struct mt_head_batch *b, double *m1, double *m2)
{
    *m1 = 1;
    *m2 = b->keys.m;
}

static void phase_combined(const struct mt_head_batch *b, double *m1, double *m2)
{
    *m1 = b->keys.m1;
    *m2 = b->keys.m2;
}

static void phase_sphereface(const struct mt_head_batch *b, double *m1, double *m2)
{
    *m1 = b->keys.m;
    *m2 = 0;
}

/* --- cross-entropy --- */

/* f(theta_y), or what stands for it when the margin is held constant. */
static double target_of(const struct mt_head_batch *b, int i, double theta)
{
    return b->held ? cos(theta) + b->held[i] : b->reference->target(b, theta);
}

static double logit(const struct mt_head_batch *b, int i, int j)
{
    const struct mt_head_reference *r = b->reference;
    const double *x = b->x + i * b->D, *w = b->w + j * b->D;
    if (!r->target)
        return dot(b->D, x, w) + b->b[j];
    double S = r->norm_scales ? sqrt(dot(b->D, x, x)) : b->keys.s;
    double theta = mt_head_reference_theta(b, i, j);
    if (j == b->label[i])
        return S * target_of(b, i, theta);
    return S * (r->other ? r->other(b, cos(theta), mt_head_reference_theta(b, i, b->label[i])) : cos(theta));
}

static double sample_loss(const struct mt_head_batch *b, int i)
{
    double z[MT_REFERENCE_CLASSES], max = -INFINITY, sum = 0;
    for (int j = 0; j < b->C; j++) {
        z[j] = logit(b, i, j);
        max = fmax(max, z[j]);
    }
    for (int j = 0; j < b->C; j++)
        sum += exp(z[j] - max);
    double loss = max + log(sum) - z[b->label[i]];
    return b->reference->term ? loss + b->reference->term(b, i) : loss;
}

double mt_head_reference_loss(const struct mt_head_batch *b)
{
    double sum = 0;
    for (int i = 0; i < b->N; i++)
        sum += sample_loss(b, i);
    return sum / b->N;
}

void mt_head_reference_hold(struct mt_head_batch *b, double *held)
{
    b->held = NULL;
    for (int i = 0; i < b->N; i++) {
        double theta = mt_head_reference_theta(b, i, b->label[i]);
        held[i] = b->reference->target(b, theta) - cos(theta);
    }
    b->held = held;
}

/* --- the table --- */

static const char *const bare[] = {"", NULL};
static const char *const centers[] = {"lambda=0.7", NULL};
static const char *const spheres[] = {"m=4 base=5.6", "m=1.7 base=0 lambda_min=0", "m=3 base=0 lambda_min=0",
                                      NULL};
static const char *const cosfaces[] = {"s=8", "s=8 m=1.2", NULL};
static const char *const arcfaces[] = {"s=8", "s=8 m=0.8", "s=6 m=2", "s=8 m=3", NULL};
static const char *const combines[] = {"s=8", "s=8 m1=0.9 m2=0.4 m3=0.15", "s=8 m1=1 m2=-0.4 m3=0.4",
                                       "s=4 m1=2.5 m2=0.7 m3=0.1", NULL};
static const char *const curricula[] = {"s=8 t0=0.6", "s=6 m=2 t0=0.3", NULL};

static const struct mt_head_reference table[] = {
    {.name = "softmax", .settings = bare},
    {.name = "center", .settings = centers, .term = center},
    {.name = "modified_softmax", .settings = bare, .target = plain, .norm_scales = true},
    {.name = "sphereface",
     .settings = spheres,
     .target = sphereface,
     .phase = phase_sphereface,
     .norm_scales = true},
    {.name = "cosface", .settings = cosfaces, .target = cosface},
    {.name = "arcface", .settings = arcfaces, .target = arcface, .phase = phase_m},
    {.name = "combined", .settings = combines, .target = combined, .phase = phase_combined},
    {.name = "curricularface",
     .settings = curricula,
     .target = arcface,
     .phase = phase_m,
     .other = curriculum},
};

const struct mt_head_reference *mt_head_reference_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, name))
            return &table[i];
    return NULL;
}
