/* key.h: dotted keys that mean the same, since a field may be written in two ways. Private to lib/sweep. */
#ifndef MT_SWEEP_KEY_H
#define MT_SWEEP_KEY_H

#include "lib/core/buf.h"
#include "lib/core/fields.h"

/* Appends a dotted key with the names of its fields in place of their aliases: head.margin as head.m. What
 * the tables do not know stays as it is. */
void mt_key_plain(const struct mt_field *fields, const char *key, struct mt_buf *out);
/* Whether two keys of an experiment are the same field. */
bool mt_key_same(const char *a, const char *b);

#endif
