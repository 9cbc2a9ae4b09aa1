/* data_source.h: a source of samples that is no experiment, read as the options of `data` say. */
#ifndef CMD_DATA_SOURCE_H
#define CMD_DATA_SOURCE_H

#include "cmd/command.h"
#include "cmd/data_print.h"

/* An option that does not apply to this format (NULL: an experiment) is a mistake. */
int data_source_check(const struct args *a, const struct mt_kind *kind, struct mt_err *err);

/* Reads a->word[0] into d and view, both zeroed and the caller's to release, and adds it to `in`. Where
 * `like` (may be NULL) reads the same format, what the options leave open about shape and labels is as there.
 */
int data_source_open(struct data_inspection *in, const struct args *a, const struct mt_variant *like,
                     struct mt_pool *pool, struct mt_dataset *d, struct mt_view *view, struct mt_err *err);

#endif
