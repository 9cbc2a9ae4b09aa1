#include "lib/compare/predictions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/data/csv_scan.h"

#define MAX_BYTES ((size_t)1 << 30)

static const struct {
    const char *ending, *column;
} accuracies[] = {{"_center_accuracy", "center_pred"}, {"_knn_accuracy", "knn_pred"}, {"_accuracy", "pred"}};

bool mt_accuracy_of(const char *metric, char split[32], const char **column)
{
    static const char *const splits[] = {"test", "validation"};
    for (size_t i = 0; i < sizeof accuracies / sizeof *accuracies; i++)
        for (size_t k = 0; k < sizeof splits / sizeof *splits; k++) {
            size_t len = strlen(splits[k]);
            if (!strncmp(metric, splits[k], len) && !strcmp(metric + len, accuracies[i].ending)) {
                snprintf(split, 32, "%s", splits[k]);
                *column = accuracies[i].column;
                return true;
            }
        }
    return false;
}

/* One predictions.csv, read row by row. */
struct table {
    char *path, *text;
    struct mt_csv_cursor at;
    int columns, index, label, pred; /* places of the columns */
};

static void table_release(struct table *t)
{
    free(t->path);
    free(t->text);
}

static bool is_text(const struct mt_csv_field *f, const char *text)
{
    return f->len == strlen(text) && !memcmp(f->at, text, f->len);
}

static int read_header(struct table *t, const char *column, struct mt_err *err)
{
    struct mt_csv_field *field;
    if (mt_csv_row(&t->at, &field, &t->columns, err) < 0)
        return -1;
    t->index = t->label = t->pred = -1;
    for (int i = t->columns - 1; i >= 0; i--) {
        if (is_text(&field[i], "index"))
            t->index = i;
        else if (is_text(&field[i], "label"))
            t->label = i;
        else if (is_text(&field[i], column))
            t->pred = i;
    }
    free(field);
    return 0;
}

/* Returns 1; 0 where the file or the column is not there. */
static int table_open(struct table *t, const struct mt_result *r, const char *split, const char *column,
                      struct mt_err *err)
{
    char name[64];
    size_t len;
    snprintf(name, sizeof name, "eval/%s/predictions.csv", split);
    memset(t, 0, sizeof *t);
    if (!(t->path = mt_path_join(r->path, name)))
        return mt_err_memory(err, r->path, strlen(r->path));
    if (!mt_file_exists(t->path))
        return 0;
    if (mt_file_read(t->path, MAX_BYTES, &t->text, &len, err) < 0)
        return -1;
    t->at = (struct mt_csv_cursor){.path = t->path, .p = t->text, .end = t->text + len, .line = 1};
    if (read_header(t, column, err) < 0)
        return -1;
    return t->index >= 0 && t->label >= 0 && t->pred >= 0;
}

/* A field's number; -1: it is none. */
static int64_t number(const struct mt_csv_field *f)
{
    int64_t v = 0;
    if (f->len == 0 || f->len > 10)
        return -1;
    for (size_t i = 0; i < f->len; i++) {
        if (f->at[i] < '0' || f->at[i] > '9')
            return -1;
        v = 10 * v + (f->at[i] - '0');
    }
    return v;
}

/* The next row: which sample, and whether it is right. Returns 1; 0 at the end. */
static int table_next(struct table *t, int64_t *index, int64_t *label, bool *right, struct mt_err *err)
{
    struct mt_csv_field *field;
    int n;
    if (t->at.p == t->at.end)
        return 0;
    if (mt_csv_row(&t->at, &field, &n, err) < 0)
        return -1;
    *index = *label = -1;
    if (n == t->columns) {
        *index = number(&field[t->index]);
        *label = number(&field[t->label]);
        *right = *label == number(&field[t->pred]);
    }
    free(field);
    if (*index >= 0 && *label >= 0)
        return 1;
    return mt_err_set(err, MT_ERR_DATA,
                      "%s:%lld: has no index and label here; train the run again with --force", t->path,
                      (long long)t->at.row_line);
}

static int count(struct mt_two_by_two *out, struct table *a, struct table *b, struct mt_err *err)
{
    int64_t index[2], label[2];
    bool right[2];
    for (;;) {
        int more = table_next(a, &index[0], &label[0], &right[0], err);
        int other = more < 0 ? -1 : table_next(b, &index[1], &label[1], &right[1], err);
        if (more < 0 || other < 0)
            return -1;
        if (more != other || (more && (index[0] != index[1] || label[0] != label[1])))
            return mt_err_set(err, MT_ERR_DATA, "%s: does not hold the same samples as %s", b->path, a->path);
        if (!more)
            return 1;
        *(right[0] && right[1] ? &out->both
          : right[0]           ? &out->first
          : right[1]           ? &out->second
                               : &out->neither) += 1;
    }
}

int mt_predictions_compare(struct mt_two_by_two *out, const struct mt_result *first,
                           const struct mt_result *second, const char *metric, struct mt_err *err)
{
    struct table a, b = {0};
    char split[32];
    const char *column;
    memset(out, 0, sizeof *out);
    if (!mt_accuracy_of(metric, split, &column))
        return 0;
    int rc = table_open(&a, first, split, column, err);
    if (rc == 1 && (rc = table_open(&b, second, split, column, err)) == 1)
        rc = count(out, &a, &b, err);
    table_release(&a);
    table_release(&b);
    return rc;
}
