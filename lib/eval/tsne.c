/* tsne.c: t-distributed stochastic neighbor embedding (van der Maaten and Hinton 2008): the picture whose
 * neighborhoods q_ij = (1 + |y_i - y_j|^2)^-1 / Z differ least, by KL(P | Q), from the affinities p_ij of the
 * points (affinity.h). The gradient is exact: every pair counts.
 *
 * Start, steps and gains are scikit-learn's, so that divergences can be compared: two phases of gradient
 * descent with momentum, the first with p exaggerated; each coordinate's own gain grows by 0.2 while its
 * gradient keeps going the way it moves, else shrinks to 0.8 (Jacobs 1988). */
#include "lib/eval/tsne.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "lib/core/rng.h"
#include "lib/eval/affinity.h"
#include "lib/eval/pca.h"

#define START_SPREAD 1e-4 /* standard deviation along the first axis */
#define LEAST_RATE 50.0
#define LEAST_GAIN 0.01f

struct cfg {
    int metric;
    double perplexity;
    int64_t iterations;
    double exaggeration;
    int64_t exaggerated;
    double learning_rate; /* MT_AUTO: n / exaggeration / 4, at least 50 */
};

/* clang-format off */
static const struct mt_field fields[] = {
    MT_PROJECTION_METRIC_FIELD,
    {.name = "perplexity", .type = MT_REAL, .offset = offsetof(struct cfg, perplexity), .def = "30", .min = 1,
     .max = 1000, .help = "How many neighbors a point has, roughly."},
    {.name = "iterations", .type = MT_INT, .offset = offsetof(struct cfg, iterations), .def = "1000", .min = 1,
     .max = 1e6, .help = "Steps of gradient descent."},
    {.name = "exaggeration", .type = MT_REAL, .offset = offsetof(struct cfg, exaggeration), .def = "12", .min = 1,
     .max = 1000, .help = "What affinities are multiplied by in the first steps, so that clusters form."},
    {.name = "exaggerated", .type = MT_INT, .offset = offsetof(struct cfg, exaggerated), .def = "250", .min = 0,
     .max = 1e6, .help = "How many of the steps are exaggerated."},
    {.name = "learning_rate", .type = MT_REAL, .offset = offsetof(struct cfg, learning_rate), .def = "auto",
     .min = 0, .max = 1e6, .flags = MT_F_ABOVE_MIN | MT_F_AUTO,
     .help = "Size of a step; auto: points / exaggeration / 4, at least 50."},
    {0}};
/* clang-format on */

struct descent {
    struct mt_tsne t;
    float rate;
    float *move, *gain; /* (axes, room) */
};

static void start_phase(struct descent *s)
{
    for (size_t i = 0; i < (size_t)s->t.axes * s->t.room; i++) {
        s->move[i] = 0;
        s->gain[i] = 1;
    }
}

static void step(struct descent *s, float exaggeration, float momentum)
{
    struct mt_tsne *t = &s->t;
    mt_tsne_forces(t);
    float per_z = (float)(1 / t->sum);
    for (int d = 0; d < t->axes; d++) {
        float *move = s->move + (size_t)d * t->room, *gain = s->gain + (size_t)d * t->room;
        for (int64_t i = 0; i < t->n; i++) {
            float gradient = 4 * (exaggeration * t->pull[d][i] - per_z * t->push[d][i]);
            gain[i] = gradient * move[i] < 0 ? gain[i] + 0.2f : gain[i] * 0.8f;
            gain[i] = gain[i] > LEAST_GAIN ? gain[i] : LEAST_GAIN;
            move[i] = momentum * move[i] - s->rate * gain[i] * gradient;
            t->y[d][i] += move[i];
        }
    }
}

/* Principal components, scaled; random numbers where the points do not spread. */
static int start(struct descent *s, const struct mt_projection_job *job, float *y, struct mt_err *err)
{
    struct mt_tsne *t = &s->t;
    double explained, squares = 0;
    if (mt_pca(job->x, job->n, job->dim, job->axes, y, &explained, err) < 0)
        return -1;
    for (int64_t i = 0; i < t->n; i++)
        squares += (double)y[i * t->axes] * y[i * t->axes];
    double scale = squares > 0 ? START_SPREAD / sqrt(squares / (double)t->n) : 0;
    for (int64_t i = 0; i < t->n; i++) {
        struct mt_rng rng;
        mt_rng_init(&rng, job->seed, MT_STREAM_PROJECT, mt_hash_name("tsne"), (uint32_t)i);
        for (int d = 0; d < t->axes; d++)
            t->y[d][i] = (float)(scale > 0 ? y[i * t->axes + d] * scale : START_SPREAD * mt_rng_normal(&rng));
    }
    return 0;
}

static void descend(struct descent *s, const struct mt_projection_job *job, const struct cfg *c)
{
    double rate = (double)s->t.n / c->exaggeration / 4;
    rate = rate > LEAST_RATE ? rate : LEAST_RATE;
    s->rate = (float)(c->learning_rate == MT_AUTO ? rate : c->learning_rate);
    start_phase(s);
    for (int64_t i = 0; i < c->iterations; i++) {
        bool first = i < c->exaggerated;
        if (i == c->exaggerated)
            start_phase(s);
        step(s, first ? (float)c->exaggeration : 1, first ? 0.5f : 0.8f);
        mt_projection_tell(job, i + 1, c->iterations);
    }
}

static uint64_t bytes(const struct mt_projection_job *job, const void *cfg)
{
    const struct cfg *c = cfg;
    uint64_t descent = (5 * (uint64_t)job->axes + 1) * ((uint64_t)job->n + 16) * sizeof(float);
    return mt_affinities_bytes(job->n, job->dim, c->perplexity) + descent;
}

static int run(const struct mt_projection_job *job, const void *cfg, float *y, double *measure,
               struct mt_err *err)
{
    const struct cfg *c = cfg;
    struct mt_graph p;
    struct descent s = {0};
    if (!(c->perplexity < (double)job->n))
        return mt_err_set(err, MT_ERR_DATA,
                          "a perplexity of %g needs more than %g embeddings, and there are %" PRId64
                          "; give a smaller --perplexity",
                          c->perplexity, c->perplexity, job->n);
    if (mt_affinities(&p, job->x, job->n, job->dim, c->perplexity, job->pool, err) < 0)
        return -1;
    int rc = mt_tsne_init(&s.t, &p, job->axes, job->pool, job->kernels, err);
    size_t numbers = (size_t)job->axes * s.t.room;
    s.move = malloc(numbers * sizeof *s.move);
    s.gain = malloc(numbers * sizeof *s.gain);
    if (rc == 0 && (!s.move || !s.gain))
        rc = mt_err_memory(err, "t-SNE", 2 * numbers * sizeof *s.move);
    if (rc == 0 && (rc = start(&s, job, y, err)) == 0) {
        descend(&s, job, c);
        mt_tsne_forces(&s.t);
        *measure = mt_tsne_divergence(&s.t);
        for (int64_t i = 0; i < job->n; i++)
            for (int d = 0; d < job->axes; d++)
                y[i * job->axes + d] = s.t.y[d][i];
    }
    free(s.move);
    free(s.gain);
    mt_tsne_release(&s.t);
    mt_graph_release(&p);
    return rc;
}

const struct mt_projection_method mt_projection_tsne = {
    .kind = {.name = "tsne",
             .help = "t-SNE: neighborhoods above all; distances between clusters say little.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .most = 50000,
    .bytes = bytes,
    .measures = "kl_divergence",
    .run = run,
};
