/* random_data.h: images of noise in place of real ones: a step takes as long on them, and there can be any
 * number of any shape. */
#ifndef MT_BENCH_RANDOM_DATA_H
#define MT_BENCH_RANDOM_DATA_H

#include "lib/data/dataset.h"

/* n samples of 8-bit pixels and labels, all equally likely; sample i depends on i and the shape alone. */
int mt_random_data(struct mt_dataset *d, int64_t n, struct mt_shape shape, int classes, struct mt_pool *pool,
                   struct mt_err *err);

#endif
