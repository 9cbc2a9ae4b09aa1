#include "lib/data/csv_scan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int mt_csv_error(const struct mt_csv_cursor *c, const char *at, struct mt_err *err, const char *fmt, ...)
{
    char what[512];
    int64_t line = c->row_line, column = 1;
    for (const char *p = c->row; p < at; p++) {
        column += (*p & 0xc0) != 0x80; /* the first byte of a character */
        if (*p == '\n') {
            line++;
            column = 1;
        }
    }
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return mt_err_set(err, MT_ERR_DATA, "%s:%" PRId64 ":%" PRId64 ": %s", c->path, line, column, what);
}

/* Ends the field at p: what follows has to be a comma, a line break or the end of the text. */
static int end_field(struct mt_csv_cursor *c, const char *p, struct mt_csv_field *f, struct mt_err *err)
{
    f->ends_row = true;
    if ((size_t)(p - c->row) > MT_CSV_MAX_ROW)
        return mt_csv_error(c, c->row, err, "the row is longer than %zu bytes; is this a CSV file?",
                            MT_CSV_MAX_ROW);
    if (p == c->end) {
        c->p = p;
    } else if (*p == ',') {
        f->ends_row = false;
        c->p = p + 1;
    } else if (*p == '\n' || (*p == '\r' && p + 1 < c->end && p[1] == '\n')) {
        c->p = p + (*p == '\r') + 1;
        c->line++;
    } else if (*p == '\r') {
        return mt_csv_error(c, p, err,
                            "has a carriage return without a line feed; write line ends as LF or CRLF");
    } else if (*p == 0) {
        return mt_csv_error(c, p, err, "has a NUL byte; save the file as plain text (UTF-8)");
    } else if (f->quoted) {
        return mt_csv_error(c, p, err, "text follows a closing quote; separate fields by commas");
    } else {
        return mt_csv_error(c, p, err,
                            "has a quote inside a bare field; quote the whole field and double the quote");
    }
    return 0;
}

static int quoted_field(struct mt_csv_cursor *c, struct mt_csv_field *f, struct mt_err *err)
{
    const char *p = c->p + 1;
    f->at = p;
    for (;; p++) {
        if (p == c->end || (size_t)(p - c->row) > MT_CSV_MAX_ROW)
            return mt_csv_error(c, c->p, err, "the quote that opens field text here is not closed");
        if (*p == '"' && !(p + 1 < c->end && p[1] == '"'))
            break;
        if (*p == '"')
            p++;
        else if (*p == 0)
            return end_field(c, p, f, err);
        c->line += *p == '\n';
    }
    f->len = (size_t)(p - f->at);
    return end_field(c, p + 1, f, err);
}

int mt_csv_field(struct mt_csv_cursor *c, struct mt_csv_field *f, struct mt_err *err)
{
    const char *p = c->p;
    f->quoted = p < c->end && *p == '"';
    if (f->quoted)
        return quoted_field(c, f, err);
    f->at = p;
    while (p < c->end && *p != ',' && *p != '\n' && *p != '\r' && *p != '"' && *p)
        p++;
    f->len = (size_t)(p - f->at);
    return end_field(c, p, f, err);
}

int mt_csv_row(struct mt_csv_cursor *c, struct mt_csv_field **fields, int *n, struct mt_err *err)
{
    int cap = 0;
    *fields = NULL;
    *n = 0;
    mt_csv_begin_row(c);
    for (bool more = true; more;) {
        if (*n == MT_CSV_MAX_COLUMNS) {
            mt_csv_error(c, c->p, err, "has more than the %d columns that are read", MT_CSV_MAX_COLUMNS);
            goto fail;
        }
        if (*n == cap) {
            cap = cap ? 2 * cap : 64;
            struct mt_csv_field *grown = realloc(*fields, (size_t)cap * sizeof *grown);
            if (!grown) {
                mt_err_memory(err, c->path, (size_t)cap * sizeof *grown);
                goto fail;
            }
            *fields = grown;
        }
        if (mt_csv_field(c, *fields + *n, err) < 0)
            goto fail;
        more = !(*fields)[(*n)++].ends_row;
    }
    return 0;
fail:
    free(*fields);
    *fields = NULL;
    return -1;
}

char *mt_csv_text(const struct mt_csv_field *f)
{
    char *text = malloc(f->len + 1), *out = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < f->len; i++) {
        *out++ = f->at[i];
        i += f->quoted && f->at[i] == '"';
    }
    *out = 0;
    return text;
}

const char *mt_csv_show(const struct mt_csv_field *f, char text[40])
{
    size_t n = f->len < 32 ? f->len : 32;
    for (size_t i = 0; i < n; i++)
        text[i] = f->at[i] >= ' ' && f->at[i] != 127 ? f->at[i] : '?';
    strcpy(text + n, f->len > n ? "..." : "");
    return text;
}
