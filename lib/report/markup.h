/* markup.h: hostile text inside XML and HTML. */
#ifndef MT_REPORT_MARKUP_H
#define MT_REPORT_MARKUP_H

#include "lib/core/buf.h"

/* Appends text that is safe between tags and inside a quoted attribute, of XML and of HTML: & < > " ' become
 * references. Control characters (tabs and line breaks too), characters that turn the direction of writing,
 * what XML forbids and bytes that are not valid UTF-8 become U+FFFD. Returns the number of characters. */
size_t mt_markup_text(struct mt_buf *b, const char *text);
/* The same, at most `most` characters of it; the last is an ellipsis where some are missing. */
void mt_markup_short(struct mt_buf *b, const char *text, int most);

#endif
