/* quote.h: text as YAML and places as comments. Private to lib/conf. */
#ifndef MT_CONF_QUOTE_H
#define MT_CONF_QUOTE_H

#include "lib/conf/node.h"
#include "lib/core/buf.h"

/* Bytes of the UTF-8 character at p (at least 1). */
size_t mt_char_len(const char *p, const char *end);
/* Text that cannot move the cursor or color the terminal: control characters other than tab become '?'. */
void mt_put_tame(struct mt_buf *out, const char *p, const char *end);

/* A YAML scalar of exactly this text: plain where no reader could take it for anything else, in double quotes
 * otherwise. */
void mt_quote_yaml(struct mt_buf *out, const char *text);
/* "file:line", "--set", or "default" for NULL; fit for a comment. */
void mt_place_text(struct mt_buf *out, const struct mt_place *at);

#endif
