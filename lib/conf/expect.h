/* expect.h: what a field takes, in words. Private to lib/conf. */
#ifndef MT_CONF_EXPECT_H
#define MT_CONF_EXPECT_H

#include "lib/core/fields.h"

#define MT_EXPECT_TEXT 512
/* "an integer in [1, 1000] epochs", "one of max, min"; cut at the buffer's end. */
const char *mt_expect_text(const struct mt_field *field, char text[MT_EXPECT_TEXT]);

#define MT_RANGE_TEXT 96
/* "in (0, 1]", ">= 1" or "" without a range. */
const char *mt_range_text(const struct mt_field *field, char text[MT_RANGE_TEXT]);

#endif
