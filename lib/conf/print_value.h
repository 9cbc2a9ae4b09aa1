/* print_value.h: single values as text. Private to lib/conf. */
#ifndef MT_CONF_PRINT_VALUE_H
#define MT_CONF_PRINT_VALUE_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/core/fields.h"

/* The field, whose value is at `at`, holds what stands for "nothing was said and there is no default". */
bool mt_is_unset(const struct mt_field *f, const void *at);
/* The value of a field of any type but MAP, VARIANT and VARIANTS. Paths become absolute. */
void mt_print_value(struct mt_buf *out, bool json, const struct mt_field *f, const void *at);
void mt_print_path(struct mt_buf *out, const char *path); /* as YAML, absolute */
void mt_print_string(struct mt_buf *out, bool json, const char *text);

#endif
