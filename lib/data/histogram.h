/* histogram.h: how often each value comes up in 8-bit samples: mean, deviation and range follow from it
 * without rounding, whatever the order of the samples. */
#ifndef MT_DATA_HISTOGRAM_H
#define MT_DATA_HISTOGRAM_H

#include "lib/data/dataset.h"

struct mt_histogram {
    uint64_t seen[MT_MAX_CHANNELS][256];
};

/* Counts the values of a view per channel; a flat vector is one channel. A streamed data set is decoded for
 * it, on the pool's threads (pool may be NULL). */
int mt_histogram_of(struct mt_histogram *h, const struct mt_view *v, struct mt_pool *pool,
                    struct mt_err *err);

/* Mean and population variance of counts. */
void mt_histogram_moments(const uint64_t seen[256], double *mean, double *var);

#endif
