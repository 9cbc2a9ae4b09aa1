/* json.h: reading JSON strictly (RFC 8259), front to back, without building a tree: the reader says what it
 * expects next.
 *
 *     mt_json_init(&j, text, len);
 *     mt_json_take(&j, '{');
 *     for (bool more = false; mt_json_member(&j, &more, &key); free(key)) ... read or skip one value ...
 *     mt_json_end(&j);
 *
 * The first fault is kept in `problem`, and from then on every call fails, so that a reader checks once. */
#ifndef MT_CORE_JSON_H
#define MT_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mt_json {
    const char *start, *at, *end;
    const char *problem; /* NULL while all is well */
    bool memory;         /* the problem is that memory ran out: the text may well be good */
};

void mt_json_init(struct mt_json *j, const char *text, size_t len); /* text[len] is a NUL */
bool mt_json_fail(struct mt_json *j, const char *problem);          /* returns false */
bool mt_json_no_memory(struct mt_json *j);                          /* likewise */
size_t mt_json_offset(const struct mt_json *j);                     /* where reading stands, in bytes */

/* Skips white space; whether `c` comes next. take: it must, and is passed. */
bool mt_json_next(struct mt_json *j, char c);
bool mt_json_take(struct mt_json *j, char c);
bool mt_json_end(struct mt_json *j); /* nothing but white space follows, and nothing went wrong before */

/* Inside an object or array that was opened with take: true while there is another member or element, false
 * past the closing bracket (or a problem). `more` starts as false. The key is for free(). */
bool mt_json_member(struct mt_json *j, bool *more, char **key);
bool mt_json_element(struct mt_json *j, bool *more);

char *
mt_json_string(struct mt_json *j); /* for free(); NULL on a problem; \u0000 and bad UTF-8 are problems */
bool mt_json_whole(struct mt_json *j, uint64_t *value);
bool mt_json_real(struct mt_json *j, double *value); /* null becomes NaN */
bool mt_json_skip(struct mt_json *j);                /* any value, at most 16 levels deep */

#endif
