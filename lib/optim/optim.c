#include "lib/optim/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Elements of a task: few enough that small models find work for several threads. Tensors are laid end to
 * end, each rounded up to whole vectors, and cut there: a task has many small tensors or a piece of a large
 * one. */
#define TASK 4096
#define VECTOR 16

static size_t padded(const struct mt_tensor *t)
{
    return (t->count + VECTOR - 1) / VECTOR * VECTOR;
}

static int allocate_pieces(struct mt_optim *o, struct mt_err *err)
{
    size_t all = 0, trainable = 0;
    for (int i = 0; i < o->tensors->n; i++) {
        const struct mt_tensor *t = o->tensors->list[i];
        trainable += t->trainable;
        all += t->trainable ? padded(t) : 0;
    }
    size_t tasks = (all + TASK - 1) / TASK, pieces = tasks + trainable; /* each end cuts once */
    if (pieces >= INT32_MAX)
        return mt_err_set(err, MT_ERR_RUN, "the model has more weights than can be trained");
    o->tasks = (int)tasks;
    o->piece = calloc(pieces + 1, sizeof *o->piece);
    o->first = calloc(tasks + 1, sizeof *o->first);
    return o->piece && o->first ? 0 : mt_err_memory(err, "the optimizer", pieces * sizeof *o->piece);
}

/* Frozen tensors are left out. */
static void cut_pieces(struct mt_optim *o)
{
    size_t at = 0; /* elements laid out so far */
    int n = 0;
    for (int i = 0; i < o->tensors->n; i++) {
        const struct mt_tensor *t = o->tensors->list[i];
        for (size_t start = 0; t->trainable && !t->frozen && start < t->count; n++) {
            size_t room = TASK - at % TASK, left = t->count - start, count = left < room ? left : room;
            if (room == TASK)
                o->first[at / TASK] = n;
            o->piece[n] = (struct mt_piece){i, start, count};
            start += count;
            at += (count + VECTOR - 1) / VECTOR * VECTOR;
        }
    }
    o->tasks = (int)((at + TASK - 1) / TASK);
    o->first[o->tasks] = n;
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
                 struct mt_pool *pool, const struct mt_kernels *kernels, struct mt_plan *plan,
                 struct mt_err *err)
{
    struct mt_optim *o = calloc(1, sizeof *o);
    *out = NULL;
    if (!o)
        return mt_err_memory(err, "the optimizer", sizeof *o);
    o->type = (const struct mt_optim_type *)optimizer->kind;
    o->cfg = optimizer->cfg;
    o->tensors = tensors;
    o->pool = pool;
    o->kernels = &kernels->update;
    o->moments = o->type->moments_used ? o->type->moments_used(o->cfg) : o->type->moments;
    if (allocate_pieces(o, err) < 0)
        goto fail;
    cut_pieces(o);
    if (plan_moments(o, plan, err) < 0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &o->part, (size_t)o->tasks, sizeof *o->part, err) < 0)
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
    free(o->first);
    free(o);
}

void mt_optim_select(struct mt_optim *o)
{
    cut_pieces(o);
}

void mt_optim_reset(struct mt_optim *o)
{
    o->t = 0;
    for (int m = 0; m < o->moments; m++)
        for (int i = 0; i < o->tensors->n; i++)
            if (o->moment[m][i])
                memset(o->moment[m][i], 0, o->tensors->list[i]->count * sizeof(float));
}

const struct mt_tensor *mt_optim_find_nonfinite(const struct mt_optim *o)
{
    for (int m = 0; m < o->moments; m++)
        for (int i = 0; i < o->tensors->n; i++)
            if (o->moment[m][i] && !mt_all_finite(o->moment[m][i], o->tensors->list[i]->count))
                return o->tensors->list[i];
    return NULL;
}

double mt_optim_lr(const struct mt_optim *o)
{
    return *(const double *)o->cfg;
}

static void norm_task(void *arg, int task, int worker)
{
    (void)worker;
    const struct mt_optim *o = arg;
    double sum = 0;
    for (const struct mt_piece *p = o->piece + o->first[task]; p < o->piece + o->first[task + 1]; p++) {
        const struct mt_tensor *t = o->tensors->list[p->tensor];
        sum += o->kernels->squares(t->grad + p->start, t->data + p->start, 2 * t->l2, p->n);
    }
    o->part[task] = sum;
}

static void l2_task(void *arg, int task, int worker)
{
    (void)worker;
    const struct mt_optim *o = arg;
    double sum = 0;
    for (const struct mt_piece *p = o->piece + o->first[task]; p < o->piece + o->first[task + 1]; p++) {
        const struct mt_tensor *t = o->tensors->list[p->tensor];
        if (t->l2 > 0)
            sum += t->l2 * o->kernels->squares(t->data + p->start, NULL, 0, p->n);
    }
    o->part[task] = sum;
}

static double sum_tasks(const struct mt_optim *o, mt_task_fn *fn)
{
    double sum = 0;
    mt_pool_run(o->pool, o->tasks, fn, (void *)o);
    for (int i = 0; i < o->tasks; i++)
        sum += o->part[i];
    return sum;
}

double mt_optim_grad_norm(const struct mt_optim *o)
{
    return sqrt(sum_tasks(o, norm_task));
}

double mt_optim_l2_loss(const struct mt_optim *o)
{
    return sum_tasks(o, l2_task);
}

struct step {
    const struct mt_optim *o;
    double lr, rate, g_scale;
};

static void step_piece(const struct step *s, const struct mt_piece *p)
{
    const struct mt_optim *o = s->o;
    const struct mt_tensor *t = o->tensors->list[p->tensor];
    struct mt_update u = {
        .w = t->data + p->start,
        .g = t->grad + p->start,
        .n = p->n,
        .lr = s->lr,
        .rate = s->rate,
        .g_scale = s->g_scale,
        .l2 = t->l2,
        .decay = t->decay,
        .kernels = o->kernels,
    };
    for (int m = 0; m < o->moments; m++)
        u.moment[m] = o->moment[m][p->tensor] + p->start;
    o->type->update(o->cfg, &u);
}

static void step_task(void *arg, int task, int worker)
{
    (void)worker;
    const struct step *s = arg;
    for (int i = s->o->first[task]; i < s->o->first[task + 1]; i++)
        step_piece(s, &s->o->piece[i]);
}

void mt_optim_step(struct mt_optim *o, double lr, double g_scale)
{
    o->t++;
    struct step s = {o, lr, o->type->rate ? o->type->rate(o->cfg, lr, o->t) : lr, g_scale};
    mt_pool_run(o->pool, o->tasks, step_task, &s);
}
