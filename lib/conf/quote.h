/* quote.h: text as YAML and places as comments. Private to lib/conf. */
#ifndef MT_CONF_QUOTE_H
#define MT_CONF_QUOTE_H

#include "lib/conf/node.h"
#include "lib/core/buf.h"

/* Length of `text`, at most `most` bytes, cut between characters. */
size_t mt_cut(const char *text, size_t most);
/* A YAML scalar of exactly this text: plain where no reader could take it for anything else, in double quotes
 * otherwise. */
void mt_quote_yaml(struct mt_buf *out, const char *text);
/* "file:line", "--set", or "default" for NULL; fit for a comment. */
void mt_place_text(struct mt_buf *out, const struct mt_place *at);

#endif
