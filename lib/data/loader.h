/* loader.h: batches of samples that are decoded or transformed ahead of their use.
 *
 * Threads of its own fill a few batches beyond the one in use, sample by sample in the order in which they
 * will be asked for. What stands in a batch depends on the list of samples alone. Of several bad files of a
 * batch the first in that order is the one reported, and when its batch is asked for: not before, whoever met
 * it first. */
#ifndef MT_DATA_LOADER_H
#define MT_DATA_LOADER_H

#include "lib/core/plan.h"
#include "lib/data/augment.h"

struct mt_loader;

struct mt_loader_options {
    struct mt_shape shape;
    enum mt_pixel pixel;
    int max_batch, threads;
    const struct mt_augment *augment; /* whose random transforms may be asked for; NULL: none */
};

#define MT_NO_EPOCH (-1) /* samples as they are, without random transforms */

#define MT_LOADER_SLOTS 3 /* the batch in use and two that are prepared */

/* The memory of batches is registered in `plan`. */
int mt_loader_new(struct mt_loader **out, const struct mt_loader_options *options, struct mt_plan *plan,
                  struct mt_err *err);
void mt_loader_free(struct mt_loader *l);

/* From now on the batches are the samples index[first..n) of the data set d, `batch` at a time, with the
 * random transforms of `epoch`, or MT_NO_EPOCH. What was being prepared before is dropped. d and index stay
 * as they are until the next start or stop. */
int mt_loader_start(struct mt_loader *l, const struct mt_dataset *d, const int32_t *index, int64_t n,
                    int64_t first, int batch, int64_t epoch, struct mt_err *err);

/* Drops what is being prepared and waits until nothing reads d and index any more: they may go, or change. */
void mt_loader_stop(struct mt_loader *l);

/* Waits for the next batch: sample i of it is sample i of *out, whose pixels stay until the next call. There
 * has to be one. Fails with what went wrong with the first of its samples that could not be had. */
int mt_loader_next(struct mt_loader *l, const struct mt_dataset **out, struct mt_err *err);

#endif
