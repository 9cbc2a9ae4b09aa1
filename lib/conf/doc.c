/* doc.c: what keys there are, from the tables alone: as text, JSON, CSV and Markdown. */
#include <stdio.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/conf/expect.h"

#define MOST_TABLES 32

struct doc {
    struct mt_buf *out;
    struct mt_buf key; /* the dotted key so far */
    enum mt_doc_style style;
    bool rows;                                /* also the fields of the rows of tables */
    const char *row;                          /* CSV of a table: its first column */
    bool comma;                               /* JSON: something stands before */
    const char *lead;                         /* TEXT: what every line begins with */
    const struct mt_table *seen[MOST_TABLES]; /* TEXT: tables whose rows were shown already */
    int n_seen;
};

static const char *type_word(const struct mt_field *f)
{
    switch (f->type) {
    case MT_BOOL:
        return "boolean";
    case MT_INT:
        return "integer";
    case MT_REAL:
        return "number";
    case MT_BYTES:
        return "bytes";
    case MT_STRING:
        return "text";
    case MT_PATH:
        return "path";
    case MT_CHOICE:
        return "choice";
    case MT_CHOICES:
        return "list of choices";
    case MT_INTS:
        return "list of integers";
    case MT_REALS:
        return "list of numbers";
    case MT_STRINGS:
        return "list of texts";
    case MT_MAP:
        return "keys";
    case MT_VARIANT:
        return "table row";
    case MT_VARIANTS:
        return "list of table rows";
    case MT_RECORDS:
        return "list of maps";
    case MT_TREE:
        return "any YAML";
    }
    return "";
}

static bool has_range(const struct mt_field *f)
{
    bool number = f->type == MT_INT || f->type == MT_REAL || f->type == MT_BYTES || f->type == MT_INTS ||
                  f->type == MT_REALS;
    return number && !(f->min == 0 && f->max == 0);
}

/* --- one field in each style --- */

static void text_field(struct doc *d, const char *key, const struct mt_field *f)
{
    char expected[MT_EXPECT_TEXT];
    mt_buf_printf(d->out, "%s%s  (%s", d->lead, key, mt_expect_text(f, expected));
    if (f->def)
        mt_buf_printf(d->out, "; default %s", f->def);
    else if (f->flags & MT_F_REQUIRED)
        mt_buf_puts(d->out, "; required");
    if (f->tag_default)
        mt_buf_printf(d->out, "; %s without %s", f->tag_default, f->tag);
    if (f->alias)
        mt_buf_printf(d->out, "; also written %s", f->alias);
    mt_buf_printf(d->out, ")\n%s    %s\n", d->lead, f->help);
}

static void json_text(struct doc *d, const char *name, const char *text)
{
    mt_buf_printf(d->out, ", \"%s\": ", name);
    if (text)
        mt_buf_json_string(d->out, text);
    else
        mt_buf_puts(d->out, "null");
}

static void json_range(struct doc *d, const struct mt_field *f)
{
    if (!has_range(f))
        return;
    mt_buf_puts(d->out, ", \"min\": ");
    mt_buf_json_number(d->out, f->min, 17);
    mt_buf_puts(d->out, ", \"max\": ");
    mt_buf_json_number(d->out, f->max, 17);
    mt_buf_printf(d->out, ", \"above_min\": %s, \"below_max\": %s",
                  f->flags & MT_F_ABOVE_MIN ? "true" : "false", f->flags & MT_F_BELOW_MAX ? "true" : "false");
    if (f->flags & MT_F_AUTO)
        mt_buf_puts(d->out, ", \"auto\": true");
}

static void json_choices(struct doc *d, const struct mt_field *f)
{
    const char *comma = "";
    if (!f->choices && !f->table)
        return;
    mt_buf_puts(d->out, ", \"choices\": [");
    for (int i = 0; f->choices && f->choices[i]; i++, comma = ", ") {
        mt_buf_puts(d->out, comma);
        mt_buf_json_string(d->out, f->choices[i]);
    }
    for (int i = 0; f->table && f->table->row[i]; i++, comma = ", ") {
        mt_buf_puts(d->out, comma);
        mt_buf_json_string(d->out, f->table->row[i]->name);
    }
    mt_buf_puts(d->out, "]");
}

static void json_field(struct doc *d, const char *key, const struct mt_field *f)
{
    mt_buf_puts(d->out, d->comma ? ",\n  {\"key\": " : "\n  {\"key\": ");
    mt_buf_json_string(d->out, key);
    json_text(d, "type", type_word(f));
    mt_buf_printf(d->out, ", \"required\": %s", f->flags & MT_F_REQUIRED && !f->def ? "true" : "false");
    json_text(d, "default", f->def);
    json_choices(d, f);
    json_range(d, f);
    json_text(d, "unit", f->unit);
    json_text(d, "alias", f->alias);
    json_text(d, "help", f->help);
    mt_buf_puts(d->out, "}");
    d->comma = true;
}

/* Allowed values in one cell: a range, or words. */
static void values_cell(struct mt_buf *b, const struct mt_field *f, const char *between)
{
    char range[MT_RANGE_TEXT] = "";
    if (has_range(f))
        mt_buf_puts(b, mt_range_text(f, range));
    for (int i = 0; f->choices && f->choices[i]; i++)
        mt_buf_printf(b, "%s%s", i ? between : "", f->choices[i]);
    for (int i = 0; f->table && f->table->row[i]; i++)
        mt_buf_printf(b, "%s%s", i ? between : "", f->table->row[i]->name);
}

static void csv_field(struct doc *d, const char *key, const struct mt_field *f)
{
    struct mt_buf values = {0};
    values_cell(&values, f, "|");
    if (f->flags & MT_F_AUTO)
        mt_buf_puts(&values, "|auto");
    const char *cell[] = {
        d->row, key,         type_word(f), f->flags & MT_F_REQUIRED && !f->def ? "yes" : "no",
        f->def, values.data, f->unit,      f->alias,
        f->help};
    for (size_t i = d->row ? 0 : 1; i < sizeof cell / sizeof *cell; i++) {
        mt_buf_csv_field(d->out, cell[i] ? cell[i] : "");
        mt_buf_puts(d->out, i + 1 < sizeof cell / sizeof *cell ? "," : "\r\n");
    }
    d->out->failed |= values.failed;
    mt_buf_release(&values);
}

/* Text in a cell of a Markdown table. */
static void markdown_text(struct mt_buf *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '<' || *text == '*' || *text == '_')
            mt_buf_puts(b, "\\");
        mt_buf_append(b, text, 1);
    }
}

static void markdown_field(struct doc *d, const char *key, const struct mt_field *f)
{
    struct mt_buf values = {0};
    values_cell(&values, f, ", ");
    mt_buf_printf(d->out, "| `%s` | ", key);
    if (f->table) {
        const char *article = strchr("aeiou", f->table->what[0]) ? "an" : "a";
        bool list = f->type != MT_VARIANT;
        mt_buf_printf(d->out, "%s [%s%s](#%ss)", list ? "list of" : article, f->table->what, list ? "s" : "",
                      f->table->what);
    } else {
        markdown_text(d->out, f->choices ? (f->type == MT_CHOICES ? "list of " : "") : type_word(f));
        markdown_text(d->out, values.data && !f->choices ? " " : "");
        markdown_text(d->out, values.data ? values.data : "");
    }
    if (f->unit)
        mt_buf_printf(d->out, " %s", f->unit);
    if (f->flags & MT_F_AUTO)
        mt_buf_puts(d->out, " or auto");
    mt_buf_puts(d->out, " | ");
    if (f->def)
        mt_buf_printf(d->out, "`%s`", f->def);
    else if (f->flags & MT_F_REQUIRED)
        mt_buf_puts(d->out, "required");
    mt_buf_puts(d->out, " | ");
    markdown_text(d->out, f->help);
    if (f->alias)
        mt_buf_printf(d->out, " Also written `%s`.", f->alias);
    mt_buf_puts(d->out, " |\n");
    d->out->failed |= values.failed;
    mt_buf_release(&values);
}

static void put_field(struct doc *d, const char *key, const struct mt_field *f)
{
    static void (*const put[])(struct doc *, const char *,
                               const struct mt_field *) = {[MT_DOC_TEXT] = text_field,
                                                           [MT_DOC_JSON] = json_field,
                                                           [MT_DOC_CSV] = csv_field,
                                                           [MT_DOC_MARKDOWN] = markdown_field};
    put[d->style](d, key, f);
}

/* --- all fields --- */

static void put_fields(struct doc *d, const struct mt_field *fields);

static bool seen_before(struct doc *d, const struct mt_table *table)
{
    for (int i = 0; i < d->n_seen; i++)
        if (d->seen[i] == table)
            return true;
    if (d->n_seen < MOST_TABLES)
        d->seen[d->n_seen++] = table;
    return false;
}

/* The dotted key grows in d->key and is cut back to `len`. */
static void back_to(struct doc *d, size_t len)
{
    if (d->key.failed)
        return;
    d->key.len = len;
    d->key.data[len] = 0;
}

static void put_rows(struct doc *d, const struct mt_field *f)
{
    size_t len = d->key.len;
    if (d->style == MT_DOC_TEXT && seen_before(d, f->table))
        return;
    for (const struct mt_kind *const *k = f->table->row; *k; k++) {
        if (f->type == MT_VARIANT)
            mt_buf_printf(&d->key, "{%s=%s}.", f->tag, (*k)->name);
        else if (f->type == MT_VARIANTS)
            mt_buf_printf(&d->key, "[].%s.", (*k)->name);
        else
            mt_buf_puts(&d->key, "[].");
        put_fields(d, (*k)->fields);
        back_to(d, len);
    }
}

static void put_fields(struct doc *d, const struct mt_field *fields)
{
    size_t len = d->key.len;
    for (const struct mt_field *f = fields; f && f->name; f++) {
        mt_buf_puts(&d->key, f->name);
        if (f->type == MT_MAP) {
            mt_buf_puts(&d->key, ".");
            put_fields(d, f->map);
        } else if (!d->key.failed) {
            put_field(d, d->key.data, f);
            if (d->rows && f->table)
                put_rows(d, f);
        }
        back_to(d, len);
    }
}

static void finish(struct doc *d)
{
    d->out->failed = d->out->failed || d->key.failed;
    mt_buf_release(&d->key);
}

static const char csv_columns[] = "key,type,required,default,values,unit,alias,help\r\n";
static const char markdown_columns[] = "| Key | Value | Default | Meaning |\n|---|---|---|---|\n";

void mt_conf_doc_keys(const struct mt_field *fields, enum mt_doc_style style, struct mt_buf *out)
{
    struct doc d = {.out = out, .style = style, .rows = style != MT_DOC_MARKDOWN, .lead = ""};
    if (style == MT_DOC_JSON)
        mt_buf_puts(out, "[");
    else if (style == MT_DOC_CSV)
        mt_buf_puts(out, csv_columns);
    else if (style == MT_DOC_MARKDOWN)
        mt_buf_puts(out, markdown_columns);
    put_fields(&d, fields);
    if (style == MT_DOC_JSON)
        mt_buf_puts(out, "\n]\n");
    finish(&d);
}

static void table_row(struct doc *d, const struct mt_kind *kind, bool first)
{
    switch (d->style) {
    case MT_DOC_TEXT:
        mt_buf_printf(d->out, "%s%s\n    %s\n", first ? "" : "\n", kind->name, kind->help);
        put_fields(d, kind->fields);
        break;
    case MT_DOC_JSON:
        mt_buf_printf(d->out, "%s {\"name\": ", first ? "\n" : ",\n");
        mt_buf_json_string(d->out, kind->name);
        json_text(d, "help", kind->help);
        mt_buf_puts(d->out, ", \"keys\": [");
        d->comma = false;
        put_fields(d, kind->fields);
        mt_buf_puts(d->out, "]}");
        break;
    case MT_DOC_CSV:
        d->row = kind->name;
        mt_buf_csv_field(d->out, kind->name);
        mt_buf_puts(d->out, ",,,,,,,,");
        mt_buf_csv_field(d->out, kind->help);
        mt_buf_puts(d->out, "\r\n");
        put_fields(d, kind->fields);
        break;
    case MT_DOC_MARKDOWN:
        mt_buf_printf(d->out, "\n### %s\n\n%s\n", kind->name, kind->help);
        if (kind->fields && kind->fields->name) {
            mt_buf_printf(d->out, "\n%s", markdown_columns);
            put_fields(d, kind->fields);
        }
        break;
    }
}

void mt_conf_doc_table(const struct mt_table *table, enum mt_doc_style style, struct mt_buf *out)
{
    struct doc d = {.out = out, .style = style, .lead = "    "};
    if (style == MT_DOC_JSON) {
        mt_buf_puts(out, "[");
    } else if (style == MT_DOC_CSV) {
        mt_buf_csv_field(out, table->what);
        mt_buf_printf(out, ",%s", csv_columns);
    }
    for (const struct mt_kind *const *k = table->row; *k; k++)
        table_row(&d, *k, k == table->row);
    if (style == MT_DOC_JSON)
        mt_buf_puts(out, "\n]\n");
    finish(&d);
}
