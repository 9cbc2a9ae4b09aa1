/* net_fixture.h: networks for tests: built from YAML text, filled with random numbers. */
#ifndef MT_TESTS_NET_FIXTURE_H
#define MT_TESTS_NET_FIXTURE_H

#include "lib/conf/conf.h"
#include "lib/core/rng.h"
#include "lib/nn/net.h"

struct fixture {
    struct mt_conf *conf;
    struct mt_variants layers;
    struct mt_pool *pool;
    struct mt_plan plan;
    struct mt_tensors tensors;
    struct mt_net_options options;
    struct mt_net *net;
    struct mt_pass pass;
    int32_t *sample;
};

struct fixture_layers {
    struct mt_variants layers;
};

static const struct mt_field fixture_fields[] = {
    {.name = "layers",
     .type = MT_VARIANTS,
     .offset = offsetof(struct fixture_layers, layers),
     .table = &mt_layer_table,
     .flags = MT_F_REQUIRED},
    {0},
};

/* The list as in an experiment file, in flow style: "[{dense: {units: 3}}, relu]". */
static inline void fixture_parse(struct fixture *f, const char *layers)
{
    struct mt_buf text = {0};
    struct mt_diag diag = {0};
    struct fixture_layers parsed = {0};
    mt_buf_printf(&text, "layers: %s\n", layers);
    if (mt_conf_load_text(&f->conf, "test", ".", text.data, text.len, NULL, 0, &diag) < 0 ||
        mt_conf_bind(f->conf, fixture_fields, &parsed, &diag) < 0)
        fail_msg("%s", diag.text.data);
    f->layers = parsed.layers;
    mt_buf_release(&text);
    mt_diag_release(&diag);
}

/* Returns what mt_net_new returned; the fixture is to be released either way. */
static inline int fixture_try(struct fixture *f, const char *layers, struct mt_shape input, int max_batch,
                              bool training, const struct mt_kernels *kernels, int threads,
                              struct mt_err *err)
{
    memset(f, 0, sizeof *f);
    fixture_parse(f, layers);
    assert_int_equal(mt_pool_new(&f->pool, threads, err), 0);
    f->options = (struct mt_net_options){.input = input,
                                         .max_batch = max_batch,
                                         .training = training,
                                         .input_gradient = training,
                                         .kernels = kernels,
                                         .pool = f->pool};
    int rc = mt_net_new(&f->net, &f->layers, &f->options, &f->plan, &f->tensors, err);
    if (rc < 0)
        return rc;
    assert_int_equal(mt_plan_commit(&f->plan, err), 0);
    f->sample = calloc((size_t)max_batch, sizeof *f->sample);
    for (int i = 0; i < max_batch; i++)
        f->sample[i] = 7 * i + 3;
    f->pass =
        (struct mt_pass){.training = training, .n = max_batch, .seed = 5, .epoch = 2, .sample = f->sample};
    return 0;
}

static inline void fixture_init(struct fixture *f, const char *layers, struct mt_shape input, int max_batch,
                                bool training, const struct mt_kernels *kernels, int threads)
{
    struct mt_err err;
    if (fixture_try(f, layers, input, max_batch, training, kernels, threads, &err) < 0)
        fail_msg("%s: %s", layers, err.text);
}

static inline void fixture_release(struct fixture *f)
{
    mt_net_free(f->net);
    mt_plan_release(&f->plan);
    mt_tensors_release(&f->tensors);
    mt_pool_free(f->pool);
    mt_conf_free(f->conf);
    free(f->sample);
}

/* First weights, with those that start as constants moved away from them: zeros and ones hide errors. */
static inline void fixture_weights(struct fixture *f, uint64_t seed)
{
    struct mt_rng rng;
    mt_net_init(f->net, seed);
    for (int i = 0; i < f->tensors.n; i++) {
        struct mt_tensor *t = f->tensors.list[i];
        mt_rng_init(&rng, seed, MT_STREAM_TEST, mt_hash_name(t->name), 1);
        if (t->ndim == 1 || !t->trainable)
            for (size_t j = 0; j < t->count; j++)
                t->data[j] += mt_rng_unit(&rng) * 0.6f - 0.2f;
    }
}

/* Element e of sample i of the input. */
static inline float *fixture_input(struct fixture *f, int i, size_t e)
{
    return mt_net_input(f->net, i / MT_LANES) + e * MT_LANES + i % MT_LANES;
}

/* Normal random numbers for the first n samples, zero in the lanes behind. */
static inline void fixture_fill(struct fixture *f, int n, uint64_t seed)
{
    struct mt_rng rng;
    size_t count = mt_shape_count(f->options.input);
    for (int i = 0; i < mt_blocks(n) * MT_LANES; i++) {
        mt_rng_init(&rng, seed, MT_STREAM_TEST, 77, (uint32_t)i);
        for (size_t e = 0; e < count; e++)
            *fixture_input(f, i, e) = i < n ? (float)mt_rng_normal(&rng) : 0.0f;
    }
    f->pass.n = n;
}

#endif
