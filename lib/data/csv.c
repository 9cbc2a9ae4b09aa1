/* csv.c: samples as rows of a CSV file: one column may be the label, the others are the values, in the order
 * (C,H,W).
 *
 * The label column is the one that `label` names; unset, the column called "label", and in a file without
 * header the last. `header: auto` takes the first line for a header when it contains the label's name, or
 * when some field of it is not a number while the field below is (the column that holds the label aside:
 * labels may be words). */
#include "lib/data/build.h"
#include "lib/data/csv_read.h"
#include "lib/data/csv_rows.h"
#include "lib/data/formats.h"
#include "lib/data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sheet {
    const struct mt_csv_cfg *cfg;
    const struct mt_load_options *options;
    struct mt_csv_content csv;
    struct mt_csv_field *head; /* (columns): fields of the first line */
    int columns;
    bool header;
    int label; /* column, or -1 */
    bool guessed;
    uint8_t *role; /* (columns) */
    int values;
    const char *rows; /* behind the header */
    int64_t line;     /* of rows */
};

static bool is_number(const struct mt_csv_field *f)
{
    double v;
    return mt_parse_number(f->at, f->len, &v);
}

static bool field_is(const struct mt_csv_field *f, const char *name)
{
    return f->len == strlen(name) && !memcmp(f->at, name, f->len);
}

/* The first column of the header that has this name from column `at` on, or -1. */
static int find_name(const struct sheet *s, const char *name, int at)
{
    for (int i = at; i < s->columns; i++)
        if (field_is(&s->head[i], name))
            return i;
    return -1;
}

/* "first", "last" or a position: the column, -1 when out of range, -2 when it is none of these. */
static int find_position(const struct sheet *s, const char *text)
{
    int64_t v;
    if (!strcmp(text, "first"))
        return 0;
    if (!strcmp(text, "last"))
        return s->columns - 1;
    if (!mt_parse_integer(text, strlen(text), &v))
        return -2;
    if (v < 0)
        v += s->columns;
    return v >= 0 && v < s->columns ? (int)v : -1;
}

static bool looks_like_header(const struct sheet *s, const struct mt_csv_field *second, int n_second)
{
    const char *label = s->cfg->label;
    if (find_name(s, label ? label : "label", 0) >= 0 && (!label || find_position(s, label) == -2))
        return true;
    int words = label ? find_position(s, label) : s->columns - 1;
    for (int i = 0; i < s->columns; i++)
        if (i != words && !is_number(&s->head[i]) && (!second || (i < n_second && is_number(&second[i]))))
            return true;
    return false;
}

/* Reads the first line and settles whether it is a header. */
static int read_head(struct sheet *s, struct mt_err *err)
{
    struct mt_csv_cursor c = {
        .path = s->cfg->file, .p = s->csv.text, .end = s->csv.text + s->csv.len, .line = 1};
    struct mt_csv_field *second = NULL;
    int n_second = 0, rc = -1;
    if (mt_csv_row(&c, &s->head, &s->columns, err) < 0)
        return -1;
    s->header = s->cfg->header == MT_HEADER_YES;
    s->rows = c.p;
    s->line = c.line;
    if (s->cfg->header == MT_HEADER_AUTO) {
        if (c.p < c.end && mt_csv_row(&c, &second, &n_second, err) < 0)
            goto out;
        s->header = looks_like_header(s, second, n_second);
    }
    if (!s->header) {
        s->rows = s->csv.text;
        s->line = 1;
    }
    rc = s->rows < s->csv.text + s->csv.len
             ? 0
             : mt_err_set(err, MT_ERR_DATA, "%s: holds a header but no rows; write the samples to it",
                          s->cfg->file);
out:
    free(second);
    return rc;
}

static int no_such_column(const struct sheet *s, const char *key, const char *name, struct mt_err *err)
{
    char first[40], last[40];
    if (!s->header)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: has %d columns and no header, so %s cannot be \"%s\"; give a position, 0 to "
                          "%d, or first or last",
                          s->cfg->file, s->columns, key, name, s->columns - 1);
    return mt_err_set(err, MT_ERR_DATA,
                      "%s: has no column \"%s\" among its %d, \"%s\" to \"%s\"; give %s as a name of the "
                      "header or a position",
                      s->cfg->file, name, s->columns, mt_csv_show(&s->head[0], first),
                      mt_csv_show(&s->head[s->columns - 1], last), key);
}

static int find_column(const struct sheet *s, const char *key, const char *name, struct mt_err *err)
{
    int at = s->header ? find_name(s, name, 0) : -1;
    if (at >= 0 && find_name(s, name, at + 1) >= 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: has two columns \"%s\"; give the position of one for %s",
                          s->cfg->file, name, key);
    if (at < 0)
        at = find_position(s, name);
    return at >= 0 ? at : no_such_column(s, key, name, err);
}

static int ignore_columns(struct sheet *s, struct mt_err *err)
{
    if (!(s->role = calloc((size_t)s->columns, 1)))
        return mt_err_memory(err, s->cfg->file, (size_t)s->columns);
    s->values = s->columns;
    for (int i = 0; i < s->cfg->ignore.n; i++) {
        int at = find_column(s, "ignore", s->cfg->ignore.v[i], err);
        if (at < 0)
            return -1;
        s->values -= s->role[at] != MT_CSV_IGNORE;
        s->role[at] = MT_CSV_IGNORE;
    }
    return 0;
}

static int find_label(struct sheet *s, struct mt_err *err)
{
    const char *name = s->cfg->label;
    const struct mt_dataset *like = s->options->like;
    bool optional = !s->options->labels;
    s->label = -1;
    if (optional && like && (size_t)s->values == mt_shape_count(like->shape))
        return 0;
    s->guessed = !name && !s->header;
    const char *called = name ? name : "label";
    bool named = s->header && find_name(s, called, 0) >= 0;
    if (!named && optional && (name ? find_position(s, name) < 0 : s->header || !like))
        return 0;
    s->label = s->guessed ? s->columns - 1 : find_column(s, "label", called, err);
    return s->label < 0 ? -1 : 0;
}

static int settle_columns(struct sheet *s, struct mt_err *err)
{
    if (ignore_columns(s, err) < 0 || find_label(s, err) < 0)
        return -1;
    if (s->label >= 0) {
        s->values -= s->role[s->label] != MT_CSV_IGNORE;
        s->role[s->label] = s->options->labels ? MT_CSV_LABEL : MT_CSV_IGNORE;
    }
    if (s->values < 1)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: has %d column%s, which leaves none for values; separate fields by commas",
                          s->cfg->file, s->columns, s->columns == 1 ? "" : "s");
    return 0;
}

static int settle_shape(const struct sheet *s, struct mt_shape *shape, struct mt_err *err)
{
    const struct mt_ints *given = &s->cfg->shape;
    const struct mt_dataset *like = s->options->like;
    char text[48];
    *shape = (struct mt_shape){s->values, 1, 1};
    if (given->n == 0) {
        if (like && mt_shape_count(like->shape) == (size_t)s->values)
            *shape = like->shape;
        return 0;
    }
    if (given->n > 1)
        *shape = (struct mt_shape){given->n == 3 ? (int)given->v[0] : 1, (int)given->v[given->n - 2],
                                   (int)given->v[given->n - 1]};
    else
        shape->c = (int)given->v[0];
    if (mt_shape_count(*shape) != (size_t)s->values)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: has %d columns of values, which is not %s; correct shape, label or ignore",
                          s->cfg->file, s->values, mt_shape_text(*shape, text));
    return 0;
}

static int bad_label(const struct sheet *s, const struct mt_csv_field *f, const char *why, struct mt_err *err)
{
    char text[40];
    struct mt_csv_cursor top = {.path = s->cfg->file, .row = s->csv.text, .row_line = 1};
    return mt_csv_error(&top, mt_csv_begin(f), err, "label \"%s\" %s", mt_csv_show(f, text), why);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int text_labels(const struct sheet *s, struct mt_dataset *d, const struct mt_csv_field *f,
                       struct mt_err *err)
{
    int rc = -1;
    char **text = calloc((size_t)d->n, sizeof *text);
    for (int64_t i = 0; text && i < d->n; i++) {
        int64_t integer;
        if (f[i].len == 0 || is_blank(f[i].at[0]) || is_blank(f[i].at[f[i].len - 1])) {
            bad_label(s, &f[i], "is empty or has blanks around it; correct the line", err);
            goto out;
        }
        if (is_number(&f[i]) && !mt_parse_integer(f[i].at, f[i].len, &integer)) {
            bad_label(s, &f[i], "is not an integer; correct it, or name another column with label", err);
            goto out;
        }
        if (!(text[i] = mt_csv_text(&f[i])))
            break;
    }
    if (text && text[d->n - 1])
        rc = mt_build_text_labels(d, (const char *const *)text, err);
    else
        mt_err_memory(err, s->cfg->file, (size_t)d->n * sizeof *text);
out:
    mt_free_names(text, d->n);
    return rc;
}

/* Integers when all labels are; else texts. */
static int build_labels(const struct sheet *s, struct mt_dataset *d, const struct mt_csv_field *f,
                        struct mt_err *err)
{
    int rc = -1;
    int64_t i = 0, *value = malloc((size_t)d->n * sizeof *value);
    if (!value)
        return mt_err_memory(err, s->cfg->file, (size_t)d->n * sizeof *value);
    while (i < d->n && mt_parse_integer(f[i].at, f[i].len, &value[i]))
        i++;
    if (i == d->n)
        rc = mt_build_labels(d, value, s->cfg->classes, s->cfg->file, err);
    else if (s->cfg->classes != MT_UNSET_INT)
        rc = bad_label(
            s, &f[i], "is not an integer, which labels are where classes is set; correct it or unset classes",
            err);
    else
        rc = text_labels(s, d, f, err);
    free(value);
    if (rc == 0 && s->guessed && d->classes == 1)
        rc = mt_err_set(err, MT_ERR_DATA,
                        "%s: the last column, taken for the label, holds nothing but \"%s\"; set label to "
                        "the right column "
                        "(for instance first)",
                        s->cfg->file, d->class_name[0]);
    return rc;
}

static int load(const void *cfg, const struct mt_load_options *options, struct mt_dataset *out,
                struct mt_err *err)
{
    int rc = -1;
    struct sheet s = {.cfg = cfg, .options = options};
    struct mt_csv_field *label = NULL;
    uint64_t memory = mt_load_memory(options);
    *out = (struct mt_dataset){0};
    if (mt_build_sources(out, 1, err) < 0 ||
        mt_csv_read(&s.csv, s.cfg->file, memory, &out->source[0], err) < 0 || read_head(&s, err) < 0 ||
        settle_columns(&s, err) < 0 || settle_shape(&s, &out->shape, err) < 0)
        goto out;
    struct mt_csv_table table = {.path = s.cfg->file,
                                 .text = s.rows,
                                 .len = s.csv.len - (size_t)(s.rows - s.csv.text),
                                 .line = s.line,
                                 .columns = s.columns,
                                 .values = s.values,
                                 .role = s.role,
                                 .memory = memory - s.csv.len,
                                 .pool = options->pool};
    if (mt_csv_rows(&table, out, &label, err) < 0 || (label && build_labels(&s, out, label, err) < 0))
        goto out;
    rc = 0;
out:
    free(label);
    free(s.head);
    free(s.role);
    free(s.csv.memory);
    if (rc < 0)
        mt_dataset_release(out);
    return rc;
}

static int check(const void *cfg_, const char **key, struct mt_err *err)
{
    const struct mt_csv_cfg *cfg = cfg_;
    *key = "shape";
    if (cfg->shape.n > 3)
        return mt_err_set(err, MT_ERR_USAGE, "shape has %d numbers; write [N], [H, W] or [C, H, W]",
                          cfg->shape.n);
    if (cfg->shape.n == 3 && cfg->shape.v[0] > MT_MAX_CHANNELS)
        return mt_err_set(err, MT_ERR_USAGE, "shape has %lld channels; 1 to %d are possible",
                          (long long)cfg->shape.v[0], MT_MAX_CHANNELS);
    return 0;
}

#define AT(member) offsetof(struct mt_csv_cfg, member)
static const char *const headers[] = {"auto", "yes", "no", NULL};

static const struct mt_field fields[] = {
    {.name = "file",
     .type = MT_PATH,
     .offset = AT(file),
     .flags = MT_F_REQUIRED,
     .help = "CSV file, plain or gzip: commas, one sample per line, a label and values; values that are all "
             "integers in 0..255 stay 8-bit."},
    {.name = "label",
     .type = MT_STRING,
     .offset = AT(label),
     .help = "Column of the label: a name of the header, a position from 0 (or from the end: -1), first or "
             "last; unset, the column called label, and without a header the last."},
    {.name = "header",
     .type = MT_CHOICE,
     .offset = AT(header),
     .def = "auto",
     .choices = headers,
     .help = "Whether the first line holds names; auto: it does when it contains the label's name or has "
             "words above numbers."},
    {.name = "shape",
     .type = MT_INTS,
     .offset = AT(shape),
     .min = 1,
     .max = MT_CSV_MAX_COLUMNS,
     .help = "Shape of a sample, [H, W] or [C, H, W] with values in that order; unset, a flat vector (a test "
             "source takes the training data's)."},
    {.name = "ignore",
     .type = MT_STRINGS,
     .offset = AT(ignore),
     .help = "Columns to leave out, by name or position."},
    {.name = "classes",
     .type = MT_INT,
     .offset = AT(classes),
     .min = 1,
     .max = 16777216,
     .help = "Labels are 0 to classes - 1, and others are an error; unset, the classes are the different "
             "labels in the file, which may be words."},
    {0}};

const struct mt_format_type mt_format_csv = {
    .kind = {.name = "csv",
             .help = "One CSV file, a sample per line: Kaggle's label,pixel0,... and the bundled digits.",
             .cfg_size = sizeof(struct mt_csv_cfg),
             .fields = fields,
             .check = check},
    .load = load,
};
