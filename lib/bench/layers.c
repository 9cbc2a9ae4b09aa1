#include "lib/bench/layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"

/* Rows beside those of the layers. */
enum part { PART_INPUT, PART_HEAD, PART_OPTIMIZER, PART_REST, PARTS };
static const char *const part_name[PARTS] = {"input", "head", "optimizer", "rest"};

/* ---- counting ---- */

static const struct mt_tensor *tensor_of(const struct mt_tensors *ts, const char *layer, const char *what)
{
    char name[MT_TENSOR_NAME + MT_LAYER_NAME];
    snprintf(name, sizeof name, "%s/%s", layer, what);
    return mt_tensors_find(ts, name);
}

static bool is_trained(const struct mt_tensors *ts, const char *layer)
{
    size_t len = strlen(layer);
    for (int i = 0; i < ts->n; i++)
        if (ts->list[i]->trainable && !strncmp(ts->list[i]->name, layer, len) &&
            ts->list[i]->name[len] == '/')
            return true;
    return false;
}

static void count_layer(struct mt_bench_layer *row, const struct mt_tensors *ts, const struct mt_layer *l,
                        bool any_before)
{
    const struct mt_tensor *kernel = tensor_of(ts, l->name, "kernel");
    if (!kernel)
        return;
    row->forward_flops = 2.0 * (double)kernel->count * l->out.h * l->out.w;
    row->backward_flops = (any_before ? 2.0 : kernel->trainable ? 1.0 : 0.0) * row->forward_flops;
}

/* The layer's row, with those that it absorbed. */
static void describe(struct mt_bench_layer *row, const struct mt_net *net, int i)
{
    const struct mt_layer *l = mt_net_layer(net, i);
    snprintf(row->name, sizeof row->name, "%s", l->name);
    int len = snprintf(row->type, sizeof row->type, "%s", l->type->kind.name);
    for (int j = i + 1; j < mt_net_layers(net) && mt_net_layer(net, j)->absorbed; j++)
        if (len < (int)sizeof row->type)
            len += snprintf(row->type + len, sizeof row->type - (size_t)len, " %s",
                            mt_net_layer(net, j)->type->kind.name);
    if (l->type->kernel)
        l->type->kernel(l, row->kernel);
    row->bf16 = !strncmp(row->kernel, "bf16 ", 5);
}

/* Fills all rows but their times; layer_of says which layer a row is about. */
static void list_rows(struct mt_bench *b, const struct mt_model *m, int *layer_of)
{
    bool any_before = false;
    b->n_layers = 0;
    snprintf(b->layer[b->n_layers++].name, MT_LAYER_NAME, "%s", part_name[PART_INPUT]);
    for (int i = 0; i < mt_net_layers(m->net); i++) {
        const struct mt_layer *l = mt_net_layer(m->net, i);
        if (!l->absorbed) {
            layer_of[b->n_layers] = i;
            describe(&b->layer[b->n_layers], m->net, i);
            count_layer(&b->layer[b->n_layers++], &m->tensors, l, any_before);
        }
        any_before = any_before || is_trained(&m->tensors, l->name);
    }
    for (int part = PART_HEAD; part < PARTS; part++)
        snprintf(b->layer[b->n_layers++].name, MT_LAYER_NAME, "%s", part_name[part]);
    struct mt_bench_layer *head = &b->layer[b->n_layers - PARTS + PART_HEAD];
    snprintf(head->type, sizeof head->type, "%s", m->head->type->kind.name);
    head->forward_flops = 2.0 * (double)m->head->weight->count;
    head->backward_flops = 2.0 * head->forward_flops;
    b->infer_flops = b->train_flops = 0;
    for (int i = 0; i < b->n_layers; i++) {
        b->infer_flops += b->layer[i].forward_flops;
        b->train_flops += b->layer[i].forward_flops + b->layer[i].backward_flops;
    }
}

/* ---- clocking ---- */

struct step_times {
    double input, forward, head, backward, optimizer;
};

/* A step as mt_trainer_step does it, with a rate of 0, so that it can be repeated for ever. */
static int clocked_step(const struct mt_trainer *t, struct step_times *sum, struct mt_err *err)
{
    struct mt_model *m = t->model;
    const struct mt_dataset *data = t->splits->train.data;
    struct mt_head_stats stats = {0};
    struct mt_pass pass = {.training = true,
                           .n = (int)mt_trainer_stage(t)->batch_size,
                           .seed = (uint64_t)t->e->seed,
                           .sample = t->order};
    double at[6] = {mt_clock()};
    if (mt_model_feed(m, data, t->order, pass.n, 0, pass.n, 0, err) < 0 ||
        mt_model_load(m, data, &t->splits->scale, t->order, pass.n, err) < 0)
        return -1;
    for (int i = 0; i < pass.n; i++)
        m->label[i] = data->label[t->order[i]];
    at[1] = mt_clock();
    const float *x = mt_net_forward(m->net, &pass);
    at[2] = mt_clock();
    m->head->type->step(m->head, pass.n, x, m->label, m->dx, &stats);
    at[3] = mt_clock();
    mt_net_backward(m->net, &pass, m->dx);
    at[4] = mt_clock();
    mt_optim_grad_norm(m->optim);
    mt_optim_step(m->optim, 0.0, 1.0);
    at[5] = mt_clock();
    sum->input += at[1] - at[0];
    sum->forward += at[2] - at[1];
    sum->head += at[3] - at[2];
    sum->backward += at[4] - at[3];
    sum->optimizer += at[5] - at[4];
    return 0;
}

/* Threads work side by side: what they took together is so many times the time that passed. What is left of
 * that is waiting for one another, and the copies to and from the head. */
static void fill_times(struct mt_bench *b, const struct step_times *sum,
                       const struct mt_layer_seconds *clocked, int n_net, const int *layer_of, int steps)
{
    double forward = 0, backward = 0, n = steps;
    for (int i = 1; i <= b->n_layers - PARTS; i++) {
        struct mt_bench_layer *row = &b->layer[i];
        for (int worker = 0; worker < b->threads; worker++) {
            const struct mt_layer_seconds *s = &clocked[worker * n_net + layer_of[i]];
            row->forward_seconds += s->forward / b->threads / n;
            row->backward_seconds += s->backward / b->threads / n;
        }
        forward += row->forward_seconds;
        backward += row->backward_seconds;
    }
    struct mt_bench_layer *part = &b->layer[b->n_layers - PARTS];
    b->layer[0].forward_seconds = sum->input / n;
    part[PART_HEAD].forward_seconds = sum->head / n;
    part[PART_OPTIMIZER].backward_seconds = sum->optimizer / n;
    part[PART_REST].forward_seconds = sum->forward / n - forward;
    part[PART_REST].backward_seconds = sum->backward / n - backward;
}

int mt_bench_layers(struct mt_bench *b, const struct mt_setup *s, struct mt_trainer *t, double seconds,
                    struct mt_err *err)
{
    int n_net = mt_net_layers(s->model->net), steps = 0, rc = 0;
    struct step_times warm = {0}, sum = {0};
    struct mt_layer_seconds *clocked = calloc((size_t)n_net * (size_t)b->threads, sizeof *clocked);
    int *layer_of = calloc((size_t)n_net + PARTS, sizeof *layer_of);
    b->layer = calloc((size_t)n_net + PARTS, sizeof *b->layer);
    if (!clocked || !layer_of || !b->layer) {
        rc = mt_err_memory(err, "the times of the layers", (size_t)n_net * sizeof *clocked);
        goto out;
    }
    b->batch = (int)mt_trainer_stage(t)->batch_size;
    list_rows(b, s->model, layer_of);
    if ((rc = clocked_step(t, &warm, err)) < 0)
        goto out;
    mt_net_clock(s->model->net, clocked);
    for (double begun = mt_clock(); rc == 0 && (steps < 3 || mt_clock() - begun < seconds); steps++)
        rc = clocked_step(t, &sum, err);
    mt_net_clock(s->model->net, NULL);
    fill_times(b, &sum, clocked, n_net, layer_of, steps);
out:
    free(clocked);
    free(layer_of);
    return rc;
}
