#include "lib/train/splits.h"

#include <string.h>

static int open_part(const struct mt_splits *s, const struct mt_variant *source, struct mt_dataset *data,
                     struct mt_view *view, struct mt_pool *pool, struct mt_err *err)
{
    if (!source->kind || source->kind == &mt_split_kind)
        return 0;
    struct mt_load_options options = {.pool = pool, .labels = true, .like = &s->train_data};
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

int mt_splits_open(struct mt_splits *s, const struct mt_experiment *e, struct mt_pool *pool, const char **key,
                   struct mt_err *err)
{
    memset(s, 0, sizeof *s);
    *key = "data.train";
    if (e->data.train.kind == &mt_split_kind)
        return mt_err_set(err, MT_ERR_USAGE, "data.train needs a format: idx, csv or images");
    struct mt_load_options options = {.pool = pool, .labels = true};
    if (mt_dataset_load(&e->data.train, &options, &s->train_data, err) < 0)
        return -1;
    if (mt_view_all(&s->train, &s->train_data, err) < 0)
        goto fail;
    uint64_t seed = (uint64_t)e->data.split_seed;
    *key = "data.test";
    if (open_part(s, &e->data.test, &s->test_data, &s->test, pool, err) < 0 ||
        cut_part(s, &e->data.test, &s->test, seed, err) < 0)
        goto fail;
    *key = "data.validation";
    /* A seed of its own: with the same one, both fractions would take the same samples first. */
    if (open_part(s, &e->data.validation, &s->validation_data, &s->validation, pool, err) < 0 ||
        cut_part(s, &e->data.validation, &s->validation, seed + 1, err) < 0)
        goto fail;
    *key = "data.scale";
    if (mt_scale_fit(&s->scale, (enum mt_scale_mode)e->data.scale, e->data.max, &s->train, err) < 0)
        goto fail;
    *key = NULL;
    return 0;
fail:
    mt_splits_release(s);
    return -1;
}

void mt_splits_release(struct mt_splits *s)
{
    mt_view_release(&s->train);
    mt_view_release(&s->validation);
    mt_view_release(&s->test);
    mt_dataset_release(&s->train_data);
    mt_dataset_release(&s->validation_data);
    mt_dataset_release(&s->test_data);
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
