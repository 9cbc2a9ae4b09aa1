/* The convolution layer: every kernel set against the definition over random
 * and edge shapes, the same bytes for both fused sets and any number of threads, and what it took over
 * against separate layers. */
#include "tests/test.h"

#include "tests/conv_fixture.h"

static const char *const functions[] = {"linear", "relu", "leaky_relu", "tanh", "sigmoid"};
static const char *const pools[] = {"", "max_pool", "avg_pool"};

static void random_shapes(void **state)
{
    (void)state;
    struct mt_rng rng;
    mt_rng_init(&rng, 2, MT_STREAM_TEST, 2, 0);
    for (int done = 0; done < 40;) {
        struct conv_case c = {.C = random_between(&rng, 1, done % 3 ? 9 : 70),
                              .O = random_between(&rng, 1, done % 4 ? 14 : 70),
                              .H = random_between(&rng, 1, 30),
                              .W = random_between(&rng, 1, 30),
                              .kh = random_between(&rng, 1, 7),
                              .kw = random_between(&rng, 1, 7),
                              .sy = random_between(&rng, 1, 3),
                              .sx = random_between(&rng, 1, 3),
                              .same = random_between(&rng, 0, 1),
                              .bias = random_between(&rng, 0, 3),
                              .layer = random_between(&rng, 0, 1),
                              .activation = functions[random_between(&rng, 0, 4)],
                              .pool = pools[random_between(&rng, 0, 2)],
                              .ph = random_between(&rng, 1, 4),
                              .pw = random_between(&rng, 1, 4),
                              .n = random_between(&rng, 1, 70)};
        int before, oh = conv_reference_out(c.H, c.kh, c.sy, c.same, &before),
                    ow = conv_reference_out(c.W, c.kw, c.sx, c.same, &before);
        const double work = (double)c.C * c.O * c.kh * c.kw * oh * ow * c.n;
        if (oh < 1 || ow < 1 || (c.pool[0] && (oh < c.ph || ow < c.pw)) || work > 5e5 ||
            (!c.same && (c.kh > c.H || c.kw > c.W)))
            continue;
        check_case(&c);
        done++;
    }
}

static void chosen_shapes(void **state)
{
    (void)state;
    static const struct conv_case cases[] = {
        /* dz in bands, with and without a stride; windows that leave rows and columns over */
        {3, 71, 70, 9, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 2, MT_CONV_DIRECT},
        {2, 140, 140, 8, 5, 4, 2, 2, false, true, false, "relu", "avg_pool", 3, 3, 1, MT_CONV_DIRECT},
        {1, 80, 200, 7, 7, 3, 1, 1, false, true, false, "tanh", "max_pool", 5, 2, 1, MT_CONV_DIRECT},
        /* patches narrower than the plane; few channels and wide kernels */
        {1, 20, 300, 10, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 1, MT_CONV_DIRECT},
        {4, 3, 300, 3, 3, 3, 1, 1, true, false, false, "linear", "", 1, 1, 2, MT_CONV_DIRECT},
        {2, 20, 140, 3, 9, 11, 1, 1, true, true, false, "linear", "", 1, 1, 1, MT_CONV_DIRECT},
        /* kernels as large as the plane, larger than it, and strides larger than the kernel */
        {5, 7, 6, 11, 7, 6, 1, 1, false, true, false, "relu", "", 1, 1, 20, MT_CONV_DIRECT},
        {2, 4, 3, 3, 31, 9, 1, 1, true, true, false, "linear", "", 1, 1, 5, MT_CONV_DIRECT},
        {3, 13, 17, 4, 1, 2, 3, 5, false, true, false, "relu", "", 1, 1, 17, MT_CONV_DIRECT},
        /* more blocks than shards */
        {1, 4, 4, 2, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 600, MT_CONV_DIRECT},
        /* few channels: windows of each kind, with and without padding, planes cut into chunks of columns */
        {1, 28, 28, 7, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 18, MT_CONV_DIRECT},
        {1, 9, 10, 13, 3, 3, 1, 1, true, true, false, "relu", "", 1, 1, 33, MT_CONV_DIRECT},
        {3, 14, 11, 5, 3, 3, 1, 1, false, true, true, "relu", "avg_pool", 3, 3, 20, MT_CONV_DIRECT},
        {2, 8, 8, 4, 3, 3, 1, 1, true, false, false, "linear", "avg_pool", 2, 2, 16, MT_CONV_DIRECT},
        {1, 11, 17, 3, 3, 3, 1, 1, false, true, false, "tanh", "max_pool", 3, 3, 5, MT_CONV_DIRECT},
        {3, 20, 150, 4, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 3, 3, 1, MT_CONV_DIRECT},
        {3, 9, 160, 2, 3, 3, 1, 1, true, true, false, "sigmoid", "", 1, 1, 3, MT_CONV_DIRECT},
        {3, 1, 1, 3, 3, 3, 1, 1, true, true, false, "relu", "", 1, 1, 2, MT_CONV_DIRECT},
        /* many channels */
        {64, 8, 8, 67, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 2, MT_CONV_DIRECT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

/* With zero_pad of nothing in between the layers stay apart. Sums are exact, so the winners of ties must be
 * the same. */
static void absorbed_equals_separate(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    const int n_sets = mt_kernels_all(set);
    static const struct conv_case cases[] = {
        {3, 12, 9, 7, 3, 3, 1, 1, true, true, true, "relu", "max_pool", 2, 2, 37, MT_CONV_DIRECT},
        {2, 11, 13, 3, 2, 3, 1, 1, false, true, true, "linear", "max_pool", 3, 4, 20, MT_CONV_DIRECT},
        {2, 12, 12, 9, 3, 3, 1, 1, true, false, true, "relu", "avg_pool", 4, 2, 18, MT_CONV_DIRECT},
        {2, 12, 12, 9, 3, 3, 1, 1, true, false, true, "linear", "avg_pool", 2, 2, 18, MT_CONV_DIRECT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int k = 0; k < n_sets; k++) {
            struct fixture one, apart;
            struct mt_buf a = {0}, b = {0};
            run(&one, &cases[i], "", set[k], 2, true, true);
            run(&apart, &cases[i], "{zero_pad: {padding: 0}}, ", set[k], 2, true, true);
            assert_true(mt_net_layer(one.net, 1)->absorbed && mt_net_layer(one.net, 2)->absorbed);
            assert_false(mt_net_layer(apart.net, 2)->absorbed || mt_net_layer(apart.net, 4)->absorbed);
            gather(&one, &a);
            gather(&apart, &b);
            assert_int_equal(a.len, b.len);
            assert_memory_equal(a.data, b.data, a.len);
            mt_buf_release(&a);
            mt_buf_release(&b);
            fixture_release(&one);
            fixture_release(&apart);
        }
    }
}

/* A network that is not for training keeps nothing, and says the same. */
static void evaluates_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < 18; i++) { /* evaluating, 2x2 windows are done as in a first layer; training, they are not */
        const struct conv_case c = {.C = 3,
                                    .H = 13,
                                    .W = 14,
                                    .O = 7,
                                    .kh = 3,
                                    .kw = 3,
                                    .sy = 1,
                                    .sx = 1,
                                    .same = i % 2,
                                    .bias = true,
                                    .layer = true,
                                    .activation = functions[i % 9 / 3],
                                    .pool = pools[i % 3],
                                    .ph = 2,
                                    .pw = i < 9 ? 3 : 2,
                                    .n = 19};
        char text[512];
        struct fixture train, eval;
        run(&train, &c, "", mt_kernels_pick(NULL), 2, false, true);
        write_layers(&c, "", text, sizeof text);
        fixture_init(&eval, text, train.options.input, c.n, false, train.options.kernels, 1);
        fixture_weights(&eval, 3);
        fixture_fill(&eval, c.n, 4);
        assert_memory_equal(mt_net_forward(eval.net, &eval.pass), mt_net_forward(train.net, &train.pass),
                            (size_t)(c.n * mt_net_dim(eval.net)) * sizeof(float));
        fixture_release(&train);
        fixture_release(&eval);
    }
}

/* What it leaves to others: windows that overlap or hang over, a mean of a curved function, a second
 * activation. */
static void absorbs_no_more_than_it_can(void **state)
{
    (void)state;
    static const struct {
        const char *layers;
        int absorbed; /* layers behind the first */
    } cases[] = {
        {"[conv2d: {filters: 2}, relu, {max_pool: 2}, flatten]", 2},
        {"[conv2d: {filters: 2, activation: relu}, relu, flatten]", 0},
        {"[conv2d: {filters: 2}, {max_pool: 2}, relu, flatten]", 1},
        {"[conv2d: {filters: 2}, {max_pool: {size: 3, stride: 2}}, flatten]", 0},
        {"[conv2d: {filters: 2}, {max_pool: {size: 2, stride: 3}}, flatten]", 0},
        {"[conv2d: {filters: 2}, {max_pool: {size: 4, padding: same}}, flatten]", 0},
        {"[conv2d: {filters: 2}, {max_pool: {size: 3, padding: same}}, flatten]", 1},
        {"[conv2d: {filters: 2}, tanh, {avg_pool: 2}, flatten]", 1},
        {"[conv2d: {filters: 2}, tanh, {max_pool: 2}, flatten]", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        int absorbed = 0;
        fixture_init(&f, cases[i].layers, (struct mt_shape){1, 11, 11}, 4, true, mt_kernels_pick(NULL), 1);
        for (int l = 1; l < mt_net_layers(f.net); l++)
            absorbed += mt_net_layer(f.net, l)->absorbed;
        if (absorbed != cases[i].absorbed)
            fail_msg("%s: %d layers absorbed", cases[i].layers, absorbed);
        fixture_release(&f);
    }
}

static void first_weights(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "[{conv2d: {filters: 20, kernel: [3, 5], l2: 0.5}}, flatten]",
                 (struct mt_shape){6, 9, 9}, 1, false, mt_kernels_pick(NULL), 1);
    mt_net_init(f.net, 1);
    const struct mt_tensor *kernel = mt_tensors_find(&f.tensors, "conv1/kernel"),
                           *bias = mt_tensors_find(&f.tensors, "conv1/bias");
    assert_non_null(kernel);
    assert_non_null(bias);
    assert_int_equal(kernel->count, 20 * 6 * 3 * 5);
    assert_true(kernel->ndim == 4 && kernel->dim[0] == 20 && kernel->dim[1] == 6 && kernel->dim[2] == 3 &&
                kernel->dim[3] == 5);
    assert_true(kernel->decay && !bias->decay && kernel->l2 == 0.5);
    const double limit = sqrt(6.0 / (6 * 15 + 20 * 15));
    double largest = 0;
    for (size_t i = 0; i < kernel->count; i++)
        largest = fmax(largest, fabs(kernel->data[i]));
    assert_true(largest <= limit && largest > 0.99 * limit);
    for (size_t i = 0; i < bias->count; i++)
        assert_true(bias->data[i] == 0);
    fixture_release(&f);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"[{conv2d: {filters: 2, kernel: [3, 9]}}, flatten]",
         "kernel of 3x9 does not fit into a plane of 8x8"},
        {"[{conv2d: {filters: 2, kernel: [1, 2, 3]}}, flatten]", "kernel takes one number or two"},
        {"[{conv2d: {filters: 2, stride: []}}, flatten]", "stride takes one number or two"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        struct mt_err err = {0};
        int rc = fixture_try(&f, cases[i][0], (struct mt_shape){1, 8, 8}, 1, false, mt_kernels_pick(NULL), 1,
                             &err);
        assert_int_equal(rc, -1);
        assert_int_equal(err.kind, MT_ERR_USAGE);
        assert_non_null(strstr(err.text, "layer 'conv1'"));
        if (!strstr(err.text, cases[i][1]))
            fail_msg("%s", err.text);
        fixture_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_shapes),
        cmocka_unit_test(chosen_shapes),
        cmocka_unit_test(absorbed_equals_separate),
        cmocka_unit_test(evaluates_the_same),
        cmocka_unit_test(absorbs_no_more_than_it_can),
        cmocka_unit_test(first_weights),
        cmocka_unit_test(refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
