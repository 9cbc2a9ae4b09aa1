/* conv_fixture.h: a convolution layer run forward and backward, and compared with its definition. */
#ifndef MT_TESTS_CONV_FIXTURE_H
#define MT_TESTS_CONV_FIXTURE_H

#include "tests/conv_reference.h"
#include "tests/net_fixture.h"

static inline int random_between(struct mt_rng *rng, int low, int high)
{
    return low + (int)mt_rng_below(rng, (uint32_t)(high - low + 1));
}

static inline void write_layers(const struct conv_case *c, const char *between, char *text, size_t size)
{
    struct mt_buf buf = {0};
    mt_buf_printf(&buf, "[{conv2d: {filters: %d, kernel: [%d, %d], stride: [%d, %d], padding: %s, bias: %s",
                  c->O, c->kh, c->kw, c->sy, c->sx, c->same ? "same" : "valid", c->bias ? "true" : "false");
    if (c->layer)
        mt_buf_printf(&buf, "}}, %s{activation: {function: %s}}, ", between, c->activation);
    else
        mt_buf_printf(&buf, ", activation: %s}}, ", c->activation);
    if (c->pool[0])
        mt_buf_printf(&buf, "%s{%s: {size: [%d, %d]}}, ", between, c->pool, c->ph, c->pw);
    mt_buf_puts(&buf, "flatten]");
    assert_false(buf.failed);
    assert_in_range(buf.len, 1, size - 1);
    memcpy(text, buf.data, buf.len + 1);
    mt_buf_release(&buf);
}

/* Another network of the same layers. Without dx it is that of a training run, whose first layer makes no
 * gradient of the input. */
static inline void rebuild(struct fixture *f, enum mt_conv_algorithm conv, bool dx)
{
    struct mt_err err;
    mt_net_free(f->net);
    mt_plan_release(&f->plan);
    mt_tensors_release(&f->tensors);
    f->options.input_gradient = dx;
    f->options.conv = conv;
    if (mt_net_new(&f->net, &f->layers, &f->options, &f->plan, &f->tensors, &err) < 0 ||
        mt_plan_commit(&f->plan, &err) < 0)
        fail_msg("%s", err.text);
}

/* A forward and a backward pass. Whole numbers make all sums exact, and ties frequent. */
static inline void run(struct fixture *f, const struct conv_case *c, const char *between,
                       const struct mt_kernels *kernels, int threads, bool whole, bool dx)
{
    char text[512];
    struct mt_rng rng;
    write_layers(c, between, text, sizeof text);
    fixture_init(f, text, (struct mt_shape){c->C, c->H, c->W}, c->n + 3, true, kernels, threads);
    if (!dx || c->conv != MT_CONV_DIRECT)
        rebuild(f, c->conv, dx);
    fixture_weights(f, 3);
    fixture_fill(f, c->n, 4);
    const size_t outs = (size_t)(c->n * mt_net_dim(f->net)), ins = mt_shape_count(f->options.input);
    float *dout = calloc(outs, sizeof *dout);
    mt_rng_init(&rng, 5, MT_STREAM_TEST, 6, 0);
    for (size_t i = 0; i < outs; i++)
        dout[i] = whole ? (float)random_between(&rng, -2, 2) : (float)mt_rng_normal(&rng);
    for (int t = 0; whole && t < f->tensors.n; t++)
        for (size_t i = 0; i < f->tensors.list[t]->count; i++)
            f->tensors.list[t]->data[i] = (float)random_between(&rng, -2, 2);
    for (int s = 0; whole && s < c->n; s++)
        for (size_t e = 0; e < ins; e++)
            *fixture_input(f, s, e) = (float)random_between(&rng, -2, 2);
    for (int passes = dx ? 1 : 2; passes; passes--) { /* a second one leaves nothing of the first */
        mt_net_forward(f->net, &f->pass);
        mt_net_backward(f->net, &f->pass, dout);
    }
    free(dout);
}

static inline void close_to(const struct conv_case *c, const char *set, const char *what, size_t n,
                            const float *got, const double *want)
{
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(isfinite(got[i]));
        worst = fmax(worst, fabs(got[i] - want[i]));
        largest = fmax(largest, fabs(want[i]));
    }
    /* Three times what was measured on the published networks' layers: docs/precision.md. */
    if (worst > (c->conv == MT_CONV_DIRECT ? 1e-5 : 3e-5) * largest)
        fail_msg("%s, %s, algorithm %d: C %d %dx%d O %d kernel %dx%d stride %dx%d %s %s %s %dx%d n %d: off "
                 "by %g where the "
                 "largest is %g",
                 set, what, c->conv, c->C, c->H, c->W, c->O, c->kh, c->kw, c->sy, c->sx,
                 c->same ? "same" : "valid", c->activation, c->pool, c->ph, c->pw, c->n, worst, largest);
}

static inline double *doubles(const float *v, size_t n)
{
    double *d = calloc(n, sizeof *d);
    for (size_t i = 0; i < n; i++)
        d[i] = v[i];
    return d;
}

/* The input's gradient as [n][C][H][W]. */
static inline float *input_gradient(struct fixture *f)
{
    const size_t ins = mt_shape_count(f->options.input);
    float *dx = calloc((size_t)f->pass.n * ins, sizeof *dx);
    for (int s = 0; s < f->pass.n; s++)
        for (size_t e = 0; e < ins; e++)
            dx[(size_t)s * ins + e] =
                mt_net_input_gradient(f->net, s / MT_LANES)[e * MT_LANES + (size_t)(s % MT_LANES)];
    return dx;
}

static inline struct conv_reference definition(struct fixture *f, const struct conv_case *c)
{
    struct conv_reference r = {.c = *c};
    struct mt_rng rng;
    const struct mt_tensor *kernel = f->tensors.list[0], *bias = c->bias ? f->tensors.list[1] : NULL;
    const size_t ins = mt_shape_count(f->options.input), outs = (size_t)(c->n * mt_net_dim(f->net));
    double *x = calloc((size_t)c->n * ins, sizeof *x), *w = doubles(kernel->data, kernel->count);
    double *b = bias ? doubles(bias->data, bias->count) : NULL, *dy = calloc(outs, sizeof *dy);
    for (int s = 0; s < c->n; s++)
        for (size_t e = 0; e < ins; e++)
            x[(size_t)s * ins + e] = *fixture_input(f, s, e);
    mt_rng_init(&rng, 5, MT_STREAM_TEST, 6, 0);
    for (size_t i = 0; i < outs; i++)
        dy[i] = (float)mt_rng_normal(&rng);
    conv_reference_forward(&r, x, w, b);
    assert_int_equal(mt_shape_count(r.y), mt_net_dim(f->net));
    conv_reference_backward(&r, x, w, dy);
    free(x);
    free(w);
    free(b);
    free(dy);
    return r;
}

static inline void check_definition(struct fixture *f, const struct conv_reference *r, const char *set)
{
    const struct mt_tensor *kernel = f->tensors.list[0], *bias = r->c.bias ? f->tensors.list[1] : NULL;
    const size_t ins = mt_shape_count(f->options.input), outs = (size_t)(r->c.n * mt_net_dim(f->net));
    close_to(&r->c, set, "dw", kernel->count, kernel->grad, r->dw);
    if (bias)
        close_to(&r->c, set, "db", bias->count, bias->grad, r->db);
    if (f->options.input_gradient) {
        float *dx = input_gradient(f);
        close_to(&r->c, set, "dx", (size_t)r->c.n * ins, dx, r->dx);
        free(dx);
    }
    close_to(&r->c, set, "y", outs, mt_net_forward(f->net, &f->pass), r->y_of);
}

/* What a pass leaves: gradients, the output. */
static inline void gather(struct fixture *f, struct mt_buf *out)
{
    for (int t = 0; t < f->tensors.n; t++)
        mt_buf_append(out, f->tensors.list[t]->grad, f->tensors.list[t]->count * sizeof(float));
    for (int b = 0; f->options.input_gradient && b < f->pass.blocks; b++)
        mt_buf_append(out, mt_net_input_gradient(f->net, b),
                      mt_shape_count(f->options.input) * MT_LANES * sizeof(float));
    mt_buf_append(out, mt_net_forward(f->net, &f->pass),
                  (size_t)(f->pass.n * mt_net_dim(f->net)) * sizeof(float));
}

/* The plain set is slow where memory checks are built in, so it is left out of large cases. */
static inline bool too_slow(const struct conv_case *c, const struct mt_kernels *set)
{
    const double work = (double)c->C * c->O * c->kh * c->kw * c->H * c->W / (c->sy * c->sx) * mt_blocks(c->n);
    return !strcmp(set->name, "c") && work > 1e5;
}

static inline void check_case(const struct conv_case *c)
{
    const struct mt_kernels *set[3];
    const int n_sets = mt_kernels_all(set);
    struct conv_reference r;
    struct mt_buf first = {0};
    for (int k = 0; k < n_sets && (!k || !too_slow(c, set[k])); k++) {
        struct fixture f;
        struct mt_buf now = {0};
        run(&f, c, "", set[k], k ? 1 : 3, false, true);
        if (!k)
            r = definition(&f, c);
        check_definition(&f, &r, set[k]->name);
        gather(&f, &now);
        fixture_release(&f);
        run(&f, c, "", set[k], 2, false, false);
        check_definition(&f, &r, set[k]->name);
        gather(&f, &now);
        if (first.data && strcmp(set[k]->name, "c") != 0) {
            assert_int_equal(first.len, now.len);
            assert_memory_equal(first.data, now.data, now.len);
        }
        mt_buf_release(&first);
        first = now;
        fixture_release(&f);
    }
    mt_buf_release(&first);
    conv_reference_release(&r);
}

#endif
