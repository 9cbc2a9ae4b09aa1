/* The convolution layer over bf16 numbers: against the float32 layer on whole numbers, where both are exact;
 * against the definition on real ones, within the bounds of its roundings; and the same bytes for any number
 * of threads. */
#include "tests/test.h"

#include "tests/conv_fixture.h"

struct setting {
    const struct mt_kernels *kernels;
    const struct mt_bf16_engine *engine; /* NULL: float32 */
    int threads;
    bool dx;
};

/* Every engine with the kernel set it belongs to, float32 first. */
static int settings(struct setting s[10])
{
    const struct mt_kernels *set[3];
    const int n_sets = mt_kernels_all(set);
    int n = 0;
    s[n++] = (struct setting){set[0], NULL, 1, true};
    for (int k = 0; k < n_sets; k++) {
        const struct mt_bf16_engine *engine[MT_BF16_ENGINES];
        const int n_engines = mt_bf16_all(set[k], engine);
        for (int e = 0; e < n_engines; e++)
            s[n++] = (struct setting){set[k], engine[e], 1, true};
    }
    return n;
}

static void start(struct fixture *f, const struct conv_case *c, const struct setting *s, bool training)
{
    char text[512];
    struct mt_err err;
    write_layers(c, "", text, sizeof text);
    fixture_init(f, text, (struct mt_shape){c->C, c->H, c->W}, c->n + 3, training, s->kernels, s->threads);
    mt_net_free(f->net);
    mt_plan_release(&f->plan);
    mt_tensors_release(&f->tensors);
    f->options.bf16 = s->engine;
    f->options.input_gradient = training && s->dx;
    if (mt_net_new(&f->net, &f->layers, &f->options, &f->plan, &f->tensors, &err) < 0 ||
        mt_plan_commit(&f->plan, &err) < 0)
        fail_msg("%s", err.text);
    fixture_weights(f, 3);
    fixture_fill(f, c->n, 4);
}

static float rounded(float x)
{
    return mt_bf16_value(mt_bf16_round(x));
}

/* Numbers that bf16 holds: whole ones from -2 to 2, or normal ones. */
static float number(struct mt_rng *rng, bool whole)
{
    return whole ? (float)random_between(rng, -2, 2) : rounded((float)mt_rng_normal(rng));
}

static float *fill_bf16(struct fixture *f, const struct conv_case *c, bool whole)
{
    struct mt_rng rng;
    const size_t outs = (size_t)(c->n * mt_net_dim(f->net)), ins = mt_shape_count(f->options.input);
    float *dout = calloc(outs, sizeof *dout);
    mt_rng_init(&rng, 5, MT_STREAM_TEST, 6, 0);
    for (size_t i = 0; i < outs; i++)
        dout[i] = number(&rng, whole);
    for (int t = 0; t < f->tensors.n; t++)
        for (size_t i = 0; i < f->tensors.list[t]->count; i++)
            f->tensors.list[t]->data[i] = number(&rng, whole);
    for (int s = 0; s < c->n; s++)
        for (size_t e = 0; e < ins; e++)
            *fixture_input(f, s, e) = number(&rng, whole);
    return dout;
}

/* Output and gradients, one behind the other. */
static float *results(struct fixture *f, size_t *n)
{
    struct mt_buf out = {0};
    mt_buf_append(&out, mt_net_forward(f->net, &f->pass),
                  (size_t)(f->pass.n * mt_net_dim(f->net)) * sizeof(float));
    for (int t = 0; t < f->tensors.n; t++)
        mt_buf_append(&out, f->tensors.list[t]->grad, f->tensors.list[t]->count * sizeof(float));
    for (int s = 0; f->options.input_gradient && s < f->pass.n; s++)
        for (size_t e = 0; e < mt_shape_count(f->options.input); e++)
            mt_buf_append(&out,
                          mt_net_input_gradient(f->net, s / MT_LANES) + e * MT_LANES + (size_t)(s % MT_LANES),
                          sizeof(float));
    assert_false(out.failed);
    *n = out.len / sizeof(float);
    return (float *)(void *)out.data;
}

static float *pass(const struct conv_case *c, const struct setting *s, bool whole, int passes, size_t *n)
{
    struct fixture f;
    start(&f, c, s, true);
    float *dout = fill_bf16(&f, c, whole);
    for (; passes; passes--) {
        mt_net_forward(f.net, &f.pass);
        mt_net_backward(f.net, &f.pass, dout);
    }
    float *all = results(&f, n);
    free(dout);
    fixture_release(&f);
    return all;
}

static void fail_case(const struct conv_case *c, const struct setting *s, size_t at, float got, double want)
{
    fail_msg(
        "%s: C %d %dx%d O %d kernel %dx%d stride %dx%d %s %s %s %dx%d n %d dx %d: result %zu is %.9g, not "
        "%.9g",
        s->engine->name, c->C, c->H, c->W, c->O, c->kh, c->kw, c->sy, c->sx, c->same ? "same" : "valid",
        c->activation, c->pool, c->ph, c->pw, c->n, s->dx, at, got, want);
}

/* ---- whole numbers ---- */

/* The plain engine is slow where memory checks are built in, so it is left out of large cases. */
static bool slow_engine(const struct conv_case *c, const struct setting *s)
{
    const double work =
        (double)(c->C + 15) * (c->O + 15) * c->kh * (c->kw + 15) * c->H * c->W * mt_blocks(c->n);
    return !strcmp(s->engine->name, "c") && work > 1e6;
}

static void equals_float32(const struct conv_case *c)
{
    struct setting s[10];
    const int n_settings = settings(s);
    size_t n, same;
    float *want = pass(c, &s[0], true, 1, &n);
    for (int i = 1; i < n_settings; i++) {
        for (int dx = 0; dx < 2; dx++) {
            if (slow_engine(c, &s[i]))
                continue;
            s[i].dx = dx;
            s[i].threads = 1 + dx;
            float *got = pass(c, &s[i], true, 2 - dx, &same); /* a second pass leaves nothing of the first */
            if (dx)
                assert_int_equal(n, same);
            for (size_t e = 0; e < same; e++)
                if (got[e] != want[e])
                    fail_case(c, &s[i], e, got[e], want[e]);
            free(got);
        }
    }
    free(want);
}

static bool possible(const struct conv_case *c, double most)
{
    int before, oh = conv_reference_out(c->H, c->kh, c->sy, c->same, &before),
                ow = conv_reference_out(c->W, c->kw, c->sx, c->same, &before);
    const double work = (double)c->C * c->O * c->kh * c->kw * oh * ow * c->n;
    return oh >= 1 && ow >= 1 && (!c->pool[0] || (oh >= c->ph && ow >= c->pw)) && work <= most &&
           (c->same || (c->kh <= c->H && c->kw <= c->W));
}

static struct conv_case random_case(struct mt_rng *rng, int i)
{
    static const char *const functions[] = {"linear", "relu"}, *const pools[] = {"", "max_pool", "avg_pool"};
    static const int windows[] = {1, 2, 4};
    return (struct conv_case){.C = random_between(rng, 1, i % 3 ? 20 : 70),
                              .O = random_between(rng, 1, i % 4 ? 20 : 70),
                              .H = random_between(rng, 1, 16),
                              .W = random_between(rng, 1, 16),
                              .kh = random_between(rng, 1, 7),
                              .kw = random_between(rng, 1, 7),
                              .sy = random_between(rng, 1, 2),
                              .sx = random_between(rng, 1, 2),
                              .same = random_between(rng, 0, 1),
                              .bias = random_between(rng, 0, 3),
                              .activation = functions[random_between(rng, 0, 1)],
                              .pool = pools[random_between(rng, 0, 2)],
                              .ph = windows[random_between(rng, 0, 2)],
                              .pw = windows[random_between(rng, 0, 2)],
                              .n = random_between(rng, 1, 40)};
}

static void whole_numbers(void **state)
{
    (void)state;
    struct mt_rng rng;
    mt_rng_init(&rng, 7, MT_STREAM_TEST, 7, 0);
    for (int done = 0; done < 24;) {
        const struct conv_case c = random_case(&rng, done);
        if (!possible(&c, 2e5))
            continue;
        equals_float32(&c);
        done++;
    }
}

static void chosen_shapes(void **state)
{
    (void)state;
    static const struct conv_case cases[] = {
        /* a plane of one pixel; as large a kernel as there is; strides on one axis */
        {70, 1, 1, 33, 1, 1, 1, 1, true, true, false, "relu", "", 1, 1, 17, MT_CONV_DIRECT},
        {2, 4, 3, 3, 31, 9, 1, 1, true, true, false, "linear", "", 1, 1, 5, MT_CONV_DIRECT},
        {9, 13, 17, 4, 1, 2, 1, 4, false, true, false, "relu", "", 1, 1, 17, MT_CONV_DIRECT},
        {3, 13, 17, 17, 4, 2, 4, 1, false, true, false, "relu", "max_pool", 2, 2, 17, MT_CONV_DIRECT},
        /* one channel, many, and the number at which the weight gradient changes its way */
        {1, 9, 9, 33, 3, 2, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 3, MT_CONV_DIRECT},
        {7, 5, 5, 4, 3, 3, 1, 1, true, false, false, "linear", "", 1, 1, 3, MT_CONV_DIRECT},
        {8, 5, 5, 4, 3, 3, 1, 1, true, false, false, "linear", "avg_pool", 2, 2, 3, MT_CONV_DIRECT},
        {65, 4, 4, 65, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 2, MT_CONV_DIRECT},
        /* more blocks than shards */
        {2, 4, 4, 2, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 600, MT_CONV_DIRECT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        equals_float32(&cases[i]);
}

/* Planes so large that they are copied in bands: too slow for all but the fastest engine. */
static void bands(void **state)
{
    (void)state;
    static const struct conv_case cases[] = {
        {3, 91, 150, 9, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 1, MT_CONV_DIRECT},
        {17, 40, 140, 8, 3, 4, 2, 2, false, true, false, "linear", "avg_pool", 4, 2, 1, MT_CONV_DIRECT},
        {33, 50, 60, 2, 5, 3, 1, 1, true, true, false, "linear", "", 1, 1, 1, MT_CONV_DIRECT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setting s[10];
        size_t n, same;
        settings(s);
        float *want = pass(&cases[i], &s[0], true, 1, &n), *got = pass(&cases[i], &s[1], true, 1, &same);
        for (size_t e = 0; e < n; e++)
            if (got[e] != want[e])
                fail_case(&cases[i], &s[1], e, got[e], want[e]);
        free(want);
        free(got);
    }
}

/* ---- real numbers ---- */

static double *magnitudes(const double *x, size_t n)
{
    double *m = calloc(n, sizeof *m);
    for (size_t i = 0; i < n; i++)
        m[i] = fabs(x[i]);
    return m;
}

/* Without activation and pooling all inputs are bf16, so only sums round: each of the terms once. */
static void within_bounds(const struct conv_case *c)
{
    struct setting s[10];
    const int n_settings = settings(s);
    struct fixture f;
    start(&f, c, &s[0], true);
    float *dout = fill_bf16(&f, c, false);
    const size_t outs = (size_t)(c->n * mt_net_dim(f.net)), ins = mt_shape_count(f.options.input);
    const struct mt_tensor *kernel = f.tensors.list[0], *bias = f.tensors.list[1];
    double *x = calloc((size_t)c->n * ins, sizeof *x), *w = calloc(kernel->count, sizeof *w),
           *b = calloc(bias->count, sizeof *b), *dy = calloc(outs, sizeof *dy);
    for (int i = 0; i < c->n; i++)
        for (size_t e = 0; e < ins; e++)
            x[(size_t)i * ins + e] = *fixture_input(&f, i, e);
    for (size_t i = 0; i < kernel->count; i++)
        w[i] = kernel->data[i];
    for (size_t i = 0; i < bias->count; i++)
        b[i] = bias->data[i];
    for (size_t i = 0; i < outs; i++)
        dy[i] = dout[i];
    struct conv_reference r = {.c = *c}, size = {.c = *c};
    double *all[] = {x, w, b, dy};
    const size_t counts[] = {(size_t)c->n * ins, kernel->count, bias->count, outs};
    conv_reference_forward(&r, x, w, b);
    conv_reference_backward(&r, x, w, dy);
    for (int i = 0; i < 4; i++) {
        double *m = magnitudes(all[i], counts[i]);
        free(all[i]);
        all[i] = m;
    }
    conv_reference_forward(&size, all[0], all[1], all[2]);
    conv_reference_backward(&size, all[0], all[1], all[3]);
    const double *want[] = {r.y_of, r.dw, r.db, r.dx}, *scale[] = {size.y_of, size.dw, size.db, size.dx};
    const size_t n_of[] = {outs, kernel->count, bias->count, (size_t)c->n * ins};
    const int most = c->kh * c->kw * (c->C > c->O ? c->C : c->O) + 2,
              terms[] = {most, c->n * 300, c->n * 300, most};
    for (int i = 1; i < n_settings && !slow_engine(c, &s[i]); i++) {
        size_t n;
        float *got = pass(c, &s[i], false, 1, &n), *at = got;
        for (int part = 0; part < 4; at += n_of[part++])
            for (size_t e = 0; e < n_of[part]; e++)
                if (!(fabs(at[e] - want[part][e]) <= scale[part][e] * (terms[part] + 32) * 0x1p-24))
                    fail_case(c, &s[i], (size_t)(at - got) + e, at[e], want[part][e]);
        free(got);
    }
    for (int i = 0; i < 4; i++)
        free(all[i]);
    free(dout);
    conv_reference_release(&r);
    conv_reference_release(&size);
    fixture_release(&f);
}

static void real_numbers(void **state)
{
    (void)state;
    struct mt_rng rng;
    mt_rng_init(&rng, 8, MT_STREAM_TEST, 8, 0);
    for (int done = 0; done < 10;) {
        struct conv_case c = random_case(&rng, done);
        c.activation = "linear";
        c.pool = "";
        c.bias = true;
        if (!possible(&c, 2e5))
            continue;
        within_bounds(&c);
        done++;
    }
}

/* Behind any activation and pooling results stay as near to float32 as 2^-8 of their products' magnitudes
 * allows, which here is far below a hundredth of the largest. */
static void near_float32(void **state)
{
    (void)state;
    static const char *const functions[] = {"leaky_relu", "tanh", "sigmoid", "relu"};
    for (int i = 0; i < 12; i++) {
        const struct conv_case c = {5 + i,
                                    9,
                                    10,
                                    7 + i,
                                    3,
                                    3,
                                    1,
                                    1,
                                    i % 2,
                                    true,
                                    true,
                                    functions[i % 4],
                                    i < 6 ? "avg_pool" : "",
                                    3,
                                    2,
                                    19,
                                    MT_CONV_DIRECT};
        struct setting s[10];
        size_t n, same;
        settings(s);
        float *want = pass(&c, &s[0], false, 1, &n), *got = pass(&c, &s[1], false, 1, &same);
        double largest = 0, worst = 0;
        for (size_t e = 0; e < n; e++) {
            largest = fmax(largest, fabs(want[e]));
            worst = fmax(worst, fabs(got[e] - want[e]));
        }
        if (!(worst <= 0.01 * largest) || worst == 0)
            fail_msg("%s: off by %g where the largest is %g", c.activation, worst, largest);
        free(want);
        free(got);
    }
}

/* ---- as a layer ---- */

static void threads_do_not_matter(void **state)
{
    (void)state;
    const struct conv_case c = {
        5, 12, 11, 19, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 150, MT_CONV_DIRECT};
    struct setting s[10];
    const int n_settings = settings(s);
    float *first = NULL;
    size_t n;
    for (int i = 1; i < n_settings; i++) {
        if (strcmp(s[i].engine->order, "split") != 0)
            continue;
        for (s[i].threads = 1; s[i].threads < 4; s[i].threads++) {
            float *got = pass(&c, &s[i], false, 1, &n);
            if (first && strcmp(s[i].engine->name, "c") != 0)
                assert_memory_equal(got, first, n * sizeof *got);
            if (first)
                free(got);
            else
                first = got;
        }
    }
    free(first);
}

static void evaluates_the_same(void **state)
{
    (void)state;
    const struct conv_case c = {
        5, 12, 11, 19, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 37, MT_CONV_DIRECT};
    struct setting s[10];
    struct fixture train, eval;
    settings(s);
    start(&train, &c, &s[1], true);
    start(&eval, &c, &s[1], false);
    assert_memory_equal(mt_net_forward(eval.net, &eval.pass), mt_net_forward(train.net, &train.pass),
                        (size_t)(c.n * mt_net_dim(eval.net)) * sizeof(float));
    fixture_release(&train);
    fixture_release(&eval);
}

static void shows_divergence(void **state)
{
    (void)state;
    const struct conv_case c = {
        5, 6, 7, 19, 3, 3, 1, 1, true, true, false, "linear", "", 2, 2, 17, MT_CONV_DIRECT};
    struct setting s[10];
    const int n_settings = settings(s);
    for (int i = 1; i < n_settings; i++) {
        struct fixture f;
        start(&f, &c, &s[i], true);
        mt_net_forward(f.net, &f.pass);
        assert_null(mt_net_find_nonfinite(f.net, &f.pass));
        f.tensors.list[0]->data[3] = NAN;
        mt_net_forward(f.net, &f.pass);
        assert_string_equal(mt_net_find_nonfinite(f.net, &f.pass), "conv1");
        fixture_release(&f);
    }
}

/* Strides that would fill the copy of dz with zeros, and 3x3 taps of one channel, are left to float32, bit
 * for bit, whether the input's gradient is wanted or not. */
static void leaves_some_shapes(void **state)
{
    (void)state;
    static const struct conv_case cases[] = {
        {5, 12, 11, 19, 3, 3, 2, 3, true, true, false, "relu", "", 1, 1, 20, MT_CONV_DIRECT},
        {1, 12, 11, 19, 3, 3, 1, 1, true, true, false, "relu", "max_pool", 2, 2, 20, MT_CONV_DIRECT},
    };
    for (int i = 0; i < 4; i++) {
        struct setting s[10];
        size_t n;
        settings(s);
        s[0].dx = s[1].dx = i / 2;
        float *want = pass(&cases[i % 2], &s[0], false, 1, &n),
              *got = pass(&cases[i % 2], &s[1], false, 1, &n);
        assert_memory_equal(got, want, n * sizeof *got);
        free(want);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(chosen_shapes),
        cmocka_unit_test(bands),
        cmocka_unit_test(real_numbers),
        cmocka_unit_test(near_float32),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(evaluates_the_same),
        cmocka_unit_test(shows_divergence),
        cmocka_unit_test(leaves_some_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
