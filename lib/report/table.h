/* table.h: rows of results, printed as aligned text, CSV, JSON or Markdown from the same cells.
 *
 * A command fills a table cell by cell, row after row, and prints it in the format its options ask for. A
 * failed allocation is remembered and reaches the buffer that the table is printed to. */
#ifndef MT_REPORT_TABLE_H
#define MT_REPORT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

enum mt_text_format { MT_TEXT_PLAIN, MT_TEXT_CSV, MT_TEXT_JSON, MT_TEXT_MARKDOWN };

struct mt_text_column {
    const char *title; /* heading of the aligned text */
    const char *key;   /* name in CSV and JSON; NULL: the title */
    bool right;        /* aligned to the right, as numbers are */
    int digits;        /* decimals of a real in text and Markdown; CSV and JSON carry 9 significant digits */
};

struct mt_text_cell;

/* Start from zeros with column and n_columns set: `struct mt_text_table t = {.column = c, .n_columns = 3}`.
 */
struct mt_text_table {
    const struct mt_text_column *column;
    int n_columns;
    struct mt_text_cell *cell; /* row-major */
    size_t n_cells, cap;
    struct mt_buf text; /* what the text cells say, each with its NUL */
    bool failed;
};

/* Each appends the next cell. */
void mt_text_table_string(struct mt_text_table *t, const char *text); /* copied; NULL: an empty cell */
void mt_text_table_int(struct mt_text_table *t, int64_t value);
void mt_text_table_real(struct mt_text_table *t, double value); /* not-a-number: an empty cell */
void mt_text_table_bool(struct mt_text_table *t, bool value);
void mt_text_table_empty(struct mt_text_table *t); /* null in JSON */

/* Appends the table: a heading and one line per row; a CSV with a header; a JSON array of one object per
 * row; or a table of Markdown, in which nothing that a cell says is taken for markup. The last row may be
 * short: what is missing is empty. */
void mt_text_table_print(const struct mt_text_table *t, enum mt_text_format format, struct mt_buf *out);
/* Appends text of one line that neither Markdown nor HTML takes for markup. */
void mt_markdown_text(struct mt_buf *out, const char *text);
void mt_text_table_release(struct mt_text_table *t);

#endif
