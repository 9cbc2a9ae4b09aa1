/* page_classes.c: what was taken for what, and how well each class was found. */
#include <stdlib.h>
#include <string.h>

#include "lib/eval/class_report.h"
#include "lib/present/page_parts.h"
#include "lib/report/markup.h"

#define MATRIX_CLASSES 40 /* more would be no table to look at */
#define MOST_PAIRS 30

struct pair {
    int32_t label, pred;
    int64_t samples;
};

static int by_classes(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    return p->label != q->label ? (p->label > q->label) - (p->label < q->label)
                                : (p->pred > q->pred) - (p->pred < q->pred);
}

static int by_samples(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    return p->samples != q->samples ? (p->samples < q->samples) - (p->samples > q->samples)
                                    : by_classes(a, b);
}

/* The pairs of classes that occur, with their counts. Returns how many, or -1 without memory. */
static int64_t count_pairs(const struct mt_predicted *d, struct pair **out)
{
    struct pair *v = malloc((size_t)d->n * sizeof *v + 1);
    int64_t n = 0, kept = 0;
    *out = v;
    for (int64_t i = 0; v && i < d->n; i++)
        if (d->label[i] >= 0 && d->pred[i] >= 0)
            v[n++] = (struct pair){d->label[i], d->pred[i], 1};
    if (v)
        qsort(v, (size_t)n, sizeof *v, by_classes);
    for (int64_t i = 0; i < n; i++) {
        if (kept && by_classes(&v[kept - 1], &v[i]) == 0)
            v[kept - 1].samples++;
        else
            v[kept++] = v[i];
    }
    return v ? kept : -1;
}

static void name_of(struct mt_buf *b, const struct mt_page_run *r, int k)
{
    char room[16];
    mt_markup_text(b, mt_class_name(&r->names, k, room));
}

/* --- the matrix --- */

static int shade(double share)
{
    return share <= 0 ? 0 : share < 0.02 ? 1 : share < 0.1 ? 2 : share < 0.3 ? 3 : share < 0.7 ? 4 : 5;
}

static void matrix_row(struct mt_buf *b, const struct mt_page_run *r, int k, const struct pair *pair,
                       int64_t n)
{
    int64_t all = 0, at = 0;
    while (at < n && pair[at].label < k)
        at++;
    for (int64_t i = at; i < n && pair[i].label == k; i++)
        all += pair[i].samples;
    mt_buf_puts(b, "<tr><th scope=row>");
    name_of(b, r, k);
    mt_buf_puts(b, "</th>");
    for (int c = 0; c < r->names.n; c++) {
        int64_t samples = at < n && pair[at].label == k && pair[at].pred == c ? pair[at++].samples : 0;
        if (samples)
            mt_buf_printf(b, "<td class=%c%d>%lld", c == k ? 'h' : 'b', shade((double)samples / (double)all),
                          (long long)samples);
        else
            mt_buf_puts(b, "<td>");
    }
    mt_buf_puts(b, "</tr>\n");
}

static void matrix(struct mt_buf *b, const struct mt_page_run *r, const struct pair *pair, int64_t n)
{
    mt_buf_puts(b, "<div class=scroll tabindex=0 role=region aria-label=\"Confusion matrix of ");
    mt_markup_text(b, r->label);
    mt_buf_puts(
        b,
        "\"><table class=matrix>\n<caption>Rows: true classes. Columns: predictions of the head.</caption>\n"
        "<thead><tr><td></td>");
    for (int c = 0; c < r->names.n; c++) {
        mt_buf_puts(b, "<th scope=col>");
        name_of(b, r, c);
    }
    mt_buf_puts(b, "</tr></thead>\n<tbody>\n");
    for (int k = 0; k < r->names.n; k++)
        matrix_row(b, r, k, pair, n);
    mt_buf_puts(b, "</tbody></table></div>\n");
}

/* Instead of a matrix of many classes: the mistakes made most often. */
static void frequent(struct mt_buf *b, const struct mt_page_run *r, struct pair *pair, int64_t n)
{
    int64_t wrong = 0;
    for (int64_t i = 0; i < n; i++)
        if (pair[i].label != pair[i].pred)
            pair[wrong++] = pair[i];
    qsort(pair, (size_t)wrong, sizeof *pair, by_samples);
    mt_buf_printf(b,
                  "<div class=scroll tabindex=0 role=region aria-label=\"Frequent mistakes\"><table>\n"
                  "<caption>The most frequent of %lld kinds of mistakes among %d classes.</caption>\n"
                  "<thead><tr><th scope=col>class<th scope=col>taken for<th scope=col "
                  "class=n>samples</tr></thead>\n<tbody>\n",
                  (long long)wrong, r->names.n);
    for (int64_t i = 0; i < wrong && i < MOST_PAIRS; i++) {
        mt_buf_puts(b, "<tr><th scope=row>");
        name_of(b, r, pair[i].label);
        mt_buf_puts(b, "</th><td>");
        name_of(b, r, pair[i].pred);
        mt_buf_printf(b, "</td><td class=n>%lld</td></tr>\n", (long long)pair[i].samples);
    }
    mt_buf_puts(b, "</tbody></table></div>\n");
}

static void confusion(const struct mt_page *p, const struct mt_page_run *r)
{
    struct pair *pair;
    int64_t n = count_pairs(&r->predicted, &pair);
    p->out->failed |= n < 0;
    if (n >= 0 && r->names.n <= MATRIX_CLASSES)
        matrix(p->out, r, pair, n);
    else if (n >= 0)
        frequent(p->out, r, pair, n);
    free(pair);
}

/* --- class by class --- */

static void score(struct mt_buf *b, double value)
{
    int level = value >= 0.99   ? 5
                : value >= 0.95 ? 4
                : value >= 0.9  ? 3
                : value >= 0.8  ? 2
                : value >= 0.5  ? 1
                                : 0;
    mt_buf_printf(b, "<td class=\"n h%d\">%.4f", level, value);
}

static void scores(struct mt_buf *b, const struct mt_class_scores *s, int64_t support)
{
    score(b, s->precision);
    score(b, s->recall);
    score(b, s->f1);
    mt_buf_printf(b, "<td class=n>%lld</tr>\n", (long long)support);
}

static void class_table(const struct mt_page *p, const struct mt_page_run *r,
                        const struct mt_class_report *report)
{
    struct mt_buf *b = p->out;
    mt_buf_puts(b, "<div class=scroll tabindex=0 role=region aria-label=\"Classes of ");
    mt_markup_text(b, r->label);
    mt_buf_puts(b, "\"><table>\n<thead><tr><th scope=col>class<th scope=col class=n>precision<th scope=col "
                   "class=n>recall"
                   "<th scope=col class=n>F1<th scope=col class=n>samples</tr></thead>\n<tbody>\n");
    for (int k = 0; k < report->classes; k++) {
        mt_buf_puts(b, "<tr><th scope=row>");
        name_of(b, r, k);
        mt_buf_puts(b, "</th>");
        scores(b, &report->row[k].scores, report->row[k].support);
    }
    mt_buf_puts(b, "</tbody>\n<tbody><tr><th scope=row>mean</th>");
    scores(b, &report->macro, report->n);
    mt_buf_puts(b, "<tr><th scope=row>mean, weighted by samples</th>");
    scores(b, &report->weighted, report->n);
    mt_buf_puts(b, "</tbody></table></div>\n");
}

/* Whether every label and prediction is a class that the run names. */
static bool whole(const struct mt_page_run *r)
{
    const struct mt_predicted *d = &r->predicted;
    for (int64_t i = 0; i < d->n; i++)
        if (d->label[i] < 0 || d->label[i] >= r->names.n || d->pred[i] < 0 || d->pred[i] >= r->names.n)
            return false;
    return d->n > 0;
}

static void class_by_class(const struct mt_page *p, const struct mt_page_run *r)
{
    const struct mt_predicted *d = &r->predicted;
    struct mt_class_report report;
    struct mt_err err;
    bool many = r->names.n > MATRIX_CLASSES;
    if (mt_class_report_make(&report, d->label, d->pred, d->n, r->names.n, &err) < 0) {
        p->out->failed = true;
        return;
    }
    if (many)
        mt_buf_printf(p->out, "<details><summary>All %d classes</summary>\n", r->names.n);
    class_table(p, r, &report);
    mt_buf_puts(p->out, many ? "</details>\n" : "");
    mt_class_report_release(&report);
}

static void each_run(const struct mt_page *p,
                     void (*part)(const struct mt_page *, const struct mt_page_run *))
{
    mt_buf_puts(p->out, "<div class=runs>\n");
    for (int i = 0; i < p->n_runs; i++) {
        mt_page_box(p, &p->run[i]);
        if (whole(&p->run[i]))
            part(p, &p->run[i]);
        else
            mt_buf_puts(p->out, "<p class=soft>There are no predictions in this run folder.</p>\n");
        mt_buf_puts(p->out, "</div>\n");
    }
    mt_buf_puts(p->out, "</div>\n");
}

void mt_page_classes(const struct mt_page *p)
{
    mt_page_section(p, "confusion", "What was taken for what");
    each_run(p, confusion);
    mt_page_section_end(p);
    mt_page_section(p, "classes", "Class by class");
    each_run(p, class_by_class);
    mt_page_section_end(p);
}
