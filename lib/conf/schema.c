/* schema.c: the tables as a JSON Schema (draft 2020-12), by which editors complete and check experiment
 * files. */
#include <math.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/conf/number.h"

static void put_fields(struct mt_buf *b, const struct mt_field *fields, const char *tag, const char *row,
                       bool root);

static void put_number(struct mt_buf *b, const char *name, double value)
{
    char text[MT_REAL_TEXT];
    if (!isfinite(value))
        return;
    mt_format_real(text, value);
    mt_buf_printf(b, ", \"%s\": %s", name, text);
}

static void put_range(struct mt_buf *b, const struct mt_field *f)
{
    if (f->min == 0 && f->max == 0)
        return;
    put_number(b, f->flags & MT_F_ABOVE_MIN ? "exclusiveMinimum" : "minimum", f->min);
    put_number(b, f->flags & MT_F_BELOW_MAX ? "exclusiveMaximum" : "maximum", f->max);
}

static void put_numeric(struct mt_buf *b, const struct mt_field *f, const char *type)
{
    bool word = f->flags & MT_F_AUTO;
    mt_buf_printf(b, "%s\"type\": \"%s\"", word ? "\"anyOf\": [{\"const\": \"auto\"}, {" : "", type);
    put_range(b, f);
    mt_buf_puts(b, word ? "}]" : "");
}

static void put_words(struct mt_buf *b, const char *const *words)
{
    mt_buf_puts(b, "\"enum\": [");
    for (int i = 0; words[i]; i++) {
        mt_buf_puts(b, i ? ", " : "");
        mt_buf_json_string(b, words[i]);
    }
    mt_buf_puts(b, "]");
}

static void put_scalar(struct mt_buf *b, const struct mt_field *f)
{
    if (f->type == MT_BOOL)
        mt_buf_puts(b, "\"type\": \"boolean\"");
    else if (f->type == MT_INT || f->type == MT_INTS)
        put_numeric(b, f, "integer");
    else if (f->type == MT_REAL || f->type == MT_REALS)
        put_numeric(b, f, "number");
    else if (f->type == MT_BYTES)
        mt_buf_puts(b, "\"type\": [\"string\", \"integer\"]");
    else if (f->type == MT_CHOICE || f->type == MT_CHOICES)
        put_words(b, f->choices);
    else
        mt_buf_puts(b, "\"type\": [\"string\", \"number\", \"boolean\"]");
}

/* One value or a list of them. */
static void put_list(struct mt_buf *b, const struct mt_field *f)
{
    mt_buf_puts(b, "\"anyOf\": [{");
    put_scalar(b, f);
    mt_buf_puts(b, "}, {\"type\": \"array\", \"items\": {");
    put_scalar(b, f);
    mt_buf_puts(b, "}}]");
}

static void put_row_names(struct mt_buf *b, const struct mt_table *table)
{
    mt_buf_puts(b, "{\"enum\": [");
    for (const struct mt_kind *const *k = table->row; *k; k++) {
        mt_buf_puts(b, k == table->row ? "" : ", ");
        mt_buf_json_string(b, (*k)->name);
    }
    mt_buf_puts(b, "]}");
}

static void put_variant(struct mt_buf *b, const struct mt_field *f)
{
    mt_buf_puts(b, "\"anyOf\": [");
    put_row_names(b, f->table);
    for (const struct mt_kind *const *k = f->table->row; *k; k++) {
        mt_buf_puts(b, ", {");
        put_fields(b, (*k)->fields, f->tag, (*k)->name, false);
        const char *implied = f->tag_default ? f->tag_default : f->def;
        if (!implied || strcmp(implied, (*k)->name) != 0)
            mt_buf_printf(b, ", \"required\": [\"%s\"]", f->tag);
        mt_buf_puts(b, "}");
    }
    mt_buf_puts(b, "]");
}

static void put_variants(struct mt_buf *b, const struct mt_field *f)
{
    mt_buf_puts(b, "\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"anyOf\": [");
    put_row_names(b, f->table);
    mt_buf_puts(b, ", {\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": 1, "
                   "\"additionalProperties\": false, \"properties\": {");
    for (const struct mt_kind *const *k = f->table->row; *k; k++) {
        mt_buf_puts(b, k == f->table->row ? "" : ", ");
        mt_buf_json_string(b, (*k)->name);
        mt_buf_puts(b, ": {\"description\": ");
        mt_buf_json_string(b, (*k)->help);
        mt_buf_puts(
            b, ", \"anyOf\": [{\"type\": [\"null\", \"number\", \"string\", \"boolean\", \"array\"]}, {");
        put_fields(b, (*k)->fields, NULL, NULL, false);
        mt_buf_puts(b, "}]}");
    }
    mt_buf_puts(b, "}}]}}]");
}

static void put_records(struct mt_buf *b, const struct mt_field *f)
{
    mt_buf_puts(b, "\"type\": \"array\", \"items\": {");
    put_fields(b, f->table->row[0]->fields, NULL, NULL, false);
    mt_buf_puts(b, "}");
}

static void put_field(struct mt_buf *b, const struct mt_field *f, const char *name)
{
    mt_buf_json_string(b, name);
    mt_buf_puts(b, ": {");
    if (f->type == MT_MAP)
        put_fields(b, f->map, NULL, NULL, false);
    else if (f->type == MT_VARIANT)
        put_variant(b, f);
    else if (f->type == MT_VARIANTS)
        put_variants(b, f);
    else if (f->type == MT_RECORDS)
        put_records(b, f);
    else if (f->type == MT_TREE)
        mt_buf_puts(b, "\"type\": [\"object\", \"array\", \"string\"]");
    else if (f->type == MT_CHOICES || f->type == MT_INTS || f->type == MT_REALS || f->type == MT_STRINGS)
        put_list(b, f);
    else
        put_scalar(b, f);
    mt_buf_puts(b, ", \"description\": ");
    mt_buf_json_string(b, f->help ? f->help : "");
    if (f->def) {
        mt_buf_puts(b, ", \"default\": ");
        mt_buf_json_string(b, f->def);
    }
    mt_buf_puts(b, "}");
}

/* The inside of an object's schema; with a tag, whose value is `row`. */
static void put_fields(struct mt_buf *b, const struct mt_field *fields, const char *tag, const char *row,
                       bool root)
{
    const char *comma = "";
    mt_buf_puts(b, "\"type\": \"object\", \"additionalProperties\": false, \"properties\": {");
    if (root) {
        mt_buf_puts(b, "\"extends\": {\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": "
                       "{\"type\": \"string\"}}], "
                       "\"description\": \"Files that this one is laid over, relative to it.\"}");
        comma = ", ";
    }
    if (tag) {
        mt_buf_printf(b, "\"%s\": {\"const\": ", tag);
        mt_buf_json_string(b, row);
        mt_buf_puts(b, "}");
        comma = ", ";
    }
    for (const struct mt_field *f = fields; f && f->name; f++) {
        mt_buf_puts(b, comma);
        put_field(b, f, f->name);
        comma = ", ";
        if (f->alias) {
            mt_buf_puts(b, comma);
            put_field(b, f, f->alias);
        }
    }
    mt_buf_puts(b, "}");
}

void mt_conf_doc_schema(const struct mt_field *fields, struct mt_buf *out)
{
    mt_buf_puts(out, "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"title\": "
                     "\"metric-train experiment\", ");
    put_fields(out, fields, NULL, NULL, true);
    mt_buf_puts(out, "}\n");
}
