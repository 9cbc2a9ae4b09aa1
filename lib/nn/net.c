#include "lib/nn/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nn/net_impl.h"

#define MAX_LAYERS 1000

int mt_net_layers(const struct mt_net *net)
{
    return net->n_layers;
}

const struct mt_layer *mt_net_layer(const struct mt_net *net, int i)
{
    return &net->layer[i];
}

void mt_net_freeze(struct mt_net *net, int layer, bool frozen)
{
    net->layer[layer].frozen = frozen;
}

int mt_net_dim(const struct mt_net *net)
{
    return net->layer[net->n_layers - 1].out.c;
}

/* ---- names ---- */

static bool name_is_good(const char *name)
{
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '/' || *c == 127)
            return false;
    return name[0] && strcmp(name, "head") != 0;
}

static int check_name(const struct mt_net *net, const struct mt_layer *l, struct mt_err *err)
{
    if (!name_is_good(l->name))
        return mt_err_set(err, MT_ERR_USAGE,
                          "a layer cannot be named '%s': a name has 1 to %d characters without spaces and "
                          "slashes, and is not 'head'",
                          l->name, MT_LAYER_NAME - 1);
    for (int i = 0; i < l->index; i++)
        if (!strcmp(net->layer[i].name, l->name))
            return mt_err_set(err, MT_ERR_USAGE, "two layers are named '%s'; give one of them another name",
                              l->name);
    return 0;
}

static int name_layer(struct mt_net *net, struct mt_layer *l, struct mt_err *err)
{
    const char *const *name = l->cfg;
    int same = 1, length;
    for (int i = 0; i < l->index; i++)
        same += net->layer[i].type == l->type;
    if (*name)
        length = snprintf(l->name, sizeof l->name, "%s", *name);
    else
        length = snprintf(l->name, sizeof l->name, "%s%d", l->type->short_name, same);
    if (length >= (int)sizeof l->name)
        return mt_err_set(err, MT_ERR_USAGE, "the layer name '%.60s...' is longer than %d characters", *name,
                          MT_LAYER_NAME - 1);
    return check_name(net, l, err);
}

/* ---- layers ---- */

/* Puts the layer's name before the sentence. */
static int in_layer(const struct mt_layer *l, struct mt_err *err)
{
    if (!err)
        return -1;
    struct mt_err inner = *err;
    return mt_err_set(err, inner.kind, "layer '%s' (%s): %.1900s", l->name, l->type->kind.name, inner.text);
}

/* Offsets inside a block are to fit into an int. */
static bool size_is_good(struct mt_shape s)
{
    return s.c >= 1 && s.h >= 1 && s.w >= 1 && (double)s.c * s.h * s.w * MT_LANES <= INT32_MAX;
}

static int add_layer(struct mt_net *net, const struct mt_variant *v, struct mt_shape in, struct mt_err *err)
{
    struct mt_layer *l = &net->layer[net->n_layers];
    l->type = (const struct mt_layer_type *)(const void *)v->kind;
    l->cfg = v->cfg;
    l->index = net->n_layers;
    l->in = in;
    l->forward = l->type->forward;
    l->backward = l->type->backward;
    l->prepare = l->type->prepare;
    l->finish = l->type->finish;
    if (l->type->state_size && !(l->state = calloc(1, l->type->state_size)))
        return mt_err_memory(err, "a layer", l->type->state_size);
    net->n_layers++;
    if (name_layer(net, l, err) < 0)
        return -1;
    if (l->type->shape(l, err) < 0)
        return in_layer(l, err);
    if (!size_is_good(l->out)) {
        mt_err_set(err, MT_ERR_USAGE, "its output of %dx%dx%d is too large", l->out.c, l->out.h, l->out.w);
        return in_layer(l, err);
    }
    return 0;
}

static int add_layers(struct mt_net *net, const struct mt_variants *layers, struct mt_err *err)
{
    struct mt_shape shape = net->options.input;
    if (layers->n < 1 || layers->n > MAX_LAYERS)
        return mt_err_set(err, MT_ERR_USAGE, "a network has 1 to %d layers, not %d", MAX_LAYERS, layers->n);
    if (!size_is_good(shape))
        return mt_err_set(err, MT_ERR_USAGE, "samples of %dx%dx%d are too large for a network", shape.c,
                          shape.h, shape.w);
    net->layer = calloc((size_t)layers->n, sizeof *net->layer);
    net->active = calloc((size_t)layers->n, sizeof *net->active);
    if (!net->layer || !net->active)
        return mt_err_memory(err, "a network", (size_t)layers->n * sizeof *net->layer);
    for (int i = 0; i < layers->n; i++) {
        if (add_layer(net, &layers->v[i], shape, err) < 0)
            return -1;
        shape = net->layer[i].out;
    }
    if (shape.h != 1 || shape.w != 1)
        return mt_err_set(err, MT_ERR_USAGE,
                          "the last layer, '%s', makes %dx%dx%d and not a vector; add flatten, "
                          "global_avg_pool or dense",
                          net->layer[layers->n - 1].name, shape.c, shape.h, shape.w);
    return 0;
}

static void absorb_layers(struct mt_net *net)
{
    for (int i = 0; i < net->n_layers; i++) {
        struct mt_layer *l = &net->layer[i];
        if (l->absorbed)
            continue;
        net->active[net->n_active++] = l;
        for (int j = i + 1; j < net->n_layers && l->type->absorb && l->type->absorb(l, &net->layer[j]); j++)
            net->layer[j].absorbed = true;
    }
}

static int plan_layers(struct mt_net *net, struct mt_plan *plan, struct mt_tensors *tensors,
                       struct mt_err *err)
{
    const struct mt_net_options *o = &net->options;
    int blocks = mt_blocks(o->max_batch);
    struct mt_layer_plan p = {
        .plan = plan,
        .tensors = tensors,
        .kernels = o->kernels,
        .bf16 = o->bf16,
        .scratch = &net->scratch,
        .max_batch = o->max_batch,
        .max_blocks = blocks,
        .max_shards = mt_shards(blocks),
        .workers = mt_pool_threads(o->pool),
        .training = o->training,
        .conv = o->conv,
    };
    size_t before = mt_tensors_count(tensors, true);
    net->first_trained = o->training && o->input_gradient ? 0 : net->n_active;
    for (int a = 0; a < net->n_active; a++) {
        struct mt_layer *l = net->active[a];
        p.want_dx = o->training && net->first_trained < a + o->input_gradient;
        l->keep_x = l->keep_y = true;
        if (l->type->plan && l->type->plan(l, &p, err) < 0)
            return in_layer(l, err);
        if (!o->training)
            l->keep_x = l->keep_y = false;
        else if (net->first_trained > a && mt_tensors_count(tensors, true) > before)
            net->first_trained = a;
    }
    return 0;
}

int mt_net_new(struct mt_net **out, const struct mt_variants *layers, const struct mt_net_options *options,
               struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err)
{
    struct mt_net *net = calloc(1, sizeof *net);
    *out = NULL;
    if (!net)
        return mt_err_memory(err, "a network", sizeof *net);
    net->options = *options;
    if (add_layers(net, layers, err) < 0)
        goto fail;
    absorb_layers(net);
    if (plan_layers(net, plan, tensors, err) < 0 || mt_net_plan(net, plan, err) < 0)
        goto fail;
    *out = net;
    return 0;
fail:
    mt_net_free(net);
    return -1;
}

static void program_free(struct net_program *program)
{
    free(program->op);
    free(program->segment);
}

void mt_net_free(struct mt_net *net)
{
    if (!net)
        return;
    for (int i = 0; i < net->n_layers; i++)
        free(net->layer[i].state);
    program_free(&net->prepare);
    program_free(&net->forward);
    program_free(&net->backward);
    program_free(&net->finish);
    free(net->layer);
    free(net->active);
    free(net->place);
    free(net->value);
    free(net->tile_start);
    free(net);
}
