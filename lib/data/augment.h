/* augment.h: data.augment, a list of transforms, at work.
 *
 * The fixed ones come first, in their order, whatever stands between them: samples in memory go through them
 * when they are loaded, streamed ones each time they are decoded. The random ones follow, in their order.
 * What the k-th of the list draws depends on (seed, epoch, sample, k) alone. */
#ifndef MT_DATA_AUGMENT_H
#define MT_DATA_AUGMENT_H

#include "lib/data/transform.h"

struct mt_augment { /* owns nothing; zeroed: no transforms */
    const struct mt_variants *list;
    struct mt_form form;
    uint64_t seed;
    int n_fixed, n_random;
};

/* For samples like those of d. `white` is data.max; NaN: the largest value of the type. Fails where a
 * transform cannot be applied to such samples; MT_ERR_USAGE, and names it. */
int mt_augment_init(struct mt_augment *a, const struct mt_variants *list, const struct mt_dataset *d,
                    double white, uint64_t seed, struct mt_err *err);

/* Working space of one thread, to be aligned to 64 bytes. */
size_t mt_augment_scratch(const struct mt_augment *a);

/* The fixed transforms, in place. */
void mt_augment_fixed(const struct mt_augment *a, void *sample, void *scratch);

/* The random ones, to another place, as `epoch` has them for this sample. */
void mt_augment_random(const struct mt_augment *a, uint32_t epoch, uint32_t sample, const void *in, void *out,
                       void *scratch);

/* Sends all samples of d through the fixed transforms, on the threads of pool, or makes its stream do so. */
int mt_augment_dataset(const struct mt_augment *a, struct mt_dataset *d, struct mt_pool *pool,
                       struct mt_err *err);

#endif
