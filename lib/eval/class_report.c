#include "lib/eval/class_report.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_ROOM 16 /* a class number as text */

static double ratio(double a, double b)
{
    return b == 0 ? 0.0 : a / b;
}

static struct mt_class_scores scores_of(double precision, double recall)
{
    return (struct mt_class_scores){precision, recall, ratio(2.0 * precision * recall, precision + recall)};
}

/* Sums in numpy's order, halves above 128 numbers and eight running sums below: a mean that ends in an exact
 * 5 must round to the same side as scikit-learn's. */
static double pairwise_sum(const double *v, int n)
{
    if (n > 128) {
        int half = n / 2 - n / 2 % 8;
        return pairwise_sum(v, half) + pairwise_sum(v + half, n - half);
    }
    double r[8] = {0}, sum = 0.0;
    int i = 0;
    if (n >= 8) {
        for (; i + 8 <= n; i += 8)
            for (int j = 0; j < 8; j++)
                r[j] += v[i + j];
        sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    }
    for (; i < n; i++)
        sum += v[i];
    return sum;
}

/* The mean of the double at `offset` in each row's scores, weighted by support or plain. `v` (classes) is
 * scratch. */
static double mean_of(const struct mt_class_report *r, size_t offset, bool weighted, double *v)
{
    for (int k = 0; k < r->classes; k++) {
        double score = *(const double *)((const char *)&r->row[k].scores + offset);
        v[k] = weighted ? score * (double)r->row[k].support : score;
    }
    return ratio(pairwise_sum(v, r->classes), weighted ? (double)r->n : r->classes);
}

static struct mt_class_scores mean_scores(const struct mt_class_report *r, bool weighted, double *v)
{
    return (struct mt_class_scores){
        mean_of(r, offsetof(struct mt_class_scores, precision), weighted, v),
        mean_of(r, offsetof(struct mt_class_scores, recall), weighted, v),
        mean_of(r, offsetof(struct mt_class_scores, f1), weighted, v),
    };
}

static int check_range(const int32_t *label, const int32_t *pred, int64_t n, int classes, struct mt_err *err)
{
    for (int64_t i = 0; i < n; i++)
        if (label[i] < 0 || label[i] >= classes || pred[i] < 0 || pred[i] >= classes)
            return mt_err_set(err, MT_ERR_DATA,
                              "sample %" PRId64 ": label %" PRId32 " and prediction %" PRId32
                              " must lie in 0..%d",
                              i, label[i], pred[i], classes - 1);
    return 0;
}

int mt_class_report_make(struct mt_class_report *r, const int32_t *label, const int32_t *pred, int64_t n,
                         int classes, struct mt_err *err)
{
    *r = (struct mt_class_report){.classes = classes, .n = n};
    if (check_range(label, pred, n, classes, err) < 0)
        return -1;
    double *v = malloc((size_t)classes * sizeof *v);
    r->row = calloc((size_t)classes, sizeof *r->row);
    if (!v || !r->row) {
        free(v);
        mt_class_report_release(r);
        return mt_err_memory(err, "the classification report", (size_t)classes * sizeof *r->row);
    }
    for (int64_t i = 0; i < n; i++) {
        r->row[label[i]].support++;
        r->row[pred[i]].predicted++;
        r->row[label[i]].correct += label[i] == pred[i];
        r->correct += label[i] == pred[i];
    }
    for (int k = 0; k < classes; k++) {
        struct mt_class_row *row = &r->row[k];
        row->scores = scores_of(ratio((double)row->correct, (double)row->predicted),
                                ratio((double)row->correct, (double)row->support));
    }
    r->accuracy = ratio((double)r->correct, (double)n);
    r->macro = mean_scores(r, false, v);
    r->weighted = mean_scores(r, true, v);
    free(v);
    return 0;
}

void mt_class_report_release(struct mt_class_report *r)
{
    free(r->row);
    r->row = NULL;
}

static const char *name_of(const char *const *name, int k, char room[NAME_ROOM])
{
    if (name)
        return name[k];
    snprintf(room, NAME_ROOM, "%d", k);
    return room;
}

static void text_row(struct mt_buf *out, const char *name, int width, const struct mt_class_scores *s,
                     int digits, int64_t support)
{
    mt_buf_pad(out, name, width);
    mt_buf_printf(out, "  %9.*f %9.*f %9.*f %9" PRId64 "\n", digits, s->precision, digits, s->recall, digits,
                  s->f1, support);
}

void mt_class_report_text(const struct mt_class_report *r, const char *const *name, int digits,
                          struct mt_buf *out)
{
    char room[NAME_ROOM];
    size_t longest = sizeof "weighted avg" - 1;
    for (int k = 0; k < r->classes; k++) {
        size_t count = mt_buf_plain(NULL, name_of(name, k, room));
        longest = count > longest ? count : longest;
    }
    int width = longest < 10000 ? (int)longest : 10000;
    width = width < digits ? digits : width;
    mt_buf_pad(out, "", width);
    mt_buf_puts(out, "  precision    recall  f1-score   support\n\n");
    for (int k = 0; k < r->classes; k++)
        text_row(out, name_of(name, k, room), width, &r->row[k].scores, digits, r->row[k].support);
    mt_buf_puts(out, "\n");
    mt_buf_pad(out, "accuracy", width);
    /* scikit-learn prints the micro average of F1 here, which may round apart from correct / n. */
    mt_buf_printf(out, "  %9s %9s %9.*f %9" PRId64 "\n", "", "", digits,
                  scores_of(r->accuracy, r->accuracy).f1, r->n);
    text_row(out, "macro avg", width, &r->macro, digits, r->n);
    text_row(out, "weighted avg", width, &r->weighted, digits, r->n);
}

static void csv_row(struct mt_buf *out, const char *name, const struct mt_class_scores *s, int64_t support)
{
    mt_buf_puts(out, ",");
    mt_buf_csv_field(out, name);
    mt_buf_printf(out, ",%.9g,%.9g,%.9g,%" PRId64 "\n", s->precision, s->recall, s->f1, support);
}

void mt_class_report_csv(const struct mt_class_report *r, const char *const *name, struct mt_buf *out)
{
    char room[NAME_ROOM];
    mt_buf_puts(out, "label,label_name,precision,recall,f1_score,support\n");
    for (int k = 0; k < r->classes; k++) {
        mt_buf_printf(out, "%d", k);
        csv_row(out, name_of(name, k, room), &r->row[k].scores, r->row[k].support);
    }
    mt_buf_printf(out, ",accuracy,,,%.9g,%" PRId64 "\n", r->accuracy, r->n);
    csv_row(out, "macro avg", &r->macro, r->n);
    csv_row(out, "weighted avg", &r->weighted, r->n);
}

/* "TITLE: a, b and 3 more"; nothing where no class has a count of 0. `count_offset` is into struct
 * mt_class_row. */
static void note_zeros(const struct mt_class_report *r, const char *const *name, size_t count_offset,
                       const char *title, struct mt_buf *out)
{
    enum { NAMED = 5 };
    char room[NAME_ROOM];
    int found = 0;
    for (int k = 0; k < r->classes; k++) {
        if (*(const int64_t *)((const char *)&r->row[k] + count_offset) > 0)
            continue;
        if (found < NAMED) {
            mt_buf_puts(out, found ? ", " : title);
            mt_buf_plain(out, name_of(name, k, room));
        }
        found++;
    }
    if (found > NAMED)
        mt_buf_printf(out, " and %d more", found - NAMED);
}

void mt_class_report_note(const struct mt_class_report *r, const char *const *name, struct mt_buf *out)
{
    struct mt_buf unseen = {0}, unused = {0};
    note_zeros(r, name, offsetof(struct mt_class_row, support), "no sample of ", &unseen);
    note_zeros(r, name, offsetof(struct mt_class_row, predicted), "no prediction of ", &unused);
    out->failed |= unseen.failed || unused.failed;
    if (unseen.len || unused.len)
        mt_buf_printf(out, "0/0 is reported as 0: %s%s%s\n", unused.len ? unused.data : "",
                      unused.len && unseen.len ? "; " : "", unseen.len ? unseen.data : "");
    mt_buf_release(&unseen);
    mt_buf_release(&unused);
}

static int compare_pairs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int pairs_csv(const int32_t *label, const int32_t *pred, int64_t n, const char *const *name,
                     struct mt_buf *out, struct mt_err *err)
{
    char room[NAME_ROOM];
    uint64_t *pair = malloc((size_t)n * sizeof *pair + 1);
    if (!pair)
        return mt_err_memory(err, "the confusion matrix", (size_t)n * sizeof *pair);
    for (int64_t i = 0; i < n; i++)
        pair[i] = (uint64_t)label[i] << 32 | (uint32_t)pred[i];
    qsort(pair, (size_t)n, sizeof *pair, compare_pairs);
    mt_buf_puts(out, "true,predicted,samples\n");
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && pair[end] == pair[i]; end++)
            ;
        mt_buf_csv_field(out, name_of(name, (int)(pair[i] >> 32), room));
        mt_buf_puts(out, ",");
        mt_buf_csv_field(out, name_of(name, (int)(uint32_t)pair[i], room));
        mt_buf_printf(out, ",%" PRId64 "\n", end - i);
    }
    free(pair);
    return 0;
}

int mt_confusion_csv(const int32_t *label, const int32_t *pred, int64_t n, int classes,
                     const char *const *name, struct mt_buf *out, struct mt_err *err)
{
    char room[NAME_ROOM];
    size_t C = (size_t)classes;
    if (check_range(label, pred, n, classes, err) < 0)
        return -1;
    if (classes > MT_CONFUSION_CLASSES)
        return pairs_csv(label, pred, n, name, out, err);
    int64_t *count = calloc(C * C, sizeof *count);
    if (!count)
        return mt_err_memory(err, "the confusion matrix", C * C * sizeof *count);
    for (int64_t i = 0; i < n; i++)
        count[(size_t)label[i] * C + (size_t)pred[i]]++;
    mt_buf_puts(out, "true\\predicted");
    for (int k = 0; k < classes; k++) {
        mt_buf_puts(out, ",");
        mt_buf_csv_field(out, name_of(name, k, room));
    }
    mt_buf_puts(out, "\n");
    for (size_t i = 0; i < C; i++) {
        mt_buf_csv_field(out, name_of(name, (int)i, room));
        for (size_t j = 0; j < C; j++)
            mt_buf_printf(out, ",%" PRId64, count[i * C + j]);
        mt_buf_puts(out, "\n");
    }
    free(count);
    return 0;
}
