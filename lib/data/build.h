/* build.h: what the formats share while they fill a struct mt_dataset. */
#ifndef MT_DATA_BUILD_H
#define MT_DATA_BUILD_H

#include "lib/data/dataset.h"

#define MT_MAX_SAMPLE ((int64_t)1 << 26) /* values of one sample: 4096 x 4096 x 4 */

/* Sets *bytes to what n samples of d->shape and d->pixel take. Counts that overflow are refused. */
int mt_build_bytes(const struct mt_dataset *d, uint64_t n, const char *path, uint64_t *bytes,
                   struct mt_err *err);
/* Allocates pixels for n samples of d->shape and d->pixel, and sets d->n. More than `memory` bytes, as in
 * struct mt_load_options, are refused beforehand. */
int mt_build_pixels(struct mt_dataset *d, uint64_t n, const char *path, uint64_t memory, struct mt_err *err);
/* Allocates `count` empty rows of d->source. */
int mt_build_sources(struct mt_dataset *d, int count, struct mt_err *err);

/* Labels from integers, value (n). With `classes` set they are the classes themselves, 0..classes-1, present
 * or not; unset (MT_UNSET_INT), the classes are the distinct values in ascending order, named by their
 * digits. */
int mt_build_labels(struct mt_dataset *d, const int64_t *value, int64_t classes, const char *path,
                    struct mt_err *err);
/* Labels from texts (n): the classes are the distinct texts in bytewise order. */
int mt_build_text_labels(struct mt_dataset *d, const char *const *text, struct mt_err *err);
/* Renumbers the labels by the class names of `like` and takes over its classes. A label that `like` lacks is
 * an error. */
int mt_build_labels_like(struct mt_dataset *d, const struct mt_dataset *like, struct mt_err *err);

/* A copy for mt_free_names, which accepts NULL; NULL without memory. */
char **mt_copy_names(char *const *name, int64_t n);
void mt_free_names(char **name, int64_t n);

/* "28x28", "3x64x64", "784 values", written to `text`. */
const char *mt_shape_text(struct mt_shape shape, char text[48]);

#endif
