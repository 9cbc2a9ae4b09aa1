#include "lib/head/cosine.h"

#include <string.h>

#include "lib/head/rows.h"
#include "lib/head/weight.h"

/* Sines below it are rounding errors of the double arithmetic: no direction is read from them. */
#define PARALLEL 1e-14
#define TARGET_WORK 30 /* of the functions of one angle, in multiplications */

int mt_cosine_plan(struct mt_head *h, struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err)
{
    struct mt_cosine *c = h->state;
    size_t N = (size_t)h->max_batch, C = (size_t)h->classes, D = (size_t)h->dim;
    if (mt_weight_plan(h, false, plan, tensors, err) < 0 || mt_logits_plan(h, &c->logits, plan, err) < 0)
        return -1;
    if (mt_plan_add(plan, MT_AREA_SCRATCH, &c->row, N, sizeof *c->row, err) < 0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &c->x_hat, N * D, sizeof *c->x_hat, err) < 0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &c->t, N * D, sizeof *c->t, err) < 0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &c->w_hat, C * D, sizeof *c->w_hat, err) < 0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &c->w_inverse, C, sizeof *c->w_inverse, err) < 0)
        return -1;
    return 0;
}

/* hat = x / |x|, or 0; returns 1/|x|, or 0. */
static double normalize(const struct mt_unit_kernels *k, int D, const float *x, float *hat, double *norm)
{
    *norm = sqrt(k->dot(D, x, x));
    double inverse = *norm <= MT_HEAD_ZERO ? 0 : 1 / *norm;
    k->scale(D, inverse, x, hat);
    return inverse;
}

/* The angle between x and w of lengths 1/x_inverse and 1/w_inverse, and the unit tangent t (D) at x towards w
 * (0 where they are parallel). */
static void angle_between(const struct mt_unit_kernels *k, int D, const float *x, double x_inverse,
                          const float *w, double w_inverse, struct mt_angle *angle, float *t)
{
    double a2, b2;
    k->apart(D, x_inverse, x, w_inverse, w, &a2, &b2);
    angle->a = sqrt(a2);
    angle->b = sqrt(b2);
    angle->cos = (b2 - a2) / 4;
    angle->sin = angle->a * angle->b / 2;
    if (fmin(angle->a, angle->b) < PARALLEL) {
        memset(t, 0, (size_t)D * sizeof *t);
        return;
    }
    /* w^ - cos x^, in the form that does not cancel on this side of 90 degrees */
    bool near = a2 <= b2;
    double length2 = k->tangent(D, near ? -x_inverse : x_inverse, x, w_inverse, w,
                                (near ? a2 / 2 : -b2 / 2) * x_inverse, t);
    k->scale(D, 1 / sqrt(length2), t, t);
}

struct job {
    struct mt_head *h;
    struct mt_cosine *c;
    int n;
    const float *x;
    const int32_t *label;
    float *dx;
};

static void normalize_w(void *arg, int task, int worker)
{
    const struct job *job = arg;
    struct mt_range r = mt_head_tile(job->h->classes, task);
    size_t D = (size_t)job->h->dim;
    double norm;
    (void)worker;
    for (int j = r.begin; j < r.end; j++)
        job->c->w_inverse[j] = normalize(&job->h->k->unit, (int)D, job->h->weight->data + (size_t)j * D,
                                         job->c->w_hat + (size_t)j * D, &norm);
}

static void target_of(const struct job *job, int i)
{
    struct mt_cosine *c = job->c;
    size_t D = (size_t)job->h->dim, y = (size_t)job->label[i];
    struct mt_target *r = &c->row[i];
    float *t = c->t + (size_t)i * D;
    if (r->inverse == 0 || c->w_inverse[y] == 0) {
        r->angle = (struct mt_angle){sqrt(2), sqrt(2), 0, 1};
        memset(t, 0, D * sizeof *t);
    } else {
        const float *w = job->h->weight->data + y * D;
        angle_between(&job->h->k->unit, (int)D, job->x + (size_t)i * D, r->inverse, w, c->w_inverse[y],
                      &r->angle, t);
    }
}

static void prepare_x(void *arg, int task, int worker)
{
    const struct job *job = arg;
    struct mt_cosine *c = job->c;
    const struct mt_unit_kernels *k = &job->h->k->unit;
    struct mt_range shard = mt_head_shard(job->n, task);
    size_t D = (size_t)job->h->dim;
    (void)worker;
    for (int i = shard.begin; i < shard.end; i++) {
        struct mt_target *r = &c->row[i];
        r->inverse = normalize(k, (int)D, job->x + (size_t)i * D, c->x_hat + (size_t)i * D, &r->norm);
        if (job->label)
            target_of(job, i);
        c->logits.sample[i] = (struct mt_sample){.scale = c->free_norm ? r->norm : c->s, .plain = c->bare};
        c->logits.sample[i].zero = r->inverse == 0;
    }
}

void mt_cosine_angles(struct mt_head *h, int n, const float *x, const int32_t *label)
{
    struct job job = {.h = h, .c = h->state, .n = n, .x = x, .label = label};
    size_t D = (size_t)h->dim;
    mt_head_tasks(h, mt_head_tiles(h->classes), (size_t)h->classes * D * 4, normalize_w, &job);
    mt_head_tasks(h, mt_head_shards(n), (size_t)n * D * 8, prepare_x, &job);
}

/* The margin's part: z_iy and what the statistics need. */
static void set_targets(void *arg, int task, int worker)
{
    const struct job *job = arg;
    struct mt_cosine *c = job->c;
    struct mt_range shard = mt_head_shard(job->n, task);
    (void)worker;
    for (int i = shard.begin; i < shard.end; i++) {
        struct mt_target *r = &c->row[i];
        struct mt_sample *s = &c->logits.sample[i];
        r->slope = c->target(job->h, &r->angle);
        s->z = s->scale * r->slope.f;
        s->cos = r->angle.cos;
    }
}

/* From the sum over the other classes that dx holds to the gradient. */
static void finish_x(void *arg, int task, int worker)
{
    const struct job *job = arg;
    struct mt_cosine *c = job->c;
    const struct mt_unit_kernels *k = &job->h->k->unit;
    struct mt_range shard = mt_head_shard(job->n, task);
    size_t D = (size_t)job->h->dim;
    (void)worker;
    for (int i = shard.begin; i < shard.end; i++) {
        const struct mt_sample *s = &c->logits.sample[i];
        const struct mt_target *r = &c->row[i];
        const float *x_hat = c->x_hat + (size_t)i * D, *t = c->t + (size_t)i * D;
        float *dx = job->dx + (size_t)i * D;
        double a = -s->scale * s->pull * r->slope.h;
        double radial = c->free_norm ? -s->scale * s->pull * r->slope.f : -k->dot((int)D, dx, x_hat);
        k->combine((int)D, r->inverse, a, t, radial, x_hat, dx);
    }
}

/* Adds the samples of these classes, then keeps what is tangent to the row. */
static void finish_w(void *arg, int task, int worker)
{
    const struct job *job = arg;
    struct mt_cosine *c = job->c;
    const struct mt_unit_kernels *k = &job->h->k->unit;
    struct mt_range tile = mt_head_tile(job->h->classes, task);
    size_t D = (size_t)job->h->dim;
    float *dw = job->h->weight->grad;
    (void)worker;
    for (int i = 0; i < job->n; i++) {
        int y = job->label[i];
        if (y < tile.begin || y >= tile.end)
            continue;
        const struct mt_sample *s = &c->logits.sample[i];
        const struct mt_target *r = &c->row[i];
        const float *x_hat = c->x_hat + (size_t)i * D, *t = c->t + (size_t)i * D;
        double a = -s->scale * s->pull * r->slope.h;
        k->combine((int)D, 1, a * r->angle.sin, x_hat, -a * r->angle.cos, t, dw + (size_t)y * D);
    }
    for (int j = tile.begin; j < tile.end; j++) {
        const float *w_hat = c->w_hat + (size_t)j * D;
        float *row = dw + (size_t)j * D;
        k->lean((int)D, c->w_inverse[j], -k->dot((int)D, row, w_hat), w_hat, row);
    }
}

void mt_cosine_finish(struct mt_head *h, int n, const int32_t *label, float *dx, struct mt_head_stats *sum)
{
    struct mt_cosine *c = h->state;
    struct mt_logits_pass p = {.n = n, .x = c->x_hat, .w = c->w_hat, .label = label, .dx = dx};
    struct job job = {.h = h, .c = c, .n = n, .label = label, .dx = dx};
    size_t D = (size_t)h->dim;
    mt_head_tasks(h, mt_head_shards(n), (size_t)n * TARGET_WORK, set_targets, &job);
    if (dx)
        p.dw = h->weight->grad;
    mt_logits_run(h, &c->logits, &p);
    mt_logits_sum(&c->logits, n, sum);
    if (!dx)
        return;
    mt_head_tasks(h, mt_head_shards(n), (size_t)n * D * 4, finish_x, &job);
    mt_head_tasks(h, mt_head_tiles(h->classes), ((size_t)n + (size_t)h->classes) * D * 4, finish_w, &job);
}

void mt_cosine_step(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                    struct mt_head_stats *sum)
{
    mt_cosine_angles(h, n, x, label);
    mt_cosine_finish(h, n, label, dx, sum);
}

void mt_cosine_loss(struct mt_head *h, int n, const float *x, const int32_t *label, struct mt_head_stats *sum)
{
    mt_cosine_angles(h, n, x, label);
    mt_cosine_finish(h, n, label, NULL, sum);
}

void mt_cosine_score(struct mt_head *h, int n, const float *x, float *score)
{
    struct mt_cosine *c = h->state;
    struct mt_logits_pass p = {.n = n, .x = c->x_hat, .w = c->w_hat};
    mt_cosine_angles(h, n, x, NULL);
    mt_logits_score(h, &c->logits, &p, score);
}
