/* net_run.c: one pass over a batch. */
#include <math.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/nn/net_impl.h"

/* ---- segments ---- */

struct run {
    const struct mt_net *net;
    const struct mt_pass *pass;
    const struct net_op *op;
    int n_ops;
    bool backward;
};

static void run_shard(void *arg, int shard, int worker)
{
    const struct run *r = arg;
    const struct mt_pass *p = r->pass;
    int end = mt_shard_start(shard + 1, p->shards, p->blocks);
    for (int block = mt_shard_start(shard, p->shards, p->blocks); block < end; block++)
        for (int i = 0; i < r->n_ops; i++)
            r->op[i].phase->run(r->op[i].layer, p, block, worker);
}

static void run_tile(void *arg, int tile, int worker)
{
    const struct run *r = arg;
    const int *start = r->net->tile_start;
    int i = 0;
    while (tile >= start[i + 1])
        i++;
    r->op[i].phase->run(r->op[i].layer, r->pass, tile - start[i], worker);
}

/* ---- the same by the clock ---- */

/* Adds the time since `before` to what the operation's layer took in this worker's row; returns the time. */
static double clock_op(const struct run *r, const struct net_op *op, int worker, double before)
{
    double now = mt_clock();
    struct mt_layer_seconds *s = &r->net->seconds[worker * r->net->n_layers + op->layer->index];
    *(r->backward ? &s->backward : &s->forward) += now - before;
    return now;
}

static void clock_shard(void *arg, int shard, int worker)
{
    const struct run *r = arg;
    const struct mt_pass *p = r->pass;
    double at = mt_clock();
    int end = mt_shard_start(shard + 1, p->shards, p->blocks);
    for (int block = mt_shard_start(shard, p->shards, p->blocks); block < end; block++)
        for (int i = 0; i < r->n_ops; i++) {
            r->op[i].phase->run(r->op[i].layer, p, block, worker);
            at = clock_op(r, &r->op[i], worker, at);
        }
}

static void clock_tile(void *arg, int tile, int worker)
{
    const struct run *r = arg;
    double at = mt_clock();
    int i = 0;
    while (tile >= r->net->tile_start[i + 1])
        i++;
    run_tile(arg, tile, worker);
    clock_op(r, &r->op[i], worker, at);
}

void mt_net_clock(struct mt_net *net, struct mt_layer_seconds *seconds)
{
    net->seconds = seconds;
}

void mt_net_run(struct mt_net *net, const struct net_program *program, const struct mt_pass *p)
{
    const bool backward = program == &net->backward || program == &net->finish;
    for (int s = 0; s < program->n_segments; s++) {
        const struct net_segment *seg = &program->segment[s];
        struct run r = {net, p, program->op + seg->first, seg->n, backward};
        if (seg->per_block) {
            mt_pool_run(net->options.pool, p->shards, net->seconds ? clock_shard : run_shard, &r);
            continue;
        }
        net->tile_start[0] = 0;
        for (int i = 0; i < seg->n; i++) {
            const struct mt_phase *phase = r.op[i].phase;
            int tiles = phase->kind == MT_ONCE ? 1 : phase->tiles(r.op[i].layer, p);
            net->tile_start[i + 1] = net->tile_start[i] + tiles;
        }
        mt_pool_run(net->options.pool, net->tile_start[seg->n], net->seconds ? clock_tile : run_tile, &r);
    }
}

/* ---- pointers ---- */

static struct mt_act act_of(const struct mt_net *net, int value)
{
    if (value < 0)
        return (struct mt_act){0};
    const struct net_value *v = &net->value[value];
    if (v->per_worker)
        return (struct mt_act){net->worker + v->offset, net->worker_floats, true};
    return (struct mt_act){net->batch + v->offset, v->floats, false};
}

/* Memory is there only after the plan was committed, so pointers are set at first use. */
static void bind(struct mt_net *net)
{
    if (net->bound)
        return;
    for (int a = 0; a < net->n_active; a++) {
        struct mt_layer *l = net->active[a];
        l->x = act_of(net, net->place[a].x);
        l->y = act_of(net, net->place[a].y);
        l->dx = act_of(net, net->place[a].dx);
        l->dy = act_of(net, net->place[a].dy);
    }
    net->bound = true;
}

void mt_net_init(struct mt_net *net, uint64_t seed)
{
    bind(net);
    for (int i = 0; i < net->n_layers; i++)
        if (net->layer[i].type->init)
            net->layer[i].type->init(&net->layer[i], seed);
}

float *mt_net_input(struct mt_net *net, int block)
{
    struct mt_act x =
        act_of(net, net->place[0].x); /* not the bound one: threads fill the blocks of a first batch */
    return mt_act_at(&x, block, 0);
}

const float *mt_net_input_gradient(const struct mt_net *net, int block)
{
    return net->active[0]->dx.data + net->active[0]->dx.stride * (size_t)block;
}

/* ---- passes ---- */

const float *mt_net_forward(struct mt_net *net, struct mt_pass *p)
{
    bind(net);
    p->blocks = mt_blocks(p->n);
    p->shards = mt_shards(p->blocks);
    mt_net_run(net, &net->prepare, p);
    mt_net_run(net, &net->forward, p);
    const struct mt_act *y = &net->active[net->n_active - 1]->y;
    int D = mt_net_dim(net);
    for (int i = 0; i < p->n; i++) {
        const float *block = y->data + y->stride * (size_t)(i / MT_LANES) + i % MT_LANES;
        for (int d = 0; d < D; d++)
            net->out[(size_t)i * (size_t)D + (size_t)d] = block[(size_t)d * MT_LANES];
    }
    return net->out;
}

void mt_net_backward(struct mt_net *net, const struct mt_pass *p, const float *dout)
{
    const struct mt_act *dy = &net->active[net->n_active - 1]->dy;
    int D = mt_net_dim(net);
    if (!dy->data)
        return;
    for (int i = 0; i < p->blocks * MT_LANES; i++) {
        float *block = dy->data + dy->stride * (size_t)(i / MT_LANES) + i % MT_LANES;
        for (int d = 0; d < D; d++)
            block[(size_t)d * MT_LANES] = i < p->n ? dout[(size_t)i * (size_t)D + (size_t)d] : 0.0f;
    }
    mt_net_run(net, &net->backward, p);
    mt_net_run(net, &net->finish, p);
}

/* ---- what went wrong ---- */

static bool finite_lanes(const float *block, size_t floats, int lanes)
{
    for (size_t i = 0; i < floats; i += MT_LANES)
        for (int l = 0; l < lanes; l++)
            if (!isfinite(block[i + (size_t)l]))
                return false;
    return true;
}

static bool finite_value(const struct mt_net *net, const struct net_value *v, const struct mt_pass *p)
{
    for (int b = 0; b < p->blocks; b++) {
        int lanes = p->n - b * MT_LANES < MT_LANES ? p->n - b * MT_LANES : MT_LANES;
        if (!finite_lanes(net->batch + v->offset + v->floats * (size_t)b, v->floats, lanes))
            return false;
    }
    return true;
}

const char *mt_net_find_nonfinite(const struct mt_net *net, const struct mt_pass *p)
{
    for (int i = 0; i < net->n_values; i++) { /* activations come first, in the order of the layers */
        const struct net_value *v = &net->value[i];
        bool there = v->always || (!v->per_worker && v->last >= net->forward.n_segments &&
                                   v->first <= net->forward.n_segments);
        bool gradient = i > 0 && !v->maker;
        if (there && !gradient && !finite_value(net, v, p))
            return i == 0 ? "input" : v->maker->name;
    }
    return NULL;
}
