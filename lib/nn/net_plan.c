/* net_plan.c: what runs when, and which values may share memory.
 *
 * Time is counted in operations: those of the forward program, then one for the output, then those of the
 * backward program. A value that is written and read inside one PER_BLOCK segment exists once per worker. All
 * others exist for the whole batch from the segment that writes them to the last one that reads them, and
 * values whose times do not meet share memory. */
#include <stdlib.h>
#include <string.h>

#include "lib/nn/net_impl.h"

/* ---- programs ---- */

static int phases(const struct mt_phase *list)
{
    int n = 0;
    while (list && list[n].run)
        n++;
    return n;
}

static int program_alloc(struct net_program *program, int n_ops, struct mt_err *err)
{
    program->op = calloc((size_t)n_ops + 1, sizeof *program->op);
    program->segment = calloc((size_t)n_ops + 1, sizeof *program->segment);
    return program->op && program->segment
               ? 0
               : mt_err_memory(err, "a network", (size_t)n_ops * sizeof *program->op);
}

/* Phases one after another: those on blocks are joined, every other one is a segment of its own. */
static void append_in_turn(struct net_program *program, struct mt_layer *l, const struct mt_phase *list)
{
    for (int i = 0; i < phases(list); i++) {
        bool per_block = list[i].kind == MT_PER_BLOCK;
        struct net_segment *last = program->n_segments ? &program->segment[program->n_segments - 1] : NULL;
        if (per_block && last && last->per_block)
            last->n++;
        else
            program->segment[program->n_segments++] = (struct net_segment){per_block, program->n_ops, 1};
        program->op[program->n_ops++] = (struct net_op){l, &list[i]};
    }
}

/* The i-th phases of all layers side by side. */
static int build_side_by_side(struct net_program *program, struct mt_net *net, bool finish,
                              struct mt_err *err)
{
    int total = 0, longest = 0;
    for (int a = 0; a < net->n_active; a++) {
        const struct mt_layer *l = net->active[a];
        int n = phases(finish ? l->finish : l->prepare);
        total += n;
        longest = n > longest ? n : longest;
    }
    if (program_alloc(program, total, err) < 0)
        return -1;
    for (int i = 0; i < longest; i++) {
        struct net_segment *seg = &program->segment[program->n_segments++];
        seg->first = program->n_ops;
        for (int a = finish ? net->first_trained : 0; a < net->n_active; a++) {
            struct mt_layer *l = net->active[a];
            const struct mt_phase *list = finish ? l->finish : l->prepare;
            if (i < phases(list))
                program->op[program->n_ops++] = (struct net_op){l, &list[i]};
        }
        seg->n = program->n_ops - seg->first;
    }
    return 0;
}

static int build_programs(struct mt_net *net, struct mt_err *err)
{
    int n_forward = 0, n_backward = 0;
    for (int a = 0; a < net->n_active; a++) {
        n_forward += phases(net->active[a]->forward);
        n_backward += phases(net->active[a]->backward);
    }
    if (program_alloc(&net->forward, n_forward, err) < 0 ||
        program_alloc(&net->backward, n_backward, err) < 0)
        return -1;
    for (int a = 0; a < net->n_active; a++)
        append_in_turn(&net->forward, net->active[a], net->active[a]->forward);
    for (int a = net->n_active - 1; a >= net->first_trained; a--)
        append_in_turn(&net->backward, net->active[a], net->active[a]->backward);
    if (build_side_by_side(&net->prepare, net, false, err) < 0)
        return -1;
    return net->options.training ? build_side_by_side(&net->finish, net, true, err) : 0;
}

/* ---- values ---- */

static int new_value(struct mt_net *net, struct mt_shape shape, struct mt_layer *maker)
{
    net->value[net->n_values] = (struct net_value){
        .floats = mt_shape_count(shape) * MT_LANES, .first = INT32_MAX, .last = -1, .maker = maker};
    return net->n_values++;
}

/* The shape of what an active layer makes together with those it absorbed. */
static struct mt_shape final_shape(const struct mt_net *net, int a)
{
    int next = a + 1 < net->n_active ? net->active[a + 1]->index : net->n_layers;
    return net->layer[next - 1].out;
}

static bool is_alias(const struct mt_layer *l)
{
    return l->type->in_place && !l->forward;
}

static void place_activations(struct mt_net *net)
{
    int x = new_value(net, net->options.input, NULL);
    net->value[x].always = true;
    for (int a = 0; a < net->n_active; a++) {
        struct mt_layer *l = net->active[a];
        bool trained = a >= net->first_trained;
        bool may_overwrite = l->type->in_place && x != 0 && !net->value[x].kept_y && !(trained && l->keep_x);
        int y = is_alias(l) || may_overwrite ? x : new_value(net, final_shape(net, a), l);
        net->value[y].kept_y |= trained && l->keep_y;
        net->place[a] = (struct net_place){x, y, -1, -1};
        x = y;
    }
}

static void place_gradients(struct mt_net *net)
{
    if (!net->options.training || net->first_trained == net->n_active)
        return;
    int dy = new_value(net, net->layer[net->n_layers - 1].out, NULL);
    for (int a = net->n_active - 1; a >= net->first_trained; a--) {
        struct mt_layer *l = net->active[a];
        bool wanted = a > net->first_trained || net->options.input_gradient;
        net->place[a].dy = dy;
        if (wanted)
            net->place[a].dx = l->type->in_place ? dy : new_value(net, l->in, NULL);
        dy = net->place[a].dx;
    }
    if (net->options.input_gradient)
        net->value[dy].always = true;
}

static void touch(struct mt_net *net, int value, int time)
{
    if (value < 0)
        return;
    struct net_value *v = &net->value[value];
    v->first = time < v->first ? time : v->first;
    v->last = time > v->last ? time : v->last;
}

/* The last operation of a layer if it is PER_BLOCK, for then it alone writes the result; else its first one.
 */
static int writes_from(const struct net_program *program, int first, int n)
{
    bool ends_per_block = program->op[first + n - 1].phase->kind == MT_PER_BLOCK;
    return ends_per_block ? first + n - 1 : first;
}

static void find_lifetimes(struct mt_net *net)
{
    int output = net->forward.n_ops, at = 0;
    for (int a = 0; a < net->n_active; a++) {
        int n = phases(net->active[a]->forward);
        if (n) {
            touch(net, net->place[a].x, at);
            touch(net, net->place[a].x, at + n - 1);
            touch(net, net->place[a].y, writes_from(&net->forward, at, n));
            touch(net, net->place[a].y, at + n - 1);
        }
        at += n;
    }
    touch(net, net->place[net->n_active - 1].y, output);
    touch(net, net->place[net->n_active - 1].dy, output);
    at = 0;
    for (int a = net->n_active - 1; a >= net->first_trained; a--) {
        const struct mt_layer *l = net->active[a];
        int n = phases(l->backward), time = output + 1 + at;
        if (n) {
            touch(net, net->place[a].dy, time);
            touch(net, net->place[a].dy, time + n - 1);
            touch(net, net->place[a].dx, output + 1 + writes_from(&net->backward, at, n));
            touch(net, net->place[a].dx, time + n - 1);
            if (l->keep_x)
                touch(net, net->place[a].x, time + n - 1);
            if (l->keep_y)
                touch(net, net->place[a].y, time + n - 1);
        }
        at += n;
    }
}

/* ---- memory ---- */

static const struct net_segment *segment_of(const struct net_program *program, int op, int *index)
{
    *index = 0;
    while (op >= program->segment[*index].first + program->segment[*index].n)
        ++*index;
    return &program->segment[*index];
}

/* Segments counted like operations: forward, output, backward. NULL for the output. */
static const struct net_segment *segment_at(const struct mt_net *net, int time, int *index)
{
    if (time < net->forward.n_ops)
        return segment_of(&net->forward, time, index);
    *index = net->forward.n_segments;
    if (time == net->forward.n_ops)
        return NULL;
    int behind;
    const struct net_segment *segment = segment_of(&net->backward, time - net->forward.n_ops - 1, &behind);
    *index += 1 + behind;
    return segment;
}

/* Values of the whole batch live in segments, since the blocks of one are at different operations at the same
 * time. */
static void settle_value(const struct mt_net *net, struct net_value *v)
{
    int first, last;
    if (v->last < 0 || v->always)
        return;
    const struct net_segment *segment = segment_at(net, v->first, &first);
    segment_at(net, v->last, &last);
    v->per_worker = segment && segment->per_block && first == last;
    if (!v->per_worker) {
        v->first = first;
        v->last = last;
    }
}

static bool meet(const struct net_value *a, const struct net_value *b)
{
    return a->always || b->always || (a->first <= b->last && b->first <= a->last);
}

static int by_size(const void *a, const void *b)
{
    const struct net_value *x = *(struct net_value *const *)a, *y = *(struct net_value *const *)b;
    if (x->floats != y->floats)
        return x->floats < y->floats ? 1 : -1;
    return x < y ? -1 : 1;
}

/* Gives each of the n values, the largest first, the lowest place that is free while it lives. Returns the
 * floats used; `blocks` is how many blocks of each there are. */
static size_t share_memory(struct net_value **list, int n, size_t blocks)
{
    size_t used = 0;
    qsort(list, (size_t)n, sizeof *list, by_size);
    for (int i = 0; i < n; i++) {
        size_t at = 0, size = list[i]->floats * blocks;
        for (int j = 0; j < i; j++) { /* start over when moved: an earlier one may now be in the way */
            size_t other = list[j]->offset, end = other + list[j]->floats * blocks;
            if (meet(list[i], list[j]) && at < end && other < at + size) {
                at = end;
                j = -1;
            }
        }
        list[i]->offset = at;
        used = at + size > used ? at + size : used;
    }
    return used;
}

static int place_values(struct mt_net *net, struct mt_err *err)
{
    struct net_value **list = calloc((size_t)net->n_values, sizeof *list);
    if (!list)
        return mt_err_memory(err, "a network", (size_t)net->n_values * sizeof *list);
    for (int i = 0; i < net->n_values; i++)
        settle_value(net, &net->value[i]);
    for (int per_worker = 0; per_worker < 2; per_worker++) {
        int n = 0;
        for (int i = 0; i < net->n_values; i++)
            if (net->value[i].per_worker == per_worker && (net->value[i].always || net->value[i].last >= 0))
                list[n++] = &net->value[i];
        if (per_worker)
            net->worker_floats = share_memory(list, n, 1);
        else
            net->batch_floats = share_memory(list, n, (size_t)mt_blocks(net->options.max_batch));
    }
    free(list);
    return 0;
}

int mt_net_plan(struct mt_net *net, struct mt_plan *plan, struct mt_err *err)
{
    net->place = calloc((size_t)net->n_active, sizeof *net->place);
    net->value = calloc((size_t)net->n_active * 2 + 2, sizeof *net->value);
    if (!net->place || !net->value)
        return mt_err_memory(err, "a network", (size_t)net->n_active * sizeof *net->value);
    if (build_programs(net, err) < 0)
        return -1;
    int most = net->prepare.n_ops > net->finish.n_ops ? net->prepare.n_ops : net->finish.n_ops;
    net->tile_start = calloc((size_t)most + 2, sizeof *net->tile_start);
    if (!net->tile_start)
        return mt_err_memory(err, "a network", (size_t)most * sizeof *net->tile_start);
    place_activations(net);
    place_gradients(net);
    find_lifetimes(net);
    if (place_values(net, err) < 0)
        return -1;
    size_t workers = (size_t)mt_pool_threads(net->options.pool);
    size_t out = (size_t)net->options.max_batch * (size_t)mt_net_dim(net);
    if (mt_plan_add(plan, MT_AREA_ACT, &net->batch, net->batch_floats, sizeof(float), err) < 0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &net->worker, net->worker_floats * workers, sizeof(float), err) <
            0 ||
        mt_plan_add(plan, MT_AREA_SCRATCH, &net->scratch.data, net->scratch.stride * workers, 1, err) < 0)
        return -1;
    return mt_plan_add(plan, MT_AREA_ACT, &net->out, out, sizeof(float), err);
}
