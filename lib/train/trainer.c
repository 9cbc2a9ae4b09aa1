#include "lib/train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/train/model_stages.h"

int64_t mt_steps_per_epoch(const struct mt_experiment *e, const struct mt_stage *s, int64_t n)
{
    int64_t batch = s->batch_size;
    return e->train.drop_last ? n / batch : (n + batch - 1) / batch;
}

int mt_trainer_init(struct mt_trainer *t, const struct mt_experiment *e, const struct mt_splits *splits,
                    struct mt_model *model, struct mt_err *err)
{
    memset(t, 0, sizeof *t);
    t->e = e;
    t->splits = splits;
    t->model = model;
    int64_t n = splits->train.n;
    mt_trainer_enter(t);
    mt_schedule_start(&t->schedule);
    size_t state = mt_tensors_count(&model->tensors, false) - mt_tensors_count(&model->tensors, true);
    t->order = malloc((size_t)n * sizeof *t->order);
    t->state = malloc((state + 1) * sizeof *t->state);
    if (t->order && t->state)
        return 0;
    mt_trainer_release(t);
    return mt_err_memory(err, "the order of the samples", (size_t)n * sizeof *t->order);
}

void mt_trainer_release(struct mt_trainer *t)
{
    if (t->order)
        mt_model_stop_feeding(t->model); /* it reads the order */
    free(t->order);
    free(t->state);
    memset(t, 0, sizeof *t);
}

const struct mt_stage *mt_trainer_stage(const struct mt_trainer *t)
{
    return &t->model->stages.v[t->model->stage];
}

void mt_trainer_enter(struct mt_trainer *t)
{
    mt_model_enter(t->model, mt_stage_at(&t->model->stages, t->epoch));
    t->steps_per_epoch = mt_steps_per_epoch(t->e, mt_trainer_stage(t), t->splits->train.n);
}

bool mt_trainer_stage_begins(const struct mt_trainer *t)
{
    const struct mt_stages *stages = &t->model->stages;
    return t->batch == 0 && t->epoch == stages->v[mt_stage_at(stages, t->epoch)].first;
}

int64_t mt_trainer_steps_before(const struct mt_trainer *t, int64_t epoch)
{
    const struct mt_stages *stages = &t->model->stages;
    int64_t steps = 0;
    for (int i = 0; i <= mt_stage_at(stages, epoch); i++) {
        const struct mt_stage *s = &stages->v[i];
        int64_t end = s->first + s->epochs, epochs = (epoch < end ? epoch : end) - s->first;
        steps += epochs * mt_steps_per_epoch(t->e, s, t->splits->train.n);
    }
    return steps;
}

int mt_trainer_begin_epoch(struct mt_trainer *t, struct mt_err *err)
{
    const struct mt_view *v = &t->splits->train;
    mt_trainer_enter(t);
    if (mt_trainer_stage_begins(t)) {
        mt_schedule_start(&t->schedule);
        if (mt_trainer_stage(t)->reset_optimizer)
            mt_optim_reset(t->model->optim);
    }
    mt_model_stop_feeding(t->model); /* of an epoch that was left in the middle */
    mt_epoch_order(t->order, v->n, t->e->train.shuffle, (uint64_t)t->e->seed, (uint32_t)t->epoch);
    for (int64_t i = 0; i < v->n; i++)
        t->order[i] = v->index[t->order[i]];
    int64_t batch = mt_trainer_stage(t)->batch_size, all = t->steps_per_epoch * batch;
    return mt_model_feed(t->model, v->data, t->order, all < v->n ? all : v->n, t->batch * batch, (int)batch,
                         t->epoch, err);
}

static void gather_labels(const struct mt_dataset *d, const int32_t *index, int n, int32_t *label)
{
    for (int i = 0; i < n; i++)
        label[i] = d->label[index[i]];
}

/* Moving statistics, centers and t follow a batch while it is looked at, before it is known whether the step
 * is a good one: they are kept before each step, and put back where it is not. */
static void keep_state(struct mt_trainer *t)
{
    const struct mt_tensors *ts = &t->model->tensors;
    float *at = t->state;
    for (int i = 0; i < ts->n; i++) {
        if (ts->list[i]->trainable)
            continue;
        memcpy(at, ts->list[i]->data, ts->list[i]->count * sizeof *at);
        at += ts->list[i]->count;
    }
}

static void put_state_back(struct mt_trainer *t)
{
    const struct mt_tensors *ts = &t->model->tensors;
    const float *at = t->state;
    for (int i = 0; i < ts->n; i++) {
        if (ts->list[i]->trainable)
            continue;
        memcpy(ts->list[i]->data, at, ts->list[i]->count * sizeof *at);
        at += ts->list[i]->count;
    }
}

static int diverged(struct mt_trainer *t, const char *where, double loss, struct mt_err *err)
{
    put_state_back(t);
    return mt_err_set(
        err, MT_ERR_DIVERGED,
        "%s is not finite in epoch %lld, batch %lld of %lld (loss %g; the one before %g); lower "
        "train.optimizer.lr or set train.clip_norm",
        where, (long long)t->epoch + 1, (long long)t->batch + 1, (long long)t->steps_per_epoch,
        isnan(loss) ? NAN : loss, t->last_loss); /* without the sign that a NaN may carry */
}

/* To be called before the backward pass, which works in the memory of activations that it no longer needs. */
static int loss_diverged(struct mt_trainer *t, const struct mt_pass *pass, double loss, struct mt_err *err)
{
    const char *layer = mt_net_find_nonfinite(t->model->net, pass);
    char where[128] = "the loss of the head";
    if (layer)
        snprintf(where, sizeof where, "the output of layer '%s'", layer);
    return diverged(t, where, loss, err);
}

static double learning_rate(const struct mt_trainer *t)
{
    const struct mt_stage *s = mt_trainer_stage(t);
    struct mt_schedule_at at = {.step = t->step - mt_trainer_steps_before(t, s->first),
                                .steps_per_epoch = t->steps_per_epoch,
                                .epochs = s->epochs};
    return mt_schedule_lr(&s->schedule, s->lr, &at, &t->schedule);
}

/* The part of the stage that is over; the last step has all of it behind it. */
static double stage_done(const struct mt_trainer *t)
{
    const struct mt_stage *s = mt_trainer_stage(t);
    int64_t steps = s->epochs * t->steps_per_epoch - 1;
    return steps ? (double)(t->step - mt_trainer_steps_before(t, s->first)) / (double)steps : 1.0;
}

int mt_trainer_step(struct mt_trainer *t, struct mt_err *err)
{
    struct mt_model *m = t->model;
    const struct mt_view *v = &t->splits->train;
    int64_t batch = mt_trainer_stage(t)->batch_size, at = t->batch * batch, left = v->n - at;
    int n = (int)(left < batch ? left : batch);
    const int32_t *index = t->order + at;
    struct mt_pass pass = {
        .training = true, .n = n, .seed = (uint64_t)t->e->seed, .epoch = (uint32_t)t->epoch, .sample = index};
    struct mt_head_stats stats = {0};

    if (mt_model_load(m, v->data, &t->splits->scale, index, n, err) < 0)
        return -1;
    keep_state(t);
    mt_model_anneal(m, stage_done(t));
    gather_labels(v->data, index, n, m->label);
    const float *x = mt_net_forward(m->net, &pass);
    m->head->type->step(m->head, n, x, m->label, m->dx, &stats);
    double loss = stats.loss / n;
    if (!isfinite(loss))
        return loss_diverged(t, &pass, loss, err);
    mt_net_backward(m->net, &pass, m->dx);

    double norm = mt_optim_grad_norm(m->optim), clip = t->e->train.clip_norm, lr = learning_rate(t);
    if (!isfinite(norm))
        return diverged(t, "the gradient", loss, err);
    mt_optim_step(m->optim, lr, clip < norm ? clip / norm : 1.0);

    t->sums.head.n += stats.n;
    t->sums.head.loss += stats.loss;
    t->sums.head.score_loss += stats.score_loss;
    t->sums.head.target_cos += stats.target_cos;
    t->sums.head.correct += stats.correct;
    t->sums.head.leak_correct += stats.leak_correct;
    t->sums.head.zero += stats.zero;
    t->sums.grad_norm += norm;
    t->sums.lr = lr;
    t->last_loss = loss;
    t->last_norm = norm;
    t->batch++;
    t->step++;
    return 0;
}

int mt_trainer_check_tensors(const struct mt_trainer *t, struct mt_err *err)
{
    const struct mt_tensor *bad = mt_tensors_find_nonfinite(&t->model->tensors),
                           *moment = bad ? NULL : mt_optim_find_nonfinite(t->model->optim);
    if (!bad && !moment)
        return 0;
    return mt_err_set(
        err, MT_ERR_DIVERGED,
        "%s'%s' is not finite after epoch %lld (loss %g); lower train.optimizer.lr or set train.clip_norm",
        bad ? "" : "what the optimizer remembers of ", bad ? bad->name : moment->name,
        (long long)t->epoch + 1, t->last_loss);
}

int mt_trainer_check_validation(const struct mt_trainer *t, const struct mt_head_stats *sum,
                                struct mt_err *err)
{
    if (isfinite(sum->loss) && isfinite(sum->score_loss))
        return 0;
    return mt_err_set(err, MT_ERR_DIVERGED,
                      "the validation loss is not finite after epoch %lld (training loss %g); lower "
                      "train.optimizer.lr or set train.clip_norm",
                      (long long)t->epoch + 1, t->last_loss);
}

int mt_trainer_measure(struct mt_model *m, const struct mt_view *v, const struct mt_scale *scale,
                       struct mt_head_stats *sum, struct mt_err *err)
{
    if (v->n > 0 && mt_model_feed(m, v->data, v->index, v->n, 0, m->max_batch, MT_NO_EPOCH, err) < 0)
        return -1;
    for (int64_t at = 0; at < v->n; at += m->max_batch) {
        int n = (int)(v->n - at < m->max_batch ? v->n - at : m->max_batch);
        struct mt_pass pass = {.n = n};
        if (mt_model_load(m, v->data, scale, v->index + at, n, err) < 0)
            return -1;
        gather_labels(v->data, v->index + at, n, m->label);
        const float *x = mt_net_forward(m->net, &pass);
        m->head->type->loss(m->head, n, x, m->label, sum);
    }
    return 0;
}
