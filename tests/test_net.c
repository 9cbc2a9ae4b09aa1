/* The network as a whole: names and errors, memory, first weights, passes, training. Single layers:
 * test_nn.c. */
#include "tests/test.h"

#include <math.h>

#include "lib/nn/net_impl.h"
#include "tests/net_fixture.h"

static const struct mt_kernels *best(void)
{
    return mt_kernels_pick(NULL);
}

/* ---- building ---- */

static void check_error(const char *layers, struct mt_shape input, const char *part)
{
    struct fixture f;
    struct mt_err err;
    assert_int_equal(fixture_try(&f, layers, input, 4, true, best(), 1, &err), -1);
    assert_int_equal(err.kind, MT_ERR_USAGE);
    if (!strstr(err.text, part))
        fail_msg("'%s' does not say '%s'", err.text, part);
    fixture_release(&f);
}

static void errors_name_layer_and_remedy(void **state)
{
    (void)state;
    struct mt_shape image = {1, 6, 6}, vector = {8, 1, 1};
    check_error("[{dense: {units: 2}}]", image,
                "layer 'dense1' (dense): takes a vector but gets 1x6x6; put flatten");
    check_error("[flatten, {dense: {units: 2, name: a}}, {dense: {units: 2, name: a}}]", image,
                "two layers are named 'a'");
    check_error("[relu]", image, "the last layer, 'relu1', makes 1x6x6 and not a vector; add flatten");
    check_error("[max_pool, max_pool, max_pool]", image,
                "layer 'pool3' (max_pool): its window of 2x2 does not fit");
    check_error("[l2_normalize]", image, "layer 'l2norm1' (l2_normalize): takes a vector");
    check_error("[{dense: {units: 2, name: a/b}}]", vector, "a layer cannot be named 'a/b'");
    check_error("[{dense: {units: 2, name: a b}}]", vector, "a layer cannot be named 'a b'");
    check_error("[flatten, {dense: {units: 2}}]", (struct mt_shape){3, 20000, 20000},
                "samples of 3x20000x20000 are too large");
    check_error("[{dense: {units: 2, name: head}}]", vector, "cannot be named 'head'");
    check_error("[{dense: {units: 2, name: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}}]", vector,
                "is longer than");
    check_error("[{zero_pad: {padding: 1000}}, {zero_pad: {padding: 1000}}, {zero_pad: {padding: 1000}}]",
                (struct mt_shape){64, 1000, 1000}, "too large");
}

static void layers_get_names_and_weights(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(
        &f, "[batch_norm, flatten, {dense: {units: 4, name: embed}}, relu, {dense: {units: 3, bias: false}}]",
        (struct mt_shape){2, 3, 3}, 4, true, best(), 1);
    const char *const name[] = {"bn1", "flatten1", "embed", "relu1", "dense2"};
    assert_int_equal(mt_net_layers(f.net), 5);
    for (int i = 0; i < 5; i++)
        assert_string_equal(mt_net_layer(f.net, i)->name, name[i]);
    assert_true(mt_net_layer(f.net, 3)->absorbed);
    assert_int_equal(mt_net_dim(f.net), 3);
    assert_int_equal(mt_tensors_count(&f.tensors, false), 4 * 2 + 18 * 4 + 4 + 4 * 3);
    assert_int_equal(mt_tensors_count(&f.tensors, true), 2 * 2 + 18 * 4 + 4 + 4 * 3);
    const struct mt_tensor *kernel = mt_tensors_find(&f.tensors, "embed/kernel");
    assert_true(kernel && kernel->ndim == 2 && kernel->dim[0] == 4 && kernel->dim[1] == 18 && kernel->decay);
    assert_false(mt_tensors_find(&f.tensors, "embed/bias")->decay);
    assert_null(mt_tensors_find(&f.tensors, "dense2/bias"));
    fixture_release(&f);
}

static void first_weights_depend_on_name_and_seed(void **state)
{
    (void)state;
    struct fixture f, g;
    struct mt_shape in = {30, 1, 1};
    fixture_init(&f, "[{dense: {units: 20, name: a}}, {dense: {units: 20, name: b}}]", in, 4, true, best(),
                 1);
    fixture_init(&g, "[{dense: {units: 30, name: z}}, {dense: {units: 20, name: a}}]", in, 4, true, best(),
                 1);
    mt_net_init(f.net, 9);
    mt_net_init(g.net, 9);
    const struct mt_tensor *a = mt_tensors_find(&f.tensors, "a/kernel"),
                           *b = mt_tensors_find(&f.tensors, "b/kernel");
    const struct mt_tensor *same = mt_tensors_find(&g.tensors, "a/kernel");
    assert_memory_equal(a->data, same->data, a->count * sizeof(float));
    assert_memory_not_equal(a->data, b->data, b->count * sizeof(float));
    float limit = sqrtf(6.0f / 50.0f), largest = 0, sum = 0;
    for (size_t i = 0; i < a->count; i++) {
        largest = fmaxf(largest, fabsf(a->data[i]));
        sum += a->data[i] * a->data[i];
    }
    assert_true(largest <= limit && largest > 0.98f * limit);
    assert_true(fabsf(sum / (float)a->count - limit * limit / 3) < 0.05f * limit * limit);
    mt_net_init(g.net, 10);
    assert_memory_not_equal(a->data, same->data, a->count * sizeof(float));
    fixture_release(&f);
    fixture_release(&g);
}

/* The networks of the published experiments, without their heads. */
static const struct {
    const char *layers;
    struct mt_shape input;
    int batch, dim;
    size_t weights, fixed; /* in all; of them moving statistics */
} published[] = {
    {"[{conv2d: {filters: 10, padding: same, activation: relu}}, {conv2d: {filters: 10, padding: same, "
     "activation: relu}}, max_pool,"
     " {conv2d: {filters: 20, padding: same, activation: relu}}, {conv2d: {filters: 20, padding: same, "
     "activation: relu}}, max_pool,"
     " flatten, {dense: {units: 50, activation: relu}}, {dense: {units: 3}}, l2_normalize]",
     {1, 28, 28},
     32,
     3,
     55653,
     0},
    {"[{conv2d: {filters: 64, padding: same, activation: relu}}, max_pool, batch_norm, {conv2d: {filters: "
     "32, padding: same,"
     " activation: relu}}, max_pool, batch_norm, flatten, {dense: {units: 128, activation: relu}}, "
     "batch_norm, {dense: {units: 20}},"
     " {dropout: {rate: 0.2}}]",
     {1, 28, 28},
     64,
     20,
     223412,
     448},
    {"[{zero_pad: {padding: 2}}, {conv2d: {filters: 32, padding: same, activation: relu}}, max_pool, "
     "{conv2d: {filters: 64, padding:"
     " same, activation: relu}}, max_pool, {conv2d: {filters: 128, padding: same, activation: relu}}, "
     "max_pool, flatten,"
     " {dropout: {rate: 0.5}}, {dense: {units: 3}}]",
     {1, 28, 28},
     1024,
     3,
     98819,
     0},
    {"[{conv2d: {filters: 32}}, {avg_pool: {size: 3}}, batch_norm, dropout, flatten, {dense: {units: 64}}, "
     "batch_norm]",
     {3, 224, 224},
     32,
     64,
     11216192,
     192},
};

static int plan_published(struct fixture *f, size_t i, bool training)
{
    struct mt_err err;
    memset(f, 0, sizeof *f);
    fixture_parse(f, published[i].layers);
    assert_int_equal(mt_pool_new(&f->pool, 2, &err), 0);
    f->options =
        (struct mt_net_options){.input = published[i].input,
                                .max_batch = published[i].batch,
                                .training = training,
                                .kernels = best(),
                                .pool = f->pool};
    return mt_net_new(&f->net, &f->layers, &f->options, &f->plan, &f->tensors, &err);
}

static void published_networks_have_their_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        struct fixture f;
        assert_int_equal(plan_published(&f, i, true), 0);
        assert_int_equal(mt_net_dim(f.net), published[i].dim);
        assert_int_equal(mt_tensors_count(&f.tensors, false), published[i].weights);
        assert_int_equal(mt_tensors_count(&f.tensors, true), published[i].weights - published[i].fixed);
        fixture_release(&f);
    }
}

/* ---- memory ---- */

/* Values that exist at the same time must not overlap. */
static void check_no_overlap(const struct mt_net *net)
{
    size_t blocks = (size_t)mt_blocks(net->options.max_batch);
    for (int i = 0; i < net->n_values; i++) {
        for (int j = 0; j < i; j++) {
            const struct net_value *a = &net->value[i], *b = &net->value[j];
            bool both = (a->always || a->last >= 0) && (b->always || b->last >= 0);
            bool meet = a->always || b->always || (a->first <= b->last && b->first <= a->last);
            size_t copies = a->per_worker ? 1 : blocks;
            if (both && meet && a->per_worker == b->per_worker)
                assert_true(a->offset + a->floats * copies <= b->offset ||
                            b->offset + b->floats * copies <= a->offset);
        }
    }
}

static void memory_is_shared(void **state)
{
    (void)state;
    const char *layers =
        "[tanh, max_pool, sigmoid, max_pool, {zero_pad: {padding: 2}}, batch_norm, relu, max_pool, flatten,"
        " {dense: {units: 10, activation: tanh}}, dropout, {dense: {units: 3}}, l2_normalize]";
    struct fixture f;
    struct mt_shape in = {3, 32, 32};
    size_t block = mt_shape_count(in) * MT_LANES;
    fixture_init(&f, layers, in, 1024, false, best(), 2);
    check_no_overlap(f.net);
    /* Nothing but the input and the output is there for the whole batch. */
    assert_int_equal(f.net->batch_floats, 64 * (block + 3 * MT_LANES));
    assert_true(f.net->worker_floats <= block + block / 4);
    fixture_release(&f);

    fixture_init(&f, layers, in, 1024, true, best(), 2);
    check_no_overlap(f.net);
    fixture_release(&f);

    /* Input and its gradient stay for good; the most beside them, while dense2 works backward: what the tanh
     * layers made (64, 32) and the gradients of the same (64, 32). The outputs' 4 fit where nothing lives
     * yet. */
    fixture_init(&f, "[{dense: {units: 64}}, tanh, {dense: {units: 32}}, tanh, {dense: {units: 4}}]",
                 (struct mt_shape){100, 1, 1}, 64, true, best(), 2);
    check_no_overlap(f.net);
    assert_int_equal(f.net->batch_floats, 4 * MT_LANES * (100 + 100 + 64 + 32 + 64 + 32));
    fixture_release(&f);
}

/* At batch 1024 the three convolutions of the third network keep their pooled outputs (57 MiB with what they
 * convolve); gradients never exist for the whole batch. */
static void a_large_batch_takes_little_memory(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(plan_published(&f, 2, true), 0);
    size_t training = f.plan.bytes[MT_AREA_ACT] + f.plan.bytes[MT_AREA_SCRATCH];
    fixture_release(&f);
    assert_int_equal(plan_published(&f, 2, false), 0);
    size_t evaluating = f.plan.bytes[MT_AREA_ACT] + f.plan.bytes[MT_AREA_SCRATCH];
    fixture_release(&f);
    assert_true(training < (size_t)100 << 20);
    assert_true(evaluating < (size_t)10 << 20);
}

static void passes_of_any_size(void **state)
{
    (void)state;
    struct fixture f;
    float first[3 * 5];
    fixture_init(&f, "[{dense: {units: 20, activation: relu}}, batch_norm, {dense: {units: 3}}]",
                 (struct mt_shape){6, 1, 1}, 70, false, best(), 2);
    fixture_weights(&f, 1);
    fixture_fill(&f, 5, 2);
    memcpy(first, mt_net_forward(f.net, &f.pass), sizeof first);
    fixture_fill(&f, 70, 2); /* the same first samples among others */
    assert_memory_equal(first, mt_net_forward(f.net, &f.pass), sizeof first);
    assert_int_equal(f.pass.blocks, 5);
    assert_int_equal(f.pass.shards, 5);
    fixture_release(&f);
}

/* ---- what can go wrong in a pass ---- */

static void non_finite_numbers_are_found(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "[{dense: {units: 4}}, relu, {dense: {units: 4}}, {dense: {units: 2}}]",
                 (struct mt_shape){3, 1, 1}, 20, true, best(), 2);
    mt_net_init(f.net, 1);
    fixture_fill(&f, 18, 1);
    mt_net_forward(f.net, &f.pass);
    assert_null(mt_net_find_nonfinite(f.net, &f.pass));
    struct mt_tensor *w = mt_tensors_find(&f.tensors, "dense2/kernel");
    float was = w->data[5];
    w->data[5] = NAN;
    mt_net_forward(f.net, &f.pass);
    assert_string_equal(mt_net_find_nonfinite(f.net, &f.pass), "dense2");
    w->data[5] = was;
    mt_tensors_find(&f.tensors, "dense1/bias")->data[0] = NAN; /* must get through relu */
    mt_net_forward(f.net, &f.pass);
    assert_string_equal(mt_net_find_nonfinite(f.net, &f.pass), "dense1");
    *fixture_input(&f, 17, 2) = INFINITY;
    mt_net_forward(f.net, &f.pass);
    assert_string_equal(mt_net_find_nonfinite(f.net, &f.pass), "input");
    fixture_release(&f);
}

/* ---- all together ---- */

/* Two classes that no line separates. */
static float toy_loss(struct fixture *f, float *dout)
{
    const float *y = mt_net_forward(f->net, &f->pass);
    float loss = 0;
    for (int i = 0; i < f->pass.n; i++) {
        float want = *fixture_input(f, i, 0) * *fixture_input(f, i, 1) > 0 ? 1.0f : -1.0f, off = y[i] - want;
        loss += off * off / (float)f->pass.n;
        dout[i] = 2 * off / (float)f->pass.n;
    }
    return loss;
}

static void a_perceptron_learns(void **state)
{
    (void)state;
    struct fixture f;
    float dout[100];
    fixture_init(&f,
                 "[{dense: {units: 24, activation: tanh}}, {dense: {units: 8}}, batch_norm, relu, {dense: "
                 "{units: 1}}]",
                 (struct mt_shape){2, 1, 1}, 100, true, best(), 2);
    mt_net_init(f.net, 4);
    fixture_fill(&f, 100, 4);
    float first = toy_loss(&f, dout);
    for (int step = 0; step < 400; step++) {
        toy_loss(&f, dout);
        mt_net_backward(f.net, &f.pass, dout);
        for (int t = 0; t < f.tensors.n; t++)
            for (size_t i = 0; f.tensors.list[t]->trainable && i < f.tensors.list[t]->count; i++)
                f.tensors.list[t]->data[i] -= 0.1f * f.tensors.list[t]->grad[i];
    }
    float last = toy_loss(&f, dout);
    assert_true(first > 0.8f && last < 0.2f);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_layer_and_remedy),
        cmocka_unit_test(layers_get_names_and_weights),
        cmocka_unit_test(first_weights_depend_on_name_and_seed),
        cmocka_unit_test(published_networks_have_their_weights),
        cmocka_unit_test(memory_is_shared),
        cmocka_unit_test(a_large_batch_takes_little_memory),
        cmocka_unit_test(passes_of_any_size),
        cmocka_unit_test(non_finite_numbers_are_found),
        cmocka_unit_test(a_perceptron_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
