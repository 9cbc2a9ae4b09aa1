#include "lib/optim/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Elements per piece: four arrays of it stay in a second-level cache, and a multiple of it keeps pieces on
 * cache lines. */
#define PIECE 16384
#define LANES 8 /* partial sums side by side, so that a reduction vectorizes with its order written down */

static int count_pieces(const struct mt_tensors *ts)
{
    size_t n = 0;
    for (int i = 0; i < ts->n; i++)
        if (ts->list[i]->trainable)
            n += (ts->list[i]->count + PIECE - 1) / PIECE;
    return n <= INT32_MAX ? (int)n : -1;
}

static void cut_pieces(struct mt_optim *o)
{
    struct mt_piece *p = o->piece;
    for (int i = 0; i < o->tensors->n; i++) {
        const struct mt_tensor *t = o->tensors->list[i];
        for (size_t at = 0; t->trainable && at < t->count; at += PIECE)
            *p++ = (struct mt_piece){i, at, t->count - at < PIECE ? t->count - at : PIECE};
    }
}

static int plan_moments(struct mt_optim *o, struct mt_plan *plan, struct mt_err *err)
{
    size_t n = (size_t)o->tensors->n;
    for (int m = 0; m < o->moments; m++) {
        if (!(o->moment[m] = calloc(n + 1, sizeof *o->moment[m])))
            return mt_err_memory(err, "the optimizer", n * sizeof *o->moment[m]);
        for (size_t i = 0; i < n; i++) {
            const struct mt_tensor *t = o->tensors->list[i];
            if (t->trainable &&
                mt_plan_add(plan, MT_AREA_MOMENT, &o->moment[m][i], t->count, sizeof(float), err) < 0)
                return -1;
        }
    }
    return 0;
}

int mt_optim_new(struct mt_optim **out, const struct mt_variant *optimizer, struct mt_tensors *tensors,
                 struct mt_pool *pool, struct mt_plan *plan, struct mt_err *err)
{
    struct mt_optim *o = calloc(1, sizeof *o);
    *out = NULL;
    if (!o)
        return mt_err_memory(err, "the optimizer", sizeof *o);
    o->type = (const struct mt_optim_type *)optimizer->kind;
    o->cfg = optimizer->cfg;
    o->tensors = tensors;
    o->pool = pool;
    o->moments = o->type->moments_used ? o->type->moments_used(o->cfg) : o->type->moments;
    o->n_pieces = count_pieces(tensors);
    if (o->n_pieces < 0) {
        mt_err_set(err, MT_ERR_RUN, "the model has more weights than can be trained");
        goto fail;
    }
    if (!(o->piece = calloc((size_t)o->n_pieces + 1, sizeof *o->piece))) {
        mt_err_memory(err, "the optimizer", (size_t)o->n_pieces * sizeof *o->piece);
        goto fail;
    }
    cut_pieces(o);
    if (plan_moments(o, plan, err) < 0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &o->part, (size_t)o->n_pieces, sizeof *o->part, err) < 0)
        goto fail;
    *out = o;
    return 0;
fail:
    mt_optim_free(o);
    return -1;
}

void mt_optim_free(struct mt_optim *o)
{
    if (!o)
        return;
    for (int m = 0; m < MT_MOMENTS; m++)
        free(o->moment[m]);
    free(o->piece);
    free(o);
}

double mt_optim_lr(const struct mt_optim *o)
{
    return *(const double *)o->cfg;
}

static double add_lanes(const double sum[LANES])
{
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

/* sum (g + l2x2 * w)^2 */
static double gradient_squares(const float *restrict g, const float *restrict w, double l2x2, size_t n)
{
    double sum[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (int j = 0; j < LANES; j++) {
            double d = (double)g[i + j] + l2x2 * (double)w[i + j];
            sum[j] += d * d;
        }
    }
    for (int j = 0; i < n; i++, j++) {
        double d = (double)g[i] + l2x2 * (double)w[i];
        sum[j] += d * d;
    }
    return add_lanes(sum);
}

static double squares(const float *restrict g, size_t n)
{
    double sum[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            sum[j] += (double)g[i + j] * (double)g[i + j];
    for (int j = 0; i < n; i++, j++)
        sum[j] += (double)g[i] * (double)g[i];
    return add_lanes(sum);
}

static void norm_piece(void *arg, int task, int worker)
{
    (void)worker;
    const struct mt_optim *o = arg;
    const struct mt_piece *p = &o->piece[task];
    const struct mt_tensor *t = o->tensors->list[p->tensor];
    const float *g = t->grad + p->start, *w = t->data + p->start;
    o->part[task] = t->l2 > 0 ? gradient_squares(g, w, 2 * t->l2, p->n) : squares(g, p->n);
}

static void l2_piece(void *arg, int task, int worker)
{
    (void)worker;
    const struct mt_optim *o = arg;
    const struct mt_piece *p = &o->piece[task];
    const struct mt_tensor *t = o->tensors->list[p->tensor];
    o->part[task] = t->l2 > 0 ? t->l2 * squares(t->data + p->start, p->n) : 0;
}

static double sum_pieces(const struct mt_optim *o, mt_task_fn *fn)
{
    double sum = 0;
    mt_pool_run(o->pool, o->n_pieces, fn, (void *)o);
    for (int i = 0; i < o->n_pieces; i++)
        sum += o->part[i];
    return sum;
}

double mt_optim_grad_norm(const struct mt_optim *o)
{
    return sqrt(sum_pieces(o, norm_piece));
}

double mt_optim_l2_loss(const struct mt_optim *o)
{
    return sum_pieces(o, l2_piece);
}

struct step {
    const struct mt_optim *o;
    double lr, g_scale;
};

static void step_piece(void *arg, int task, int worker)
{
    (void)worker;
    const struct step *s = arg;
    const struct mt_optim *o = s->o;
    const struct mt_piece *p = &o->piece[task];
    const struct mt_tensor *t = o->tensors->list[p->tensor];
    struct mt_update u = {
        .w = t->data + p->start,
        .g = t->grad + p->start,
        .n = p->n,
        .lr = s->lr,
        .g_scale = s->g_scale,
        .l2 = t->l2,
        .decay = t->decay,
        .t = o->t,
    };
    for (int m = 0; m < o->moments; m++)
        u.moment[m] = o->moment[m][p->tensor] + p->start;
    o->type->update(o->cfg, &u);
}

void mt_optim_step(struct mt_optim *o, double lr, double g_scale)
{
    o->t++;
    struct step s = {o, lr, g_scale};
    mt_pool_run(o->pool, o->n_pieces, step_piece, &s);
}
