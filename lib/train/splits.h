/* splits.h: the training, validation and test samples of an experiment. */
#ifndef MT_TRAIN_SPLITS_H
#define MT_TRAIN_SPLITS_H

#include "lib/data/augment.h"
#include "lib/train/experiment.h"

struct mt_splits {
    bool borrowed; /* the samples belong to other splits, which outlive these */
    struct mt_dataset train_data, validation_data,
        test_data;                          /* n == 0: that split shares train_data, or is absent */
    struct mt_view train, validation, test; /* n == 0: absent */
    struct mt_scale scale;
    struct mt_augment augment; /* its fixed transforms are in the samples, its random ones are not */
    bool validation_is_test;   /* the same files: whatever was chosen by validation was chosen on the test
                                  samples */
};

/* Loads every source, cuts the splits (test first, then validation, from what is left of train; then train_fraction), applies the
 * fixed transforms and fits the scale to the training samples. On failure *key names the experiment's key at
 * fault ("data.test"), or NULL.
 */
int mt_splits_open(struct mt_splits *s, const struct mt_experiment *e, struct mt_pool *pool, const char **key,
                   struct mt_err *err);
/* Sets s->augment up for samples like s->train_data, and sends all samples that there are through its fixed
 * transforms. */
int mt_splits_augment(struct mt_splits *s, const struct mt_experiment *e, struct mt_pool *pool,
                      struct mt_err *err);
/* Uses the samples of splits that another experiment with the same `data` section has opened, instead of
 * opening them again; only random transforms are drawn by this experiment's own seed. `from`, and the
 * experiment that opened it, stay as they are until *s is released. */
int mt_splits_borrow(struct mt_splits *s, const struct mt_splits *from, const struct mt_experiment *e,
                     struct mt_err *err);
void mt_splits_release(struct mt_splits *s);

/* Bytes of the samples in memory; and whether there are some that are decoded when they are needed. */
uint64_t mt_splits_bytes(const struct mt_splits *s);
bool mt_splits_streamed(const struct mt_splits *s);

/* The view of MT_SPLIT_TRAIN, _VALIDATION or _TEST, and its name. */
const struct mt_view *mt_splits_view(const struct mt_splits *s, enum mt_split_bit which);
const char *mt_split_name(enum mt_split_bit which);

#endif
