#include "lib/report/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum cell_type { CELL_EMPTY, CELL_STRING, CELL_INT, CELL_REAL, CELL_BOOL };

struct mt_text_cell {
    enum cell_type type;
    union {
        size_t start; /* of the string in table->text */
        int64_t integer;
        double real;
    } u;
};

#define CELL_TEXT 400 /* holds any double printed with up to 40 decimals */

static void add(struct mt_text_table *t, struct mt_text_cell cell)
{
    if (t->failed)
        return;
    if (t->n_cells == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct mt_text_cell *grown = realloc(t->cell, cap * sizeof *grown);
        if (!grown) {
            t->failed = true;
            return;
        }
        t->cell = grown;
        t->cap = cap;
    }
    t->cell[t->n_cells++] = cell;
}

void mt_text_table_string(struct mt_text_table *t, const char *text)
{
    if (!text) {
        mt_text_table_empty(t);
        return;
    }
    struct mt_text_cell cell = {.type = CELL_STRING, .u.start = t->text.len};
    mt_buf_append(&t->text, text, strlen(text) + 1);
    t->failed |= t->text.failed;
    add(t, cell);
}

void mt_text_table_int(struct mt_text_table *t, int64_t value)
{
    add(t, (struct mt_text_cell){.type = CELL_INT, .u.integer = value});
}

void mt_text_table_real(struct mt_text_table *t, double value)
{
    if (isnan(value))
        mt_text_table_empty(t);
    else
        add(t, (struct mt_text_cell){.type = CELL_REAL, .u.real = value});
}

void mt_text_table_bool(struct mt_text_table *t, bool value)
{
    add(t, (struct mt_text_cell){.type = CELL_BOOL, .u.integer = value});
}

void mt_text_table_empty(struct mt_text_table *t)
{
    add(t, (struct mt_text_cell){.type = CELL_EMPTY});
}

static size_t count_rows(const struct mt_text_table *t)
{
    size_t columns = (size_t)t->n_columns;
    return (t->n_cells + columns - 1) / columns;
}

static const struct mt_text_cell *cell_at(const struct mt_text_table *t, size_t row, int column)
{
    static const struct mt_text_cell empty = {.type = CELL_EMPTY};
    size_t i = row * (size_t)t->n_columns + (size_t)column;
    return i < t->n_cells ? &t->cell[i] : &empty;
}

static const char *column_key(const struct mt_text_column *column)
{
    return column->key ? column->key : column->title;
}

/* The cell as text; numbers are printed into `number`. A real has `digits` decimals, or 9 significant digits
 * when it is < 0. */
static const char *cell_text(const struct mt_text_table *t, const struct mt_text_cell *cell, int digits,
                             char number[CELL_TEXT])
{
    switch (cell->type) {
    case CELL_STRING:
        return t->text.data + cell->u.start;
    case CELL_INT:
        snprintf(number, CELL_TEXT, "%" PRId64, cell->u.integer);
        return number;
    case CELL_REAL:
        if (digits < 0)
            snprintf(number, CELL_TEXT, "%.9g", cell->u.real);
        else
            snprintf(number, CELL_TEXT, "%.*f", digits, cell->u.real);
        return number;
    case CELL_BOOL:
        return cell->u.integer ? "true" : "false";
    case CELL_EMPTY:
        break;
    }
    return "";
}

static int column_width(const struct mt_text_table *t, int column, size_t rows)
{
    char number[CELL_TEXT];
    size_t width = mt_buf_plain(NULL, t->column[column].title);
    for (size_t i = 0; i < rows; i++) {
        const char *text = cell_text(t, cell_at(t, i, column), t->column[column].digits, number);
        size_t count = mt_buf_plain(NULL, text);
        width = count > width ? count : width;
    }
    return width < 10000 ? (int)width : 10000;
}

/* Two spaces between columns, none at the end of a line. */
static void plain_cell(const struct mt_text_table *t, int column, const char *text, int width,
                       struct mt_buf *out)
{
    bool last = column == t->n_columns - 1;
    if (column > 0)
        mt_buf_puts(out, "  ");
    if (t->column[column].right)
        mt_buf_pad(out, text, width);
    else
        mt_buf_pad(out, text, last ? 0 : -width);
    if (last) {
        while (out->len > 0 && out->data[out->len - 1] == ' ')
            out->data[--out->len] = 0;
        mt_buf_puts(out, "\n");
    }
}

static void print_plain(const struct mt_text_table *t, struct mt_buf *out)
{
    char number[CELL_TEXT];
    size_t rows = count_rows(t);
    int *width = malloc((size_t)t->n_columns * sizeof *width);
    if (!width) {
        out->failed = true;
        return;
    }
    for (int j = 0; j < t->n_columns; j++)
        width[j] = column_width(t, j, rows);
    for (int j = 0; j < t->n_columns; j++)
        plain_cell(t, j, t->column[j].title, width[j], out);
    for (size_t i = 0; i < rows; i++)
        for (int j = 0; j < t->n_columns; j++)
            plain_cell(t, j, cell_text(t, cell_at(t, i, j), t->column[j].digits, number), width[j], out);
    free(width);
}

static void print_csv(const struct mt_text_table *t, struct mt_buf *out)
{
    char number[CELL_TEXT];
    size_t rows = count_rows(t);
    for (int j = 0; j < t->n_columns; j++) {
        mt_buf_puts(out, j ? "," : "");
        mt_buf_csv_field(out, column_key(&t->column[j]));
    }
    mt_buf_puts(out, "\n");
    for (size_t i = 0; i < rows; i++) {
        for (int j = 0; j < t->n_columns; j++) {
            const char *text = cell_text(t, cell_at(t, i, j), -1, number);
            mt_buf_puts(out, j ? "," : "");
            if (!*text && t->n_columns == 1) /* readers skip a line with nothing on it */
                mt_buf_puts(out, "\"\"");
            mt_buf_csv_field(out, text);
        }
        mt_buf_puts(out, "\n");
    }
}

static void json_cell(const struct mt_text_table *t, const struct mt_text_cell *cell, struct mt_buf *out)
{
    char number[CELL_TEXT];
    if (cell->type == CELL_STRING)
        mt_buf_json_string(out, cell_text(t, cell, -1, number));
    else if (cell->type == CELL_REAL)
        mt_buf_json_number(out, cell->u.real, 9);
    else if (cell->type == CELL_EMPTY)
        mt_buf_puts(out, "null");
    else
        mt_buf_puts(out, cell_text(t, cell, -1, number));
}

static void print_json(const struct mt_text_table *t, struct mt_buf *out)
{
    size_t rows = count_rows(t);
    mt_buf_puts(out, "[");
    for (size_t i = 0; i < rows; i++) {
        mt_buf_puts(out, i ? ",\n {" : "{");
        for (int j = 0; j < t->n_columns; j++) {
            mt_buf_puts(out, j ? ", " : "");
            mt_buf_json_string(out, column_key(&t->column[j]));
            mt_buf_puts(out, ": ");
            json_cell(t, cell_at(t, i, j), out);
        }
        mt_buf_puts(out, "}");
    }
    mt_buf_puts(out, "]\n");
}

void mt_markdown_text(struct mt_buf *out, const char *text)
{
    struct mt_buf plain = {0};
    mt_buf_plain(&plain, text);
    out->failed |= plain.failed;
    for (const char *p = plain.data ? plain.data : ""; *p; p++) {
        if (*p == '<' || *p == '>' || *p == '&')
            mt_buf_puts(out, *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : "&amp;");
        else
            mt_buf_printf(out, strchr("|\\`*_[]#~", *p) ? "\\%c" : "%c", *p);
    }
    mt_buf_release(&plain);
}

static void print_markdown(const struct mt_text_table *t, struct mt_buf *out)
{
    char number[CELL_TEXT];
    size_t rows = count_rows(t);
    for (int j = 0; j < t->n_columns; j++) {
        mt_buf_puts(out, j ? " | " : "| ");
        mt_markdown_text(out, t->column[j].title);
    }
    mt_buf_puts(out, " |\n");
    for (int j = 0; j < t->n_columns; j++)
        mt_buf_puts(out, t->column[j].right ? "| ---: " : "| --- ");
    mt_buf_puts(out, "|\n");
    for (size_t i = 0; i < rows; i++) {
        for (int j = 0; j < t->n_columns; j++) {
            mt_buf_puts(out, j ? " | " : "| ");
            mt_markdown_text(out, cell_text(t, cell_at(t, i, j), t->column[j].digits, number));
        }
        mt_buf_puts(out, " |\n");
    }
}

void mt_text_table_print(const struct mt_text_table *t, enum mt_text_format format, struct mt_buf *out)
{
    static void (*const print[])(const struct mt_text_table *,
                                 struct mt_buf *) = {[MT_TEXT_PLAIN] = print_plain,
                                                     [MT_TEXT_CSV] = print_csv,
                                                     [MT_TEXT_JSON] = print_json,
                                                     [MT_TEXT_MARKDOWN] = print_markdown};
    out->failed |= t->failed;
    print[format](t, out);
}

void mt_text_table_release(struct mt_text_table *t)
{
    free(t->cell);
    mt_buf_release(&t->text);
    t->cell = NULL;
    t->n_cells = t->cap = 0;
    t->failed = false;
}
