#include "lib/check/gradcheck.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/layer_cases.h"
#include "lib/check/layer_reference.h"
#include "lib/check/setting.h"
#include "lib/core/rng.h"
#include "lib/nn/net.h"

#define TOLERANCE 1e-5
#define FLOOR 1e-3
#define STEP 4e-6
#define SAMPLED 8  /* numbers of each array whose derivative is taken */
#define MAX_CHAIN 8 /* layers */
#define CASE_TEXT 128

/* A network with its memory, one batch through it, and the same in double. */
struct rig {
    struct mt_variant layer[MAX_CHAIN];
    int n_layers;
    struct mt_plan plan;
    struct mt_tensors tensors;
    struct mt_net *net;
    struct mt_pass pass;
    struct mt_layer_batch batch;
    double *x, *out_weight; /* (n, count of the input), (n,D): the loss is the sum of output times weight */
    float *dout;
    int32_t *sample;
};

/* --- building --- */

/* Layers with the name of `type` are made of `type` itself, which need not be in the table. */
static const struct mt_kind *kind_of(const char *name, const struct mt_layer_type *type)
{
    return !strcmp(name, type->kind.name) ? &type->kind : mt_table_find(&mt_layer_table, name);
}

static int add_layer(struct rig *r, char *text, const struct mt_layer_type *type, struct mt_err *err)
{
    char *save = NULL, *name = strtok_r(text, " ", &save);
    const struct mt_kind *kind = name ? kind_of(name, type) : NULL;
    if (!kind || r->n_layers == MAX_CHAIN)
        return mt_err_set(err, MT_ERR_RUN, "no layer '%s' to check with", name ? name : "");
    struct mt_variant *v = &r->layer[r->n_layers++];
    v->kind = kind;
    v->cfg = calloc(1, kind->cfg_size + 1);
    if (!v->cfg)
        return mt_err_memory(err, "a layer to check", kind->cfg_size);
    mt_setting_defaults(kind, v->cfg);
    if (!mt_setting_set_all(kind, v->cfg, save))
        return mt_err_set(err, MT_ERR_RUN, "layer '%s' has no keys '%s'", name, save);
    return 0;
}

static int add_chain(struct rig *r, const struct mt_layer_case *c, const struct mt_layer_type *type,
                     struct mt_err *err)
{
    char text[CASE_TEXT], *save = NULL;
    snprintf(text, sizeof text, "%s", c->chain);
    for (char *layer = strtok_r(text, "|", &save); layer; layer = strtok_r(NULL, "|", &save))
        if (add_layer(r, layer, type, err) < 0)
            return -1;
    return 0;
}

static int allocate(struct rig *r, const struct mt_layer_case *c, struct mt_err *err)
{
    size_t n = (size_t)c->n, in = mt_shape_count(c->input), D = (size_t)mt_net_dim(r->net);
    r->x = calloc(n * in, sizeof *r->x);
    r->out_weight = calloc(n * D, sizeof *r->out_weight);
    r->dout = calloc(n * D, sizeof *r->dout);
    r->sample = calloc(n, sizeof *r->sample);
    if (!r->x || !r->out_weight || !r->dout || !r->sample)
        return mt_err_memory(err, "a batch to check", n * (in + D) * sizeof *r->x);
    return 0;
}

static int build(struct rig *r, const struct mt_layer_case *c, const struct mt_layer_type *type,
                 const struct mt_kernels *kernels, struct mt_pool *pool, struct mt_err *err)
{
    if (add_chain(r, c, type, err) < 0)
        return -1;
    struct mt_variants layers = {r->layer, r->n_layers};
    struct mt_net_options options = {.input = c->input,
                                     .max_batch = c->n,
                                     .training = true,
                                     .input_gradient = true,
                                     .kernels = kernels,
                                     .pool = pool};
    if (mt_net_new(&r->net, &layers, &options, &r->plan, &r->tensors, err) < 0 ||
        mt_plan_commit(&r->plan, err) < 0)
        return -1;
    return allocate(r, c, err);
}

static void drop(struct rig *r)
{
    mt_layer_batch_release(&r->batch);
    mt_plan_release(&r->plan);
    mt_net_free(r->net);
    mt_tensors_release(&r->tensors);
    for (int i = 0; i < r->n_layers; i++)
        mt_setting_release(r->layer[i].kind, r->layer[i].cfg);
    free(r->x);
    free(r->out_weight);
    free(r->dout);
    free(r->sample);
}

/* --- one batch --- */

/* First weights, with what starts as a constant moved away from it: zeros and ones hide errors. */
static void fill(struct rig *r, const struct mt_layer_case *c)
{
    struct mt_rng rng;
    size_t count = mt_shape_count(c->input), outputs = (size_t)c->n * (size_t)mt_net_dim(r->net);
    mt_net_init(r->net, 1);
    mt_rng_init(&rng, 1, MT_STREAM_TEST, 1, 0);
    for (int t = 0; t < r->tensors.n; t++)
        for (size_t i = 0; r->tensors.list[t]->ndim == 1 && i < r->tensors.list[t]->count; i++)
            r->tensors.list[t]->data[i] += mt_rng_unit(&rng) * 0.6f - 0.2f;
    for (size_t i = 0; i < (size_t)c->n * count; i++) {
        float value = (float)mt_rng_normal(&rng);
        size_t s = i / count;
        r->x[i] = (double)value;
        mt_net_input(r->net, (int)(s / MT_LANES))[i % count * MT_LANES + s % MT_LANES] = value;
    }
    for (size_t i = 0; i < outputs; i++) {
        r->dout[i] = (float)mt_rng_normal(&rng);
        r->out_weight[i] = (double)r->dout[i];
    }
    for (int i = 0; i < c->n; i++)
        r->sample[i] = 7 * i + 3;
    r->pass = (struct mt_pass){.training = true, .n = c->n, .seed = 5, .epoch = 2, .sample = r->sample};
}

static double loss_of(void *arg)
{
    const struct rig *r = arg;
    const double *out = mt_layer_reference_forward(&r->batch, r->pass.n, r->x);
    double sum = 0;
    for (int i = 0; i < r->pass.n * mt_net_dim(r->net); i++)
        sum += out[i] * r->out_weight[i];
    return sum;
}

/* Derivatives of some numbers of an array of `count`, spread over it. `got` gives the float derivative of
 * one. */
static void compare(struct rig *r, size_t count, double *v,
                    float (*got)(const struct rig *r, const void *of, size_t i), const void *of,
                    struct mt_gradcheck_row *row)
{
    struct mt_difference difference = {.loss = loss_of, .arg = r, .step = STEP};
    float a[SAMPLED];
    double b[SAMPLED];
    int n = count < SAMPLED ? (int)count : SAMPLED;
    for (int k = 0; k < n; k++) {
        size_t i = count - 1 - (size_t)k * count / (size_t)n; /* from the last one down */
        a[k] = got(r, of, i);
        b[k] = mt_difference_at(&difference, &v[i]);
    }
    mt_gradcheck_compare(n, a, b, FLOOR, &row->error, &row->nonfinite);
}

static float weight_gradient(const struct rig *r, const void *of, size_t i)
{
    const struct mt_tensor *t = of;
    (void)r;
    return t->grad[i];
}

static float input_gradient(const struct rig *r, const void *of, size_t i)
{
    size_t count = *(const size_t *)of, s = i / count;
    return mt_net_input_gradient(r->net, (int)(s / MT_LANES))[i % count * MT_LANES + s % MT_LANES];
}

static int run_case(struct rig *r, const struct mt_layer_case *c, struct mt_gradcheck_row *row,
                    struct mt_err *err)
{
    size_t count = mt_shape_count(c->input);
    fill(r, c);
    if (mt_layer_batch_init(&r->batch, r->net, &r->tensors, &r->pass, err) < 0)
        return -1;
    const float *out = mt_net_forward(r->net, &r->pass);
    const double *want = mt_layer_reference_forward(&r->batch, c->n, r->x);
    mt_gradcheck_compare(c->n * mt_net_dim(r->net), out, want, FLOOR, &row->error, &row->nonfinite);
    mt_net_backward(r->net, &r->pass, r->dout);
    for (int t = 0; t < r->tensors.n; t++) {
        const struct mt_tensor *tensor = r->tensors.list[t];
        if (tensor->trainable)
            compare(r, tensor->count, r->batch.w[t], weight_gradient, tensor, row);
    }
    compare(r, (size_t)c->n * count, r->x, input_gradient, &count, row);
    row->pass = row->nonfinite == 0 && row->error <= row->tolerance;
    return 0;
}

static int check_case(struct mt_gradcheck *g, const struct mt_layer_case *c, const struct mt_layer_type *type,
                      const struct mt_kernels *kernels, struct mt_pool *pool, struct mt_err *err)
{
    struct rig r = {0};
    struct mt_gradcheck_row *row = mt_gradcheck_add(g, err);
    if (!row)
        return -1;
    snprintf(row->what, sizeof row->what, "%s", type->kind.name);
    snprintf(row->mode, sizeof row->mode, "%s", kernels->name);
    snprintf(row->setting, sizeof row->setting, "%s", c->chain);
    snprintf(row->at, sizeof row->at, "%dx%dx%d, %d samples", c->input.c, c->input.h, c->input.w, c->n);
    row->tolerance = TOLERANCE;
    int rc = build(&r, c, type, kernels, pool, err);
    if (rc == 0)
        rc = run_case(&r, c, row, err);
    drop(&r);
    return rc;
}

int mt_gradcheck_layer(struct mt_gradcheck *g, const struct mt_layer_type *type, struct mt_pool *pool,
                       struct mt_err *err)
{
    const struct mt_kernels *kernels[3];
    int sets = mt_kernels_all(kernels), before = g->n;
    for (int k = 0; k < sets && mt_layer_reference_find(type->kind.name); k++)
        for (const struct mt_layer_case *c = mt_layer_cases; c->layer; c++)
            if (!strcmp(c->layer, type->kind.name) && check_case(g, c, type, kernels[k], pool, err) < 0)
                return -1;
    return g->n > before ? 0 : mt_gradcheck_missing(g, type->kind.name, err);
}

int mt_gradcheck_layers(struct mt_gradcheck *g, struct mt_pool *pool, struct mt_err *err)
{
    for (const struct mt_kind *const *kind = mt_layer_table.row; *kind; kind++)
        if (mt_gradcheck_layer(g, (const struct mt_layer_type *)*kind, pool, err) < 0)
            return -1;
    return 0;
}
