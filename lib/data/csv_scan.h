/* csv_scan.h: the grammar of CSV (RFC 4180): fields between commas, rows between LF or CRLF, quotes around
 * fields that hold any of these, doubled inside. What other readers guess at is an error here: a lone CR, a
 * NUL, text behind a closing quote, a quote inside a bare field, rows of different lengths. */
#ifndef MT_DATA_CSV_SCAN_H
#define MT_DATA_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/err.h"

#define MT_CSV_MAX_COLUMNS 65536
#define MT_CSV_MAX_ROW ((size_t)1 << 20) /* bytes */

struct mt_csv_field {
    const char *at; /* without the quotes */
    size_t len;
    bool quoted; /* holds "" for each quote */
    bool ends_row;
};

struct mt_csv_cursor {
    const char *path;
    const char *p, *end; /* *end is readable */
    const char *row;     /* where the current row starts */
    int64_t line;        /* of p, counted from 1 */
    int64_t row_line;    /* of row */
};

static inline void mt_csv_begin_row(struct mt_csv_cursor *c)
{
    c->row = c->p;
    c->row_line = c->line;
}

/* An error at `at`, which stands in the current row, as "file:line:character: ...", both counted from 1.
 * Returns -1. */
int mt_csv_error(const struct mt_csv_cursor *c, const char *at, struct mt_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Where a field begins, its quote included. */
static inline const char *mt_csv_begin(const struct mt_csv_field *f)
{
    return f->at - f->quoted;
}
/* The next field of the row; c->p moves behind its comma or line break. */
int mt_csv_field(struct mt_csv_cursor *c, struct mt_csv_field *f, struct mt_err *err);
/* Splits a whole row into a list for free(). */
int mt_csv_row(struct mt_csv_cursor *c, struct mt_csv_field **fields, int *n, struct mt_err *err);
/* The text of a field without quoting, for free(); NULL without memory. */
char *mt_csv_text(const struct mt_csv_field *f);
/* The beginning of a field, fit for a message. */
const char *mt_csv_show(const struct mt_csv_field *f, char text[40]);

#endif
