/* head_fixture.h: a head with its memory and one batch, for the tests of heads. */
#ifndef MT_TESTS_HEAD_FIXTURE_H
#define MT_TESTS_HEAD_FIXTURE_H

#include "tests/test.h"

#include "lib/check/setting.h"
#include "lib/core/rng.h"
#include "lib/head/head.h"
#include "lib/math/gemm.h"

struct head_fixture {
    const struct mt_head_type *type;
    struct mt_variant variant;
    struct mt_head_options options;
    struct mt_plan plan;
    struct mt_tensors tensors;
    struct mt_head *h;
};

/* `settings` is "key=value key=value ...". */
static inline int head_try(struct head_fixture *f, const char *name, const char *settings, int classes,
                           int dim, int max_batch, struct mt_pool *pool, struct mt_err *err)
{
    memset(f, 0, sizeof *f);
    f->variant.kind = mt_table_find(&mt_head_table, name);
    assert_non_null(f->variant.kind);
    f->type = (const struct mt_head_type *)f->variant.kind;
    f->variant.cfg = calloc(1, f->variant.kind->cfg_size + 1);
    assert_non_null(f->variant.cfg);
    mt_setting_defaults(f->variant.kind, f->variant.cfg);
    if (!mt_setting_set_all(f->variant.kind, f->variant.cfg, settings))
        fail_msg("%s has no settings %s", name, settings);
    f->options =
        (struct mt_head_options){.classes = classes, .dim = dim, .max_batch = max_batch, .pool = pool};
    return mt_head_new(&f->h, &f->variant, &f->options, &f->plan, &f->tensors, err);
}

static inline void head_make(struct head_fixture *f, const char *name, const char *settings, int classes,
                             int dim, int max_batch, struct mt_pool *pool)
{
    struct mt_err err = {0};
    if (head_try(f, name, settings, classes, dim, max_batch, pool, &err) < 0 ||
        mt_plan_commit(&f->plan, &err) < 0)
        fail_msg("%s: %s", name, err.text);
    f->type->init(f->h, 1);
}

static inline void head_drop(struct head_fixture *f)
{
    mt_plan_release(&f->plan); /* before what its pointers live in */
    mt_head_free(f->h);
    mt_tensors_release(&f->tensors);
    free(f->variant.cfg);
}

static inline float *head_tensor(struct head_fixture *f, const char *name)
{
    struct mt_tensor *t = mt_tensors_find(&f->tensors, name);
    assert_non_null(t);
    return t->data;
}

static inline void fill_normal(float *v, size_t n, double scale, uint32_t stream)
{
    struct mt_rng rng;
    mt_rng_init(&rng, 11, MT_STREAM_TEST, stream, 0);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)(scale * mt_rng_normal(&rng));
}

/* Set up and tear down of a group: a pool of two threads. */
static inline int head_pool(void **state)
{
    struct mt_pool *pool;
    struct mt_err err;
    if (mt_gemm_open(&err) < 0 || mt_pool_new(&pool, 2, &err) < 0)
        return -1;
    *state = pool;
    return 0;
}

static inline int head_pool_free(void **state)
{
    mt_pool_free(*state);
    return 0;
}

static inline void fill_labels(int32_t *label, int n, int classes, uint32_t stream)
{
    struct mt_rng rng;
    mt_rng_init(&rng, 12, MT_STREAM_TEST, stream, 0);
    for (int i = 0; i < n; i++)
        label[i] = (int32_t)mt_rng_below(&rng, (uint32_t)classes);
}

#endif
