/* record.h: what a run notes in data.json about its training data, and what a model needs to know of it when
 * the data itself is elsewhere: shape, type, classes and scale. */
#ifndef MT_TRAIN_RECORD_H
#define MT_TRAIN_RECORD_H

#include "lib/core/buf.h"
#include "lib/train/splits.h"

#define MT_RECORD "data.json"
#define MT_RECORD_MAX_BYTES ((size_t)1 << 30) /* it names every class and every file */

/* The text of data.json. MT_ERR_RUN without memory. */
int mt_record_write(const struct mt_splits *s, struct mt_buf *out, struct mt_err *err);

/* Fills shape, type and classes of s->train_data, and s->scale, from the data.json of a run folder; there are
 * no samples. MT_ERR_DATA when the file is missing or holds something else. */
int mt_record_read(struct mt_splits *s, const char *run, struct mt_err *err);

#endif
