/* buf.h: text or bytes that grow. A failed allocation is remembered in `failed` and makes later appends do
 * nothing, so that a writer checks once, at the end. */
#ifndef MT_CORE_BUF_H
#define MT_CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct mt_buf {
    char *data; /* always followed by a NUL once something was appended; NULL while empty */
    size_t len, cap;
    bool failed;
};

void mt_buf_release(struct mt_buf *b);
void mt_buf_clear(struct mt_buf *b); /* keeps the storage */
void mt_buf_append(struct mt_buf *b, const void *data, size_t len);
void mt_buf_puts(struct mt_buf *b, const char *text);
void mt_buf_printf(struct mt_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes; bytes that are not valid UTF-8 become U+FFFD. What a terminal would act on
 * is escaped, so that it stays exactly that for who reads the JSON. */
void mt_buf_json_string(struct mt_buf *b, const char *text);
/* A JSON number with 9 (float) or 17 (double) digits; not-a-number and infinities become null. */
void mt_buf_json_number(struct mt_buf *b, double value, int digits);
/* A member of a JSON object, with a comma before it unless the text ends in the object's bracket. */
void mt_buf_json_key(struct mt_buf *b, const char *key);
void mt_buf_json_real(struct mt_buf *b, const char *key, double value, int digits);
void mt_buf_json_text(struct mt_buf *b, const char *key, const char *value); /* NULL becomes null */
/* One word of a shell: as it is where that is safe, else in single quotes. */
void mt_buf_shell_word(struct mt_buf *b, const char *text);
/* A CSV field, quoted where RFC 4180 asks for it; bytes that are not valid UTF-8 become U+FFFD. */
void mt_buf_csv_field(struct mt_buf *b, const char *text);
/* Text fit for one line of a terminal, and for XML (plain.h): what is not becomes U+FFFD. Returns the number
 * of characters; with b NULL it only counts them. */
size_t mt_buf_plain(struct mt_buf *b, const char *text);
/* The same from p up to `end`, where a NUL, a line break or the end of what is checked stands; tabs and line
 * breaks stay. */
void mt_buf_tame(struct mt_buf *b, const char *p, const char *end);
/* mt_buf_plain behind as many spaces as bring it to `width` characters; with width < 0 the spaces follow. */
void mt_buf_pad(struct mt_buf *b, const char *text, int width);

#endif
