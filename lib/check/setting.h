/* setting.h: fills the struct of a head, layer or optimizer without a file: its defaults, then single keys.
 */
#ifndef MT_CHECK_SETTING_H
#define MT_CHECK_SETTING_H

#include <stdbool.h>

#include "lib/core/fields.h"

const struct mt_field *mt_setting_field(const struct mt_kind *kind, const char *key);
/* `cfg` (kind->cfg_size bytes from the heap) gets every default; strings stay NULL. */
void mt_setting_defaults(const struct mt_kind *kind, void *cfg);
void mt_setting_release(const struct mt_kind *kind, void *cfg); /* frees it and its lists; cfg may be NULL */
/* Sets a number, a list of integers ("3,2"), a switch or a choice from its text. False for an unknown key,
 * another type of field or a bad text. */
bool mt_setting_set(const struct mt_kind *kind, void *cfg, const char *key, const char *text);
/* The same for "key=value key=value"; false at the first that does not fit. */
bool mt_setting_set_all(const struct mt_kind *kind, void *cfg, const char *settings);

/* What a key holds; NaN and "" where the kind has no such key. */
double mt_setting_real(const struct mt_kind *kind, const void *cfg, const char *key);
const char *mt_setting_choice(const struct mt_kind *kind, const void *cfg, const char *key);
/* A number, or element i of a list, its last one for any i beyond; MT_UNSET_INT where it is not set. */
int64_t mt_setting_int(const struct mt_kind *kind, const void *cfg, const char *key, int i);

#endif
