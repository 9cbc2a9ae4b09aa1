#include "lib/train/splits.h"

#include <math.h>
#include <string.h>

#include "lib/core/memory.h"

/* What is left of the memory for samples. */
static uint64_t memory_left(const struct mt_splits *s, const struct mt_experiment *e)
{
    uint64_t all = e->data.memory == MT_UNSET_INT ? mt_memory_total() / 2 : (uint64_t)e->data.memory;
    uint64_t used = mt_splits_bytes(s);
    return used < all ? all - used : 1;
}

static int open_part(const struct mt_splits *s, const struct mt_experiment *e,
                     const struct mt_variant *source, struct mt_dataset *data, struct mt_view *view,
                     struct mt_pool *pool, struct mt_err *err)
{
    if (!source->kind || source->kind == &mt_split_kind)
        return 0;
    struct mt_load_options options = {
        .pool = pool, .labels = true, .like = &s->train_data, .memory = memory_left(s, e)};
    if (mt_dataset_load(source, &options, data, err) < 0)
        return -1;
    return mt_view_all(view, data, err);
}

static int cut_part(struct mt_splits *s, const struct mt_variant *source, struct mt_view *view, uint64_t seed,
                    struct mt_err *err)
{
    if (source->kind != &mt_split_kind)
        return 0;
    return mt_view_split(&s->train, view, source->cfg, seed, err);
}

static int keep_part(struct mt_view *train, double fraction, uint64_t seed, struct mt_err *err)
{
    const struct mt_split_cfg split = {.last = MT_UNSET_INT, .fraction = fraction};
    struct mt_view part;
    if (mt_view_split(train, &part, &split, seed, err) < 0)
        return -1;
    mt_view_release(train);
    *train = part;
    return 0;
}

/* By content, whatever the paths. */
static bool same_sources(const struct mt_dataset *a, const struct mt_dataset *b)
{
    bool same = a->n_sources > 0 && a->n_sources == b->n_sources;
    for (int i = 0; same && i < a->n_sources; i++)
        same = !strcmp(a->source[i].sha256, b->source[i].sha256);
    return same;
}

static int compare_with_test(struct mt_splits *s, const struct mt_experiment *e, struct mt_err *err)
{
    s->validation_is_test = same_sources(&s->validation_data, &s->test_data);
    if (!s->validation_is_test || e->data.allow_test_as_validation)
        return 0;
    return mt_err_set(
        err, MT_ERR_USAGE,
        "is the test data, so the figures for test would be of samples that the training was steered by; "
        "use {from: train, fraction: 0.1}, or accept that with data.allow_test_as_validation: true");
}

int mt_splits_augment(struct mt_splits *s, const struct mt_experiment *e, struct mt_pool *pool,
                      struct mt_err *err)
{
    const struct mt_augment *a = &s->augment;
    if (mt_augment_init(&s->augment, &e->data.augment, &s->train_data, e->data.max, (uint64_t)e->seed, err) <
        0)
        return -1;
    return mt_augment_dataset(a, &s->train_data, pool, err) < 0 ||
                   mt_augment_dataset(a, &s->validation_data, pool, err) < 0 ||
                   mt_augment_dataset(a, &s->test_data, pool, err) < 0
               ? -1
               : 0;
}

int mt_splits_open(struct mt_splits *s, const struct mt_experiment *e, struct mt_pool *pool, const char **key,
                   struct mt_err *err)
{
    memset(s, 0, sizeof *s);
    *key = "data.train";
    if (e->data.train.kind == &mt_split_kind)
        return mt_err_set(err, MT_ERR_USAGE, "data.train needs a format: idx, csv or images");
    struct mt_load_options options = {.pool = pool, .labels = true, .memory = memory_left(s, e)};
    if (mt_dataset_load(&e->data.train, &options, &s->train_data, err) < 0)
        return -1;
    if (mt_view_all(&s->train, &s->train_data, err) < 0)
        goto fail;
    uint64_t seed = (uint64_t)e->data.split_seed;
    *key = "data.test";
    if (open_part(s, e, &e->data.test, &s->test_data, &s->test, pool, err) < 0 ||
        cut_part(s, &e->data.test, &s->test, seed, err) < 0)
        goto fail;
    *key = "data.validation";
    /* A seed of its own: with the same one, both fractions would take the same samples first. */
    if (open_part(s, e, &e->data.validation, &s->validation_data, &s->validation, pool, err) < 0 ||
        cut_part(s, &e->data.validation, &s->validation, seed + 1, err) < 0 ||
        compare_with_test(s, e, err) < 0)
        goto fail;
    *key = "data.train_fraction";
    if (!isnan(e->data.train_fraction) && keep_part(&s->train, e->data.train_fraction, seed + 2, err) < 0)
        goto fail;
    *key = "data.augment";
    if (mt_splits_augment(s, e, pool, err) < 0)
        goto fail;
    *key = "data.scale";
    if (mt_scale_fit(&s->scale, (enum mt_scale_mode)e->data.scale, e->data.max, &s->train, pool, err) < 0)
        goto fail;
    *key = NULL;
    return 0;
fail:
    mt_splits_release(s);
    return -1;
}

static uint64_t dataset_bytes(const struct mt_dataset *d)
{
    size_t size = d->pixel == MT_PIXEL_U8 ? 1 : sizeof(float);
    return d->pixels ? (uint64_t)d->n * mt_shape_count(d->shape) * size : 0;
}

uint64_t mt_splits_bytes(const struct mt_splits *s)
{
    return dataset_bytes(&s->train_data) + dataset_bytes(&s->validation_data) + dataset_bytes(&s->test_data);
}

bool mt_splits_streamed(const struct mt_splits *s)
{
    return s->train_data.stream || s->validation_data.stream || s->test_data.stream;
}

int mt_splits_borrow(struct mt_splits *s, const struct mt_splits *from, const struct mt_experiment *e,
                     struct mt_err *err)
{
    *s = *from;
    s->borrowed = true;
    return mt_augment_init(&s->augment, &e->data.augment, &s->train_data, e->data.max, (uint64_t)e->seed,
                           err);
}

static void release_samples(struct mt_splits *s)
{
    mt_view_release(&s->train);
    mt_view_release(&s->validation);
    mt_view_release(&s->test);
    mt_dataset_release(&s->train_data);
    mt_dataset_release(&s->validation_data);
    mt_dataset_release(&s->test_data);
}

void mt_splits_release(struct mt_splits *s)
{
    if (!s->borrowed)
        release_samples(s);
    memset(s, 0, sizeof *s);
}

const struct mt_view *mt_splits_view(const struct mt_splits *s, enum mt_split_bit which)
{
    return which == MT_SPLIT_TRAIN ? &s->train : which == MT_SPLIT_VALIDATION ? &s->validation : &s->test;
}

const char *mt_split_name(enum mt_split_bit which)
{
    return which == MT_SPLIT_TRAIN ? "train" : which == MT_SPLIT_VALIDATION ? "validation" : "test";
}
