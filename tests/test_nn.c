/* Each layer alone and in short chains: forward against a plain double-precision computation, backward
 * against its finite differences, the same bytes for any number of threads and for both fused kernel sets. */
#include "tests/test.h"

#include "tests/net_fixture.h"
#include "tests/net_reference.h"

struct layer_case {
    const char *layers;
    struct mt_shape input;
    int n;
    bool eval; /* as an evaluating pass; checks forward only */
};

static const struct layer_case cases[] = {
    {"[{dense: {units: 3}}]", {5, 1, 1}, 19, false},
    {"[{dense: {units: 20, activation: relu}}, {dense: {units: 7, bias: false, activation: leaky_relu}}]",
     {90, 1, 1},
     33,
     false},
    {"[{dense: {units: 9}}, tanh, {dense: {units: 2, activation: sigmoid}}]", {13, 1, 1}, 40, false},
    {"[{dense: {units: 6, activation: tanh}}, sigmoid, leaky_relu]", {4, 1, 1}, 3, false},
    {"[flatten, relu, {dense: {units: 4}}]", {3, 4, 2}, 17, false},
    {"[{activation: {function: leaky_relu, slope: 0.1}}, flatten]", {2, 3, 3}, 16, false},
    {"[{dense: {units: 40, activation: relu}}, {dense: {units: 3}}]", {1700, 1, 1}, 18, false},
    {"[{dense: {units: 11, activation: tanh}}, {dense: {units: 3}}]", {6200, 1, 1}, 18, false},
    {"[{dense: {units: 4}}]", {16500, 1, 1}, 17, false},
    {"[{dense: {units: 2}}]", {4100, 1, 1}, 129, false},
    {"[max_pool, flatten, {dense: {units: 3}}]", {3, 6, 5}, 21, false},
    {"[{max_pool: {size: [3, 2], stride: [2, 1], padding: same}}, flatten]", {2, 7, 5}, 17, false},
    {"[{avg_pool: {size: 3, stride: 2}}, flatten]", {2, 7, 8}, 18, false},
    {"[{avg_pool: {size: [2, 5], padding: same}}, flatten]", {2, 5, 7}, 18, false},
    {"[{zero_pad: {padding: [1, 0, 2, 3]}}, {max_pool: {size: 2, stride: 1}}, global_avg_pool]",
     {3, 4, 3},
     18,
     false},
    {"[{zero_pad: {padding: [2, 1]}}, tanh, flatten]", {2, 3, 2}, 5, false},
    {"[batch_norm, relu, max_pool, flatten, {dense: {units: 3}}]", {4, 6, 6}, 37, false},
    {"[{dense: {units: 12, bias: false}}, batch_norm, prelu, batch_norm, {dense: {units: 3}}]",
     {6, 1, 1},
     35,
     false},
    {"[batch_norm, prelu, flatten]", {2, 3, 2}, 35, true},
    {"[batch_norm, {dropout: {rate: 0.3}}, flatten, {dense: {units: 3}}]", {3, 4, 5}, 37, false},
    {"[{dense: {units: 9, bias: false}}, batch_norm, {dropout: {rate: 0.4}}, dropout, {dense: {units: 3}}]",
     {5, 1, 1},
     19,
     false},
    {"[batch_norm, dropout, flatten]", {3, 3, 3}, 20, true},
    {"[{dropout: {rate: 0.3}}, {dense: {units: 3, activation: relu}}, {dropout: {rate: 0.5}}]",
     {37, 1, 1},
     35,
     false},
    {"[{dense: {units: 30, activation: tanh}}, dropout, {dense: {units: 2}}]", {5, 1, 1}, 20, true},
    {"[{dense: {units: 5}}, l2_normalize]", {7, 1, 1}, 20, false},
    {"[l2_normalize, {dense: {units: 3, activation: relu}}, l2_normalize]", {2, 1, 1}, 16, false},
    {"[{conv2d: {filters: 4, padding: same, activation: relu}}, max_pool, batch_norm, {conv2d: {filters: 3, "
     "padding: same}}, tanh,"
     " {dropout: {rate: 0.1}}, {avg_pool: {size: 3}}, flatten, {dense: {units: 6, activation: relu}}, "
     "batch_norm, {dense: {units: 3}},"
     " l2_normalize]",
     {2, 8, 7},
     37,
     false},
    {"[{zero_pad: {padding: 2}}, {conv2d: {filters: 5, stride: 2, bias: false}}, batch_norm, relu, "
     "{max_pool: {size: 3, "
     "stride: 1, padding:"
     " same}}, prelu, {conv2d: {filters: 4, kernel: 1, activation: leaky_relu}}, global_avg_pool]",
     {3, 6, 7},
     21,
     false},
    {"[{conv2d: {filters: 4, padding: same}}, prelu, max_pool, batch_norm, flatten, dropout, {dense: {units: "
     "3}}]",
     {1, 6, 6},
     21,
     true},
};

#define SAMPLED 8 /* weights and inputs of each array whose derivative is checked */

static double *random_reals(size_t n, uint64_t seed)
{
    struct mt_rng rng;
    double *v = calloc(n, sizeof *v);
    mt_rng_init(&rng, seed, MT_STREAM_TEST, 5, 5);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)mt_rng_normal(&rng);
    return v;
}

static double *input_of(struct fixture *f, int n)
{
    size_t count = mt_shape_count(f->options.input);
    double *x = calloc((size_t)n * count, sizeof *x);
    for (int i = 0; i < n; i++)
        for (size_t e = 0; e < count; e++)
            x[(size_t)i * count + e] = *fixture_input(f, i, e);
    return x;
}

static void check_close(const char *what, const char *where, size_t n, const float *got, const double *want,
                        double tolerance)
{
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(isfinite(got[i]));
        worst = fmax(worst, fabs(got[i] - want[i]));
        largest = fmax(largest, fabs(want[i]));
    }
    if (worst > tolerance * largest)
        fail_msg("%s of %s: off by %g where the largest is %g", what, where, worst, largest);
}

/* Loss sum(out * weight) and its derivative with respect to *v. */
static double loss(const struct reference *r, int n, const double *x, const double *weight)
{
    double *out = reference_forward(r, n, x), sum = 0;
    for (int i = 0; i < n * mt_net_dim(r->net); i++)
        sum += out[i] * weight[i];
    free(out);
    return sum;
}

static double slope(const struct reference *r, int n, const double *x, const double *weight, double *v)
{
    const double h = 1e-5, at = *v;
    *v = at + h;
    double up = loss(r, n, x, weight);
    *v = at - h;
    double down = loss(r, n, x, weight);
    *v = at;
    return (up - down) / (2 * h);
}

static void check_gradients(struct fixture *f, const struct layer_case *c, double *x, const double *weight)
{
    struct reference r;
    float got[SAMPLED];
    double want[SAMPLED];
    size_t count = mt_shape_count(c->input), total = (size_t)c->n * count;
    reference_init(&r, f->net, &f->tensors, &f->pass);
    for (int t = 0; t < f->tensors.n; t++) {
        const struct mt_tensor *tensor = f->tensors.list[t];
        int k = 0;
        size_t step = (tensor->count + SAMPLED - 1) / SAMPLED;
        for (size_t j = tensor->count - 1; tensor->trainable && j < tensor->count; j -= step, k++) {
            got[k] = tensor->grad[j];
            want[k] = slope(&r, c->n, x, weight, &r.w[t][j]);
        }
        check_close(tensor->name, c->layers, (size_t)k, got, want, 1e-4);
    }
    for (int k = 0; k < SAMPLED; k++) {
        size_t j = (size_t)k * (total - 1) / (SAMPLED - 1);
        got[k] = mt_net_input_gradient(f->net, (int)(j / count) /
                                                   MT_LANES)[j % count * MT_LANES + j / count % MT_LANES];
        want[k] = slope(&r, c->n, x, weight, &x[j]);
    }
    check_close("the input's gradient", c->layers, SAMPLED, got, want, 1e-4);
    reference_release(&r);
}

/* Runs forward and backward; returns the gradient of the output that was used. */
static double *run_case(struct fixture *f, const struct layer_case *c, const struct mt_kernels *kernels,
                        int threads)
{
    fixture_init(f, c->layers, c->input, c->n + 5, !c->eval, kernels, threads);
    fixture_weights(f, 3);
    fixture_fill(f, c->n, 4);
    size_t outs = (size_t)c->n * (size_t)mt_net_dim(f->net);
    double *weight = random_reals(outs, 6);
    float *dout = calloc(outs, sizeof *dout);
    for (size_t i = 0; i < outs; i++)
        dout[i] = (float)weight[i];
    mt_net_forward(f->net, &f->pass);
    mt_net_backward(f->net, &f->pass, dout);
    free(dout);
    return weight;
}

static void layers_agree_with_definition(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    int n_sets = mt_kernels_all(set);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int k = 0; k < n_sets; k++) {
            const struct layer_case *c = &cases[i];
            struct fixture f;
            struct reference r;
            double *weight = run_case(&f, c, set[k], 2), *x = input_of(&f, c->n);
            reference_init(&r, f.net, &f.tensors, &f.pass);
            double *want = reference_forward(&r, c->n, x);
            const float *got = mt_net_forward(f.net, &f.pass);
            check_close("the output", c->layers, (size_t)c->n * (size_t)mt_net_dim(f.net), got, want, 1e-5);
            reference_release(&r);
            bool same_as_before = k > 0 && strcmp(set[k]->name, "c") != 0; /* same_bytes_for_any_threads() */
            if (!c->eval && !same_as_before)
                check_gradients(&f, c, x, weight);
            free(want);
            free(weight);
            free(x);
            fixture_release(&f);
        }
    }
}

/* Everything a pass leaves behind: outputs, gradients, state. */
static void gather(struct fixture *f, struct mt_buf *out)
{
    int n = f->pass.n, D = mt_net_dim(f->net);
    size_t count = mt_shape_count(f->options.input);
    mt_buf_append(out, mt_net_forward(f->net, &f->pass), (size_t)n * (size_t)D * sizeof(float));
    for (int t = 0; t < f->tensors.n; t++) {
        const struct mt_tensor *tensor = f->tensors.list[t];
        mt_buf_append(out, tensor->trainable ? tensor->grad : tensor->data, tensor->count * sizeof(float));
    }
    for (int b = 0; f->options.training && b < f->pass.blocks; b++)
        mt_buf_append(out, mt_net_input_gradient(f->net, b), count * MT_LANES * sizeof(float));
}

static void same_bytes_for_any_threads(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    int n_sets = mt_kernels_all(set);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_buf first = {0};
        for (int k = 0; k < n_sets; k++) {
            bool fused = strcmp(set[k]->name, "c") != 0;
            for (int threads = 1; threads <= 3; threads++) {
                struct fixture f;
                struct mt_buf now = {0};
                free(run_case(&f, &cases[i], set[k], threads));
                gather(&f, &now);
                if (!first.data || (threads == 1 && !fused)) {
                    mt_buf_release(&first);
                    first = now;
                    now = (struct mt_buf){0};
                } else if (now.len != first.len || memcmp(now.data, first.data, now.len) != 0) {
                    fail_msg("%s: other bytes with %s and %d threads", cases[i].layers, set[k]->name,
                             threads);
                }
                mt_buf_release(&now);
                fixture_release(&f);
            }
        }
        mt_buf_release(&first);
    }
}

/* Every function over its whole range: relative error, what is not a number, and infinities. */
static void check_function(const struct mt_map_kernels *map, const char *name, double tolerance)
{
    float x[16] __attribute__((aligned(64))), y[16] __attribute__((aligned(64)));
    for (int i = -40000; i < 40000; i += 16) {
        for (int l = 0; l < 16; l++)
            x[l] = (float)(i + l) * 1e-3f * (i % 3 ? 1.0f : 0.01f);
        map->forward(y, x, 16, 0.3f);
        for (int l = 0; l < 16; l++) {
            double want = reference_activation(name, 0.3f, x[l]);
            if (fabs(y[l] - want) > tolerance * fabs(want))
                fail_msg("%s(%g) is %g, not %g", name, (double)x[l], (double)y[l], want);
        }
    }
    const float special[16] = {NAN, INFINITY, -INFINITY, 1000, -1000, 0, -0.0f, 1e-30f};
    memcpy(x, special, sizeof x);
    map->forward(y, x, 16, 0.3f);
    assert_true(isnan(y[0]));
    for (int l = 1; l < 16; l++) {
        double want = reference_activation(name, 0.3f, x[l]);
        assert_true(isinf(want) ? y[l] == want : fabs(y[l] - want) <= 1e-37 + tolerance * fabs(want));
    }
}

static void activations_are_accurate(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    int n_sets = mt_kernels_all(set);
    for (int k = 0; k < n_sets; k++) {
        check_function(&set[k]->vector.relu, "relu", 0);
        check_function(&set[k]->vector.leaky_relu, "leaky_relu", 1e-7);
        check_function(&set[k]->vector.tanh, "tanh", 3e-7);
        check_function(&set[k]->vector.sigmoid, "sigmoid", 3e-7);
    }
}

/* ---- what single layers promise beyond their formulas ---- */

static const struct mt_kernels *best(void)
{
    return mt_kernels_pick(NULL);
}

static void zero_vectors_stay_finite(void **state)
{
    (void)state;
    struct fixture f;
    float dout[2 * 17];
    fixture_init(&f, "[l2_normalize]", (struct mt_shape){2, 1, 1}, 17, true, best(), 1);
    for (int i = 0; i < 17; i++) {
        dout[2 * i] = 1;
        dout[2 * i + 1] = 2;
        for (size_t d = 0; d < 2; d++)
            *fixture_input(&f, i, d) = i == 3 ? 0.0f : i == 4 ? 1e-8f : 1.0f;
    }
    const float *y = mt_net_forward(f.net, &f.pass);
    assert_true(y[6] == 0 && y[7] == 0);
    assert_true(fabsf(y[8] - 0.01f) < 1e-7f);
    mt_net_backward(f.net, &f.pass, dout);
    const float *dx = mt_net_input_gradient(f.net, 0);
    assert_true(dx[3] == 1e6f && dx[MT_LANES + 3] == 2e6f); /* Keras: a constant divisor, so no projection */
    assert_true(fabsf(dx[0] + 0.5f / sqrtf(2)) < 1e-6f && fabsf(dx[MT_LANES] - 0.5f / sqrtf(2)) < 1e-6f);
    fixture_release(&f);
}

static void moving_statistics_as_keras(void **state)
{
    (void)state;
    const float x[] = {1, 2, 6};
    struct fixture f;
    fixture_init(&f, "[{batch_norm: {name: bn}}]", (struct mt_shape){1, 1, 1}, 3, true, best(), 1);
    mt_net_init(f.net, 0);
    for (int i = 0; i < 3; i++)
        *fixture_input(&f, i, 0) = x[i];
    const float *y = mt_net_forward(f.net, &f.pass);
    double variance = 14.0 / 3;
    assert_true(fabs(y[2] - 3 / sqrt(variance + 1e-3)) < 1e-6);
    assert_true(fabs(mt_tensors_find(&f.tensors, "bn/moving_mean")->data[0] - 0.03) < 1e-8);
    assert_true(fabs(mt_tensors_find(&f.tensors, "bn/moving_variance")->data[0] - (0.99 + 0.01 * variance)) <
                1e-7);
    fixture_release(&f);

    /* Planes of two elements: 1 2 6 and, moved by 1000, 1001 1002 1006. The moving variance is that of a
     * sample of six. */
    fixture_init(&f, "[{batch_norm: {name: bn, momentum: 0.5}}, flatten]", (struct mt_shape){1, 1, 2}, 3,
                 true, best(), 1);
    mt_net_init(f.net, 0);
    for (int i = 0; i < 3; i++) {
        *fixture_input(&f, i, 0) = x[i];
        *fixture_input(&f, i, 1) = 1000 + x[i];
    }
    mt_net_forward(f.net, &f.pass);
    double square = 6 * 500.0 * 500.0 + 28;
    assert_true(fabs(mt_tensors_find(&f.tensors, "bn/moving_mean")->data[0] - 0.5 * 503) < 1e-4);
    assert_true(fabs(mt_tensors_find(&f.tensors, "bn/moving_variance")->data[0] / (0.5 + 0.5 * square / 5) -
                     1) < 1e-6);
    f.pass.training = false;
    float before = mt_tensors_find(&f.tensors, "bn/moving_mean")->data[0];
    y = mt_net_forward(f.net, &f.pass);
    assert_true(mt_tensors_find(&f.tensors, "bn/moving_mean")->data[0] == before);
    assert_true(fabs(y[0] - (1 - before) / sqrt(0.5 + 0.5 * square / 5 + 1e-3)) < 1e-5);
    fixture_release(&f);
}

static void batch_norm_bears_large_means(void **state)
{
    (void)state;
    struct fixture f;
    struct mt_shape in = {1, 30, 30};
    fixture_init(&f, "[batch_norm, flatten]", in, 64, true, best(), 2);
    mt_net_init(f.net, 0);
    fixture_fill(&f, 64, 8);
    for (int i = 0; i < 64; i++)
        for (size_t e = 0; e < 900; e++)
            *fixture_input(&f, i, e) += 4000;
    const float *y = mt_net_forward(f.net, &f.pass);
    double mean = 0, square = 0;
    for (int i = 0; i < 64 * 900; i++) {
        mean += y[i] / (64 * 900);
        square += (double)y[i] * y[i] / (64 * 900);
    }
    assert_true(fabs(mean) < 1e-3 && fabs(square - 1) < 2e-3);
    fixture_release(&f);
}

#define ELEMENTS 3000

static void dropout_keeps_expectation(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "[{dropout: {rate: 0.2}}]", (struct mt_shape){ELEMENTS, 1, 1}, 40, true, best(), 2);
    for (int i = 0; i < 40; i++)
        for (size_t e = 0; e < ELEMENTS; e++)
            *fixture_input(&f, i, e) = 1;
    const float *y = mt_net_forward(f.net, &f.pass);
    double mean = 0;
    int dropped = 0;
    for (int i = 0; i < 40 * ELEMENTS; i++) {
        assert_true(y[i] == 0 || fabsf(y[i] - 1.25f) < 1e-4f);
        dropped += y[i] == 0;
        mean += y[i] / (40.0 * ELEMENTS);
    }
    assert_true(fabs(dropped / (40.0 * ELEMENTS) - 0.2) < 0.005); /* four deviations */
    assert_true(fabs(mean - 1) < 0.006);
    fixture_release(&f);
}

/* The mask of a data-set sample is the same wherever it stands in whatever batch; other epochs, layers and
 * seeds give others. */
static void dropout_follows_the_sample(void **state)
{
    (void)state;
    static float first[ELEMENTS];
    struct fixture f;
    fixture_init(&f, "[dropout]", (struct mt_shape){ELEMENTS, 1, 1}, 40, true, best(), 2);
    for (int i = 0; i < 40; i++)
        for (size_t e = 0; e < ELEMENTS; e++)
            *fixture_input(&f, i, e) = 1;
    f.sample[2] = 1234;
    memcpy(first, mt_net_forward(f.net, &f.pass) + (size_t)2 * ELEMENTS, sizeof first);
    f.sample[2] = 1;
    f.sample[33] = 1234;
    f.pass.n = 36;
    const float *y = mt_net_forward(f.net, &f.pass);
    assert_memory_equal(first, y + (size_t)33 * ELEMENTS, sizeof first);
    assert_memory_not_equal(first, y + (size_t)2 * ELEMENTS, sizeof first);
    f.pass.epoch++;
    assert_memory_not_equal(first, mt_net_forward(f.net, &f.pass) + (size_t)33 * ELEMENTS, sizeof first);
    f.pass.epoch--;
    f.pass.seed++;
    assert_memory_not_equal(first, mt_net_forward(f.net, &f.pass) + (size_t)33 * ELEMENTS, sizeof first);
    f.pass.training = false;
    f.pass.sample = NULL;
    y = mt_net_forward(f.net, &f.pass);
    for (int i = 0; i < 36 * ELEMENTS; i++)
        assert_true(y[i] == 1);
    fixture_release(&f);
}

/* Dropout that batch normalization took over makes the bytes of the two apart. */
static void absorbed_dropout_changes_nothing(void **state)
{
    (void)state;
    static const char *const layers[] = {
        "[{max_pool: {size: 1}}, batch_norm, dropout, flatten, {dense: {units: 3}}]",
        "[batch_norm, {max_pool: {size: 1}}, dropout, flatten, {dense: {units: 3}}]"};
    const struct mt_kernels *set[3];
    for (int k = mt_kernels_all(set) - 1; k >= 0; k--) {
        struct fixture f[2];
        for (int i = 0; i < 2; i++) {
            const struct layer_case c = {layers[i], {3, 5, 7}, 37, false};
            free(run_case(&f[i], &c, set[k], 2));
        }
        assert_true(mt_net_layer(f[0].net, 2)->absorbed && !mt_net_layer(f[1].net, 2)->absorbed);
        assert_memory_equal(mt_net_forward(f[0].net, &f[0].pass), mt_net_forward(f[1].net, &f[1].pass),
                            37 * 3 * sizeof(float));
        for (int t = 0; t < f[0].tensors.n; t++) {
            const struct mt_tensor *a = f[0].tensors.list[t], *b = f[1].tensors.list[t];
            assert_memory_equal(a->data, b->data, a->count * sizeof(float));
            if (a->trainable)
                assert_memory_equal(a->grad, b->grad, a->count * sizeof(float));
        }
        for (int i = 0; i < 2; i++)
            fixture_release(&f[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_are_accurate),         cmocka_unit_test(layers_agree_with_definition),
        cmocka_unit_test(same_bytes_for_any_threads),       cmocka_unit_test(zero_vectors_stay_finite),
        cmocka_unit_test(moving_statistics_as_keras),       cmocka_unit_test(batch_norm_bears_large_means),
        cmocka_unit_test(dropout_keeps_expectation),        cmocka_unit_test(dropout_follows_the_sample),
        cmocka_unit_test(absorbed_dropout_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
