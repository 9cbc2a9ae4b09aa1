/* view.c: subsets of a data set, and the order of an epoch. */
#include "lib/core/rng.h"
#include "lib/data/dataset.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void mt_view_release(struct mt_view *v)
{
    free(v->index);
    *v = (struct mt_view){0};
}

static int alloc_view(struct mt_view *v, const struct mt_dataset *d, int64_t n, struct mt_err *err)
{
    *v = (struct mt_view){.data = d, .n = n};
    v->index = malloc((size_t)n * sizeof *v->index);
    return v->index ? 0 : mt_err_memory(err, "the list of samples", (size_t)n * sizeof *v->index);
}

int mt_view_all(struct mt_view *v, const struct mt_dataset *d, struct mt_err *err)
{
    if (alloc_view(v, d, d->n, err) < 0)
        return -1;
    for (int64_t i = 0; i < d->n; i++)
        v->index[i] = (int32_t)i;
    return 0;
}

/* How many of a class with k samples a fraction takes. */
static int64_t share(int64_t k, double fraction)
{
    int64_t take = llround((double)k * fraction);
    if (take > k - 1)
        take = k - 1;
    return take < 1 && k > 1 ? 1 : take;
}

/* Marks the positions of `train` that a stratified fraction takes. */
static int mark_fraction(const struct mt_view *train, double fraction, uint64_t seed, uint8_t *taken,
                         struct mt_err *err)
{
    const struct mt_dataset *d = train->data;
    int64_t *start = calloc((size_t)d->classes + 2, sizeof *start);
    int32_t *member = malloc((size_t)train->n * sizeof *member);
    if (!start || !member) {
        free(start);
        free(member);
        return mt_err_memory(err, "the split", (size_t)train->n * sizeof *member);
    }
    /* Counting sort of positions by class: class c ends up in member[start[c] .. start[c + 1]). */
    for (int64_t i = 0; i < train->n; i++)
        start[d->label[train->index[i]] + 2]++;
    for (int c = 0; c < d->classes; c++)
        start[c + 2] += start[c + 1];
    for (int64_t i = 0; i < train->n; i++)
        member[start[d->label[train->index[i]] + 1]++] = (int32_t)i;
    for (int c = 0; c < d->classes; c++) {
        struct mt_rng r;
        int64_t k = start[c + 1] - start[c];
        mt_rng_init(&r, seed, MT_STREAM_SPLIT, (uint32_t)c, 0);
        mt_rng_shuffle(&r, member + start[c], k);
        for (int64_t i = 0, take = share(k, fraction); i < take; i++)
            taken[member[start[c] + i]] = 1;
    }
    free(start);
    free(member);
    return 0;
}

/* A class that had samples has to keep some to learn from. */
static int check_classes(const struct mt_view *train, const uint8_t *taken, struct mt_err *err)
{
    const struct mt_dataset *d = train->data;
    uint8_t *state = d->label ? calloc((size_t)d->classes, 1) : NULL; /* 1: taken from, 2: kept */
    int rc = 0;
    if (!d->label)
        return 0;
    if (!state)
        return mt_err_memory(err, "the split", (size_t)d->classes);
    for (int64_t i = 0; i < train->n; i++)
        state[d->label[train->index[i]]] |= taken[i] ? 1 : 2;
    for (int c = 0; c < d->classes && rc == 0; c++)
        if (state[c] == 1)
            rc = mt_err_set(err, MT_ERR_DATA,
                            "the split takes all samples of class \"%s\" and leaves none to train on; use "
                            "fraction, which "
                            "takes a part of every class",
                            d->class_name[c]);
    free(state);
    return rc;
}

int mt_view_split(struct mt_view *train, struct mt_view *out, const struct mt_split_cfg *split,
                  uint64_t split_seed, struct mt_err *err)
{
    int rc = -1;
    int64_t n_out = 0, kept = 0, moved = 0;
    uint8_t *taken = calloc((size_t)train->n + 1, 1);
    *out = (struct mt_view){0};
    if (!taken)
        return mt_err_memory(err, "the split", (size_t)train->n);
    if (split->last != MT_UNSET_INT) {
        if (split->last >= train->n) {
            mt_err_set(err, MT_ERR_DATA,
                       "the split takes the last %" PRId64 " of %" PRId64
                       " samples, which leaves none to train on; take fewer",
                       split->last, train->n);
            goto out;
        }
        memset(taken + train->n - split->last, 1, (size_t)split->last);
    } else if (!train->data->label) {
        mt_err_set(err, MT_ERR_DATA,
                   "a fraction of every class cannot be taken from data without labels; use last");
        goto out;
    } else if (mark_fraction(train, split->fraction, split_seed, taken, err) < 0) {
        goto out;
    }
    for (int64_t i = 0; i < train->n; i++)
        n_out += taken[i];
    if (n_out == 0) {
        mt_err_set(err, MT_ERR_DATA,
                   "the split takes none of %" PRId64 " samples: no class has two; use more data", train->n);
        goto out;
    }
    if (check_classes(train, taken, err) < 0 || alloc_view(out, train->data, n_out, err) < 0)
        goto out;
    for (int64_t i = 0; i < train->n; i++)
        if (taken[i])
            out->index[moved++] = train->index[i];
        else
            train->index[kept++] = train->index[i];
    train->n = kept;
    rc = 0;
out:
    free(taken);
    return rc;
}

void mt_epoch_order(int32_t *order, int64_t n, bool shuffle, uint64_t seed, uint32_t epoch)
{
    struct mt_rng r;
    for (int64_t i = 0; i < n; i++)
        order[i] = (int32_t)i;
    if (!shuffle)
        return;
    mt_rng_init(&r, seed, MT_STREAM_SHUFFLE, epoch, 0);
    mt_rng_shuffle(&r, order, n);
}
