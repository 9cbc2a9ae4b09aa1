#include "lib/claims/confusion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/data/csv_scan.h"

#define MAX_BYTES ((size_t)64 << 20)
#define CORNER "true\\predicted" /* the first field of a matrix */

void mt_claim_matrix_release(struct mt_claim_matrix *c)
{
    for (int i = 0; c->name && i < c->classes; i++)
        free(c->name[i]);
    free(c->name);
    free(c->count);
    memset(c, 0, sizeof *c);
}

static int allocate(struct mt_claim_matrix *c, int classes, struct mt_err *err)
{
    size_t n = (size_t)classes;
    *c = (struct mt_claim_matrix){
        .classes = classes, .name = calloc(n, sizeof *c->name), .count = calloc(n * n, sizeof *c->count)};
    if (c->name && c->count)
        return 0;
    mt_claim_matrix_release(c);
    return mt_err_memory(err, "a confusion matrix", n * n * sizeof *c->count);
}

static int take_names(struct mt_claim_matrix *c, const struct mt_csv_field *field, struct mt_err *err)
{
    for (int k = 0; k < c->classes; k++)
        if (!(c->name[k] = mt_csv_text(&field[k + 1])))
            return mt_err_memory(err, "a name", field[k + 1].len);
    return 0;
}

static int64_t whole(const struct mt_csv_field *f)
{
    int64_t v = 0;
    for (size_t i = 0; i < f->len; i++) {
        if (f->at[i] < '0' || f->at[i] > '9' || v > MT_CONFUSION_MOST)
            return -1;
        v = 10 * v + (f->at[i] - '0');
    }
    return f->len ? v : -1;
}

static int take_row(struct mt_claim_matrix *c, int row, const struct mt_csv_field *field, int n,
                    const struct mt_csv_cursor *at, struct mt_err *err)
{
    for (int k = 0; n == c->classes + 1 && k < c->classes; k++) {
        int64_t count = whole(&field[k + 1]);
        if (count < 0 || (c->samples += count) > MT_CONFUSION_MOST)
            n = 0;
        else
            c->count[(size_t)row * (size_t)c->classes + (size_t)k] = count;
    }
    if (n == c->classes + 1)
        return 0;
    return mt_err_set(
        err, MT_ERR_DATA,
        "%s:%lld: is no row of a confusion matrix of %d classes; train the run again with --force", at->path,
        (long long)at->row_line, c->classes);
}

static int take_header(struct mt_claim_matrix *c, struct mt_csv_cursor *at, struct mt_err *err)
{
    struct mt_csv_field *field;
    int n, rc = 0;
    if (mt_csv_row(at, &field, &n, err) < 0)
        return -1;
    bool matrix = n > 1 && n <= MT_CONFUSION_CLASSES + 1 && field[0].len == strlen(CORNER) &&
                  !memcmp(field[0].at, CORNER, field[0].len);
    if (matrix)
        rc = allocate(c, n - 1, err) < 0 || take_names(c, field, err) < 0 ? -1 : 1;
    free(field);
    return rc;
}

static int take_matrix(struct mt_claim_matrix *c, struct mt_csv_cursor *at, struct mt_err *err)
{
    int rc = take_header(c, at, err);
    for (int row = 0; rc == 1 && row < c->classes; row++) {
        struct mt_csv_field *field;
        int n;
        if (at->p == at->end)
            return mt_err_set(err, MT_ERR_DATA,
                              "%s: ends before its last row; train the run again with --force", at->path);
        if (mt_csv_row(at, &field, &n, err) < 0)
            return -1;
        if (take_row(c, row, field, n, at, err) < 0)
            rc = -1;
        free(field);
    }
    return rc;
}

int mt_claim_matrix_read(struct mt_claim_matrix *c, const struct mt_result *r, const char *split,
                         struct mt_err *err)
{
    char name[64], *path, *text = NULL;
    size_t len;
    int rc = 0;
    memset(c, 0, sizeof *c);
    snprintf(name, sizeof name, "eval/%s/confusion_matrix.csv", split);
    if (!(path = mt_path_join(r->path, name)))
        return mt_err_memory(err, r->path, strlen(r->path));
    if (mt_file_exists(path) && (rc = mt_file_read(path, MAX_BYTES, &text, &len, err)) == 0) {
        struct mt_csv_cursor at = {.path = path, .p = text, .end = text + len, .line = 1};
        rc = take_matrix(c, &at, err);
    }
    if (rc < 0)
        mt_claim_matrix_release(c);
    free(text);
    free(path);
    return rc;
}

static bool same_classes(const struct mt_claim_matrix *a, const struct mt_claim_matrix *b)
{
    if (a->classes != b->classes)
        return false;
    for (int k = 0; k < a->classes; k++)
        if (strcmp(a->name[k], b->name[k]) != 0)
            return false;
    return true;
}

static int copy(struct mt_claim_matrix *to, const struct mt_claim_matrix *from, struct mt_err *err)
{
    if (allocate(to, from->classes, err) < 0)
        return -1;
    for (int k = 0; k < from->classes; k++) {
        if (!(to->name[k] = strdup(from->name[k]))) {
            mt_claim_matrix_release(to);
            return mt_err_memory(err, "a name", strlen(from->name[k]));
        }
    }
    return 0;
}

int mt_claim_matrix_add(struct mt_claim_matrix *sum, const struct mt_claim_matrix *other, struct mt_err *err)
{
    if (!sum->classes && copy(sum, other, err) < 0)
        return -1;
    if (!same_classes(sum, other))
        return mt_err_set(err, MT_ERR_DATA, "confusion matrices of different classes do not add up");
    for (size_t i = 0; i < (size_t)sum->classes * (size_t)sum->classes; i++)
        sum->count[i] += other->count[i];
    sum->samples += other->samples;
    return 0;
}

int mt_claim_matrix_report(const struct mt_claim_matrix *c, struct mt_class_report *report,
                           struct mt_err *err)
{
    size_t n = (size_t)c->samples, at = 0;
    int32_t *label = malloc(n * sizeof *label + 1), *pred = malloc(n * sizeof *pred + 1);
    int rc = label && pred ? 0 : mt_err_memory(err, "labels", 2 * n * sizeof *label);
    for (int y = 0; y < c->classes && rc == 0; y++)
        for (int p = 0; p < c->classes; p++)
            for (int64_t i = c->count[(size_t)y * (size_t)c->classes + (size_t)p]; i > 0; i--, at++) {
                label[at] = y;
                pred[at] = p;
            }
    if (rc == 0)
        rc = mt_class_report_make(report, label, pred, c->samples, c->classes, err);
    free(label);
    free(pred);
    return rc;
}
