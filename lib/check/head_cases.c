#include "lib/check/head_cases.h"

#include <math.h>
#include <string.h>

#include "lib/core/rng.h"

#define PI 3.14159265358979323846
#define BESIDE 0.002 /* how far from a jump, a corner or a flat point the cases beside it stand */

/* --- angles --- */

static bool at_zero(const struct mt_head_batch *b, double *theta)
{
    *theta = 0;
    return b->reference->target;
}

static bool at_pi(const struct mt_head_batch *b, double *theta)
{
    *theta = PI;
    return b->reference->target;
}

static bool near_zero(const struct mt_head_batch *b, double *theta)
{
    *theta = 0.001;
    return b->reference->target;
}

static bool near_pi(const struct mt_head_batch *b, double *theta)
{
    *theta = PI - 0.001;
    return b->reference->target;
}

static bool before_right_angle(const struct mt_head_batch *b, double *theta)
{
    *theta = PI / 2 - BESIDE;
    return b->reference->target;
}

static bool after_right_angle(const struct mt_head_batch *b, double *theta)
{
    *theta = PI / 2 + BESIDE;
    return b->reference->target;
}

/* theta where the margin's angle is phi. */
static bool phase_at(const struct mt_head_batch *b, double phi, double *theta)
{
    double m1, m2;
    if (!b->reference->phase)
        return false;
    b->reference->phase(b, &m1, &m2);
    *theta = (phi - m2) / m1;
    return *theta > 2 * BESIDE && *theta < PI - 2 * BESIDE;
}

static bool phase_pi(const struct mt_head_batch *b, double *theta)
{
    const char *rule = b->keys.pi_rule;
    return strcmp(rule, "insightface") != 0 && strcmp(rule, "drop") != 0 && phase_at(b, PI, theta);
}

static bool before_phase_pi(const struct mt_head_batch *b, double *theta)
{
    return phase_at(b, PI - BESIDE, theta);
}

static bool after_phase_pi(const struct mt_head_batch *b, double *theta)
{
    return phase_at(b, PI + BESIDE, theta);
}

static bool phase_two_pi(const struct mt_head_batch *b, double *theta)
{
    return phase_at(b, 2 * PI, theta);
}

static bool phase_zero(const struct mt_head_batch *b, double *theta)
{
    return strcmp(b->keys.pi_rule, "clamp") != 0 && phase_at(b, 0, theta);
}

/* --- changes --- */

static void zero_embedding(struct mt_head_batch *b)
{
    memset(b->x, 0, (size_t)b->D * sizeof *b->x);
}

static void zero_weight(struct mt_head_batch *b)
{
    memset(b->w + b->label[0] * b->D, 0, (size_t)b->D * sizeof *b->w);
}

static void equal_weights(struct mt_head_batch *b)
{
    memcpy(b->w + b->label[1] * b->D, b->w + b->label[0] * b->D, (size_t)b->D * sizeof *b->w);
}

/* The first sample points along a class that is not its own, the second straight away from one. */
static void others_in_line(struct mt_head_batch *b)
{
    for (int d = 0; d < b->D; d++) {
        b->x[d] = 2 * b->w[b->label[1] * b->D + d];
        b->x[b->D + d] = -2 * b->w[b->label[2] * b->D + d];
    }
}

const struct mt_head_case mt_head_cases[] = {
    {"random", MT_CASE_C, NULL, NULL},
    {"two classes", 2, NULL, NULL},
    {"theta = 0", MT_CASE_C, at_zero, NULL},
    {"theta = pi", MT_CASE_C, at_pi, NULL},
    {"theta = 0.001", MT_CASE_C, near_zero, NULL},
    {"theta = pi - 0.001", MT_CASE_C, near_pi, NULL},
    {"theta = pi/2, before", MT_CASE_C, before_right_angle, NULL},
    {"theta = pi/2, after", MT_CASE_C, after_right_angle, NULL},
    {"theta + m = pi", MT_CASE_C, phase_pi, NULL},
    {"theta + m = pi, before", MT_CASE_C, before_phase_pi, NULL},
    {"theta + m = pi, after", MT_CASE_C, after_phase_pi, NULL},
    {"theta + m = 2 pi", MT_CASE_C, phase_two_pi, NULL},
    {"theta + m = 0", MT_CASE_C, phase_zero, NULL},
    {"another class at |cos| = 1", MT_CASE_C, NULL, others_in_line},
    {"zero embedding", MT_CASE_C, NULL, zero_embedding},
    {"zero class weight", MT_CASE_C, NULL, zero_weight},
    {"two equal class weights", MT_CASE_C, NULL, equal_weights},
    {NULL, 0, NULL, NULL},
};

static void normals(uint32_t stream, int n, double *v)
{
    struct mt_rng rng;
    mt_rng_init(&rng, 1, MT_STREAM_TEST, stream, 0);
    for (int i = 0; i < n; i++)
        v[i] = (double)(float)mt_rng_normal(&rng);
}

/* x becomes a vector of some length at the angle theta to w, in a direction that x itself gives. */
static void turn(int D, double *x, const double *w, double theta)
{
    double ww = 0, xw = 0, across = 0, length = 0;
    for (int d = 0; d < D; d++) {
        ww += w[d] * w[d];
        xw += x[d] * w[d];
        length += x[d] * x[d];
    }
    for (int d = 0; d < D; d++) {
        x[d] -= xw / ww * w[d];
        across += x[d] * x[d];
    }
    for (int d = 0; d < D; d++)
        x[d] = sqrt(length) * (cos(theta) * w[d] / sqrt(ww) + sin(theta) * x[d] / sqrt(across));
}

void mt_head_case_fill(const struct mt_head_case *c, struct mt_head_batch *b, double theta)
{
    normals(1, b->N * b->D, b->x);
    normals(2, b->C * b->D, b->w);
    normals(3, b->C, b->b);
    for (int i = 0; c->angle && i < b->N; i++) {
        double *x = b->x + i * b->D;
        const double *w = b->w + b->label[i] * b->D;
        if (theta == 0 || theta == PI) /* exactly in line, also as floats */
            for (int d = 0; d < b->D; d++)
                x[d] = theta == 0 ? 2 * w[d] : -w[d] / 2;
        else
            turn(b->D, x, w, theta);
        for (int d = 0; d < b->D; d++)
            x[d] = (double)(float)x[d];
    }
    if (c->change)
        c->change(b);
}
