/* plain.h: hostile text on one line of a terminal, a log or a page. Names and paths may hold any bytes; what
 * moves the cursor, colors, breaks the line or turns the direction of what follows is shown as U+FFFD
 * instead. */
#ifndef MT_CORE_PLAIN_H
#define MT_CORE_PLAIN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MT_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Bytes of the valid UTF-8 sequence that `text` (ending in a NUL) begins with; 0 when it is not valid. */
int mt_utf8_len(const void *text);

/* The character of such a sequence of n bytes. */
uint32_t mt_utf8_decode(const void *text, int n);

/* Bytes of the character that `text` begins with, and in *plain whether it may be shown as it is: it is
 * valid, no control (C0, DEL, C1), no line or paragraph separator, no mark of direction, and XML allows it. A
 * byte that begins no valid sequence counts as a character. `text` must not be empty. */
int mt_plain_char(const void *text, bool *plain);

/* `text` as one line fit for all of these, in `size` bytes with the NUL. Of what is longer the middle is left
 * out, for the reason stands at the end of a message, and its file at the beginning. size >= 64. */
void mt_plain_line(char *out, size_t size, const char *text);
/* The same of what printf would write. */
void mt_plain_format(char *out, size_t size, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

#endif
