/* umap.c: uniform manifold approximation and projection (McInnes, Healy and Melville 2018): a picture in
 * which points are as surely neighbors, by 1 / (1 + a |y_i - y_j|^2b), as in the fuzzy graph w of the points
 * (fuzzy.h).
 *
 * Descent by sampling: edge i-j takes its turn in a share w_ij / max w of the epochs. Then its ends move
 * towards one another, once for each end, and each away from a few points drawn at random. Here a point goes
 * through its own edges one after another, while all others stand where the last epoch left them: every point
 * can then be moved by any thread, and the picture is the same. Random numbers are named by epoch and point.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/rng.h"
#include "lib/eval/fuzzy.h"
#include "lib/eval/pca.h"
#include "lib/eval/umap.h"

#define SIZE 10.0f  /* of the picture at the start, along each axis */
#define NOISE 1e-4  /* of the start, in units of its size */
#define CLIP 4.0f   /* the longest step along an axis, before the rate */
#define NEAR 0.001f /* keeps the push between close points finite */
#define ROWS 64     /* points per task */

struct cfg {
    int metric;
    int64_t neighbors;
    double min_dist, spread;
    int64_t epochs; /* unset: EPOCHS, or FEW_EPOCHS for more than MANY_POINTS points */
    int64_t negatives;
};

enum { EPOCHS = 500, FEW_EPOCHS = 200, MANY_POINTS = 10000 };

/* clang-format off */
static const struct mt_field fields[] = {
    MT_PROJECTION_METRIC_FIELD,
    {.name = "neighbors", .type = MT_INT, .offset = offsetof(struct cfg, neighbors), .def = "15", .min = 2,
     .max = 1000, .help = "How many neighbors of each point are looked at, itself included."},
    {.name = "min_dist", .type = MT_REAL, .offset = offsetof(struct cfg, min_dist), .def = "0.1", .min = 0,
     .max = 100, .help = "How far apart neighbors are drawn at least."},
    {.name = "spread", .type = MT_REAL, .offset = offsetof(struct cfg, spread), .def = "1", .min = 0, .max = 100,
     .flags = MT_F_ABOVE_MIN, .help = "The scale on which points that are drawn apart stop to be neighbors."},
    {.name = "epochs", .type = MT_INT, .offset = offsetof(struct cfg, epochs), .min = 1, .max = 1e5,
     .help = "Turns of descent; when not set, 500 for up to 10,000 points and 200 for more."},
    {.name = "negatives", .type = MT_INT, .offset = offsetof(struct cfg, negatives), .def = "5", .min = 0, .max = 100,
     .help = "Points drawn at random that an end of an edge moves away from."},
    {0}};
/* clang-format on */

/* --- a and b --- */

/* What 1 / (1 + a x^2b) should be. */
static double wanted(double x, double min_dist, double spread)
{
    return x < min_dist ? 1 : exp(-(x - min_dist) / spread);
}

#define SAMPLES 300 /* from 0 to 3 spread */

/* A curve, its squared residuals, and the normal equations of a step away from it. */
struct fit {
    double a, b, residuals;
    double aa, ab, bb; /* products of the derivatives */
    double ra, rb;     /* of residuals and derivatives */
};

static struct fit fit_at(double a, double b, double min_dist, double spread)
{
    struct fit f = {.a = a, .b = b};
    for (int i = 0; i < SAMPLES; i++) {
        double x = 3 * spread * i / (SAMPLES - 1), power = i ? pow(x, 2 * b) : 0, value = 1 / (1 + a * power);
        double by_a = -power * value * value, by_b = i ? 2 * a * log(x) * by_a : 0;
        double r = wanted(x, min_dist, spread) - value;
        f.residuals += r * r;
        f.aa += by_a * by_a;
        f.ab += by_a * by_b;
        f.bb += by_b * by_b;
        f.ra += r * by_a;
        f.rb += r * by_b;
    }
    return f;
}

/* Least squares by damped steps (Levenberg, Marquardt). */
void mt_umap_curve(double min_dist, double spread, double *a, double *b)
{
    struct fit f = fit_at(1, 1, min_dist, spread);
    double damping = 1e-3;
    for (int step = 0; step < 500 && damping < 1e12; step++) {
        double aa = f.aa * (1 + damping), bb = f.bb * (1 + damping), det = aa * bb - f.ab * f.ab;
        double to_a = f.a + (bb * f.ra - f.ab * f.rb) / det, to_b = f.b + (aa * f.rb - f.ab * f.ra) / det;
        struct fit next = {.residuals = INFINITY};
        if (to_a > 0 && to_b > 0)
            next = fit_at(to_a, to_b, min_dist, spread);
        bool better = next.residuals < f.residuals;
        damping = better ? damping / 10 : damping * 10;
        f = better ? next : f;
    }
    *a = f.a;
    *b = f.b;
}

/* --- descent --- */

struct layout {
    const struct mt_graph *w;
    int64_t n;
    int axes, negatives;
    uint64_t seed;
    float a, b, rate;
    float heaviest; /* of w */
    int64_t epoch;
    float *y, *next; /* (n, axes) */
};

static inline float clip(float v)
{
    return v > CLIP ? CLIP : v < -CLIP ? -CLIP : v;
}

static inline float square_distance(int axes, const float *u, const float *v)
{
    float sum = 0;
    for (int d = 0; d < axes; d++)
        sum += (u[d] - v[d]) * (u[d] - v[d]);
    return sum;
}

static inline void move(const struct layout *l, int axes, float *u, const float *v, float force)
{
    for (int d = 0; d < axes; d++)
        u[d] += l->rate * clip(force * (u[d] - v[d]));
}

static inline void pull(const struct layout *l, int axes, float *u, const float *v)
{
    float square = square_distance(axes, u, v), power = powf(square, l->b);
    if (square > 0)
        move(l, axes, u, v, -2 * l->a * l->b * power / (square * (1 + l->a * power)));
}

static inline void push(const struct layout *l, int axes, float *u, const float *v)
{
    float square = square_distance(axes, u, v);
    move(l, axes, u, v, 2 * l->b / ((NEAR + square) * (1 + l->a * powf(square, l->b))));
}

/* Whether an edge that takes its turn in a share of the epochs does so in this one. */
static inline bool has_turn(float share, int64_t epoch)
{
    return floor((double)share * (double)(epoch + 1)) > floor((double)share * (double)epoch);
}

static inline __attribute__((always_inline)) void move_point(const struct layout *l, int axes, int64_t i)
{
    float u[3];
    struct mt_rng rng;
    mt_rng_init(&rng, l->seed, MT_STREAM_PROJECT, (uint32_t)l->epoch, (uint32_t)i);
    memcpy(u, l->y + i * axes, (size_t)axes * sizeof *u);
    for (int64_t e = l->w->start[i]; e < l->w->start[i + 1]; e++) {
        const float *v = l->y + (int64_t)l->w->other[e] * axes;
        if (!has_turn(l->w->weight[e] / l->heaviest, l->epoch))
            continue;
        pull(l, axes, u, v);
        for (int s = 0; s < l->negatives; s++) {
            int64_t j = mt_rng_below(&rng, (uint32_t)l->n);
            if (j != i)
                push(l, axes, u, l->y + j * axes);
        }
    }
    memcpy(l->next + i * axes, u, (size_t)axes * sizeof *u);
}

static void move_points(void *arg, int task, int worker)
{
    const struct layout *l = arg;
    int64_t from = (int64_t)task * ROWS, to = from + ROWS < l->n ? from + ROWS : l->n;
    (void)worker;
    for (int64_t i = from; i < to; i++)
        l->axes == 2 ? move_point(l, 2, i) : move_point(l, 3, i);
}

/* Principal components with a little noise, each axis stretched to SIZE. */
static int start(struct layout *l, const struct mt_projection_job *job, struct mt_err *err)
{
    double explained;
    float most = 0;
    if (mt_pca(job->x, job->n, job->dim, job->axes, l->y, &explained, err) < 0)
        return -1;
    for (int64_t i = 0; i < l->n * l->axes; i++)
        most = fmaxf(most, fabsf(l->y[i]));
    for (int64_t i = 0; i < l->n; i++) {
        struct mt_rng rng;
        mt_rng_init(&rng, job->seed, MT_STREAM_PROJECT, mt_hash_name("umap"), (uint32_t)i);
        for (int d = 0; d < l->axes; d++)
            l->y[i * l->axes + d] += (float)((most > 0 ? most : 1) * NOISE * mt_rng_normal(&rng));
    }
    for (int d = 0; d < l->axes; d++) {
        float low = INFINITY, high = -INFINITY;
        for (int64_t i = 0; i < l->n; i++) {
            low = fminf(low, l->y[i * l->axes + d]);
            high = fmaxf(high, l->y[i * l->axes + d]);
        }
        for (int64_t i = 0; i < l->n; i++)
            l->y[i * l->axes + d] = SIZE * (l->y[i * l->axes + d] - low) / (high - low);
    }
    return 0;
}

static void descend(struct layout *l, const struct mt_projection_job *job, int64_t epochs)
{
    for (int64_t e = 0; e < l->w->start[l->n]; e++)
        l->heaviest = fmaxf(l->heaviest, l->w->weight[e]);
    for (l->epoch = 0; l->epoch < epochs; l->epoch++) {
        l->rate = 1 - (float)l->epoch / (float)epochs;
        mt_pool_run(job->pool, (int)((l->n + ROWS - 1) / ROWS), move_points, l);
        float *moved = l->next;
        l->next = l->y;
        l->y = moved;
        mt_projection_tell(job, l->epoch + 1, epochs);
    }
}

static uint64_t bytes(const struct mt_projection_job *job, const void *cfg)
{
    const struct cfg *c = cfg;
    return mt_fuzzy_graph_bytes(job->n, job->dim, (int)c->neighbors) +
           2 * (uint64_t)job->n * (uint64_t)job->axes * sizeof(float);
}

static int run(const struct mt_projection_job *job, const void *cfg, float *y, double *measure,
               struct mt_err *err)
{
    const struct cfg *c = cfg;
    int64_t epochs = job->n > MANY_POINTS ? FEW_EPOCHS : EPOCHS;
    struct mt_graph w;
    double a, b;
    (void)measure;
    if (c->neighbors > job->n)
        return mt_err_set(err, MT_ERR_DATA,
                          "%" PRId64 " neighbors need as many embeddings, and there are %" PRId64
                          "; give a smaller --neighbors",
                          c->neighbors, job->n);
    if (mt_fuzzy_graph(&w, job->x, job->n, job->dim, (int)c->neighbors, job->pool, err) < 0)
        return -1;
    size_t bytes = (size_t)job->n * (size_t)job->axes * sizeof(float);
    struct layout l = {.w = &w,
                       .n = job->n,
                       .axes = job->axes,
                       .negatives = (int)c->negatives,
                       .seed = job->seed,
                       .y = malloc(bytes),
                       .next = malloc(bytes)};
    mt_umap_curve(c->min_dist, c->spread, &a, &b);
    l.a = (float)a;
    l.b = (float)b;
    int rc = l.y && l.next ? start(&l, job, err) : mt_err_memory(err, "UMAP", 2 * bytes);
    if (rc == 0) {
        descend(&l, job, c->epochs == MT_UNSET_INT ? epochs : c->epochs);
        memcpy(y, l.y, bytes);
    }
    free(l.y);
    free(l.next);
    mt_graph_release(&w);
    return rc;
}

const struct mt_projection_method mt_projection_umap = {
    .kind = {.name = "umap",
             .help = "UMAP: neighborhoods, with more of the large arrangement than t-SNE keeps.",
             .cfg_size = sizeof(struct cfg),
             .fields = fields},
    .most = 200000,
    .bytes = bytes,
    .run = run,
};
