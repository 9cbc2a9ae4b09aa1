/* reproduce_tables.c: what a publication prints beside what the runs say: training logs, reports per class,
 * and confusion matrices. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/reproduce_print.h"
#include "lib/claims/confusion.h"
#include "lib/claims/figure.h"

/* ---- the log ---- */

static int values_at(const struct reproduction *r, const struct reproduced *e, const char *column,
                     int64_t epoch, double value[MT_CLAIM_SEEDS], struct mt_err *err)
{
    char figure[64];
    snprintf(figure, sizeof figure, "%s@%lld", column, (long long)epoch);
    for (int s = 0; s < r->seeds; s++) {
        value[s] = NAN;
        if (e->run[s].path && mt_claim_figure(&e->run[s], figure, &value[s], err) < 0)
            return -1;
    }
    return 0;
}

static int put_means(struct mt_text_table *t, const struct reproduction *r, const struct reproduced *e,
                     const struct mt_published_epoch *line, struct mt_err *err)
{
    double value[MT_CLAIM_SEEDS];
    char text[REPRODUCE_CELL];
    mt_text_table_int(t, line->epoch);
    mt_text_table_int(t, line->line);
    for (int f = 0; f < MT_PUBLISHED_FIGURES; f++) {
        if (values_at(r, e, mt_published_figures[f], line->epoch, value, err) < 0)
            return -1;
        reproduce_mean(value, r->seeds, 4, text);
        mt_text_table_real(t, mt_published_figure(line, f));
        mt_text_table_string(t, text);
    }
    return 0;
}

/* Seeds up to the last one that there is a run of. */
static int seeds_run(const struct reproduction *r, const struct reproduced *e)
{
    int n = r->seeds;
    while (n > 0 && !e->run[n - 1].path)
        n--;
    return n;
}

/* "0.9790 / 0.7870 / -" */
static int put_seeds(struct mt_text_table *t, const struct reproduction *r, const struct reproduced *e,
                     const struct mt_published_epoch *line, struct mt_err *err)
{
    double value[MT_CLAIM_SEEDS];
    mt_text_table_int(t, line->epoch);
    for (int f = 0; f < MT_PUBLISHED_FIGURES; f++) {
        struct mt_buf b = {0};
        if (values_at(r, e, mt_published_figures[f], line->epoch, value, err) < 0)
            return -1;
        for (int s = 0; s < seeds_run(r, e); s++) {
            mt_buf_puts(&b, s ? " / " : "");
            if (isnan(value[s]))
                mt_buf_puts(&b, "-");
            else
                mt_buf_printf(&b, "%.4f", value[s]);
        }
        mt_text_table_string(t, b.data ? b.data : "");
        mt_buf_release(&b);
    }
    return 0;
}

typedef int put_line(struct mt_text_table *t, const struct reproduction *r, const struct reproduced *e,
                     const struct mt_published_epoch *line, struct mt_err *err);

static int print_lines(const struct reproduce_page *p, const struct reproduced *e, put_line *put,
                       struct mt_text_table *t, struct mt_err *err)
{
    const struct mt_published *published = &p->r->claims.published;
    int rc = 0;
    for (int i = 0; i < published->epochs.n && rc == 0; i++) {
        const struct mt_published_epoch *line = mt_published_epoch_at(published, i);
        if (!strcmp(line->run, e->experiment->run))
            rc = put(t, p->r, e, line, err);
    }
    if (rc == 0)
        reproduce_table(p, t);
    else
        mt_text_table_release(t);
    return rc;
}

static int print_log(const struct reproduce_page *p, const struct reproduced *e, struct mt_err *err)
{
    enum { N = MT_PUBLISHED_FIGURES };
    struct mt_text_column wide[2 + 2 * N] = {{.title = "epoch"}, {.title = "line"}};
    struct mt_text_column narrow[1 + N] = {{.title = "epoch"}};
    char printed[N][64], here[N][64];
    bool on_test = reproduce_on_test(p->r, e);
    for (int f = 0; f < N; f++) {
        const char *name = mt_published_figures[f];
        snprintf(printed[f], sizeof printed[f], "%s, printed", name);
        snprintf(here[f], sizeof here[f], "%s%s", name,
                 on_test && reproduce_is_validation(name) ? " (test set)" : "");
        wide[2 + 2 * f] = (struct mt_text_column){.title = printed[f], .digits = 4};
        wide[3 + 2 * f] = narrow[1 + f] = (struct mt_text_column){.title = here[f]};
    }
    struct mt_text_table means = {.column = wide, .n_columns = 2 + 2 * N},
                         seeds = {.column = narrow, .n_columns = 1 + N};
    reproduce_say(p, "%s: means over %d seeds with their 95 %% interval.", e->experiment->run,
                  reproduce_runs(p->r, e));
    if (print_lines(p, e, put_means, &means, err) < 0)
        return -1;
    reproduce_say(p, "%s: each seed from 0 on.", e->experiment->run);
    return print_lines(p, e, put_seeds, &seeds, err);
}

int reproduce_log(const struct reproduce_page *p, struct mt_err *err)
{
    const struct mt_published *published = &p->r->claims.published;
    for (int i = 0; i < p->r->claims.experiments.n; i++) {
        const struct reproduced *e = &p->r->list[i];
        bool printed = false;
        for (int k = 0; k < published->epochs.n; k++)
            printed |= !strcmp(mt_published_epoch_at(published, k)->run, e->experiment->run);
        if (printed && reproduce_shows(p, e) && print_log(p, e, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- precision, recall and F1 per class ---- */

static const struct mt_text_column class_columns[] = {
    {.title = "experiment"}, {.title = "from"}, {.title = "class"},  {.title = "precision"},
    {.title = "recall"},     {.title = "F1"},   {.title = "support"}};

static void put_score(struct mt_text_table *t, double score)
{
    char text[REPRODUCE_CELL] = "";
    if (!isnan(score))
        snprintf(text, sizeof text, "%.2f", score);
    mt_text_table_string(t, text);
}

static void put_printed(struct mt_text_table *t, const struct reproduce_page *p, const char *run)
{
    const struct mt_published *published = &p->r->claims.published;
    for (int i = 0; i < published->classes.n; i++) {
        const struct mt_published_class *c = mt_published_class_at(published, i);
        char from[REPRODUCE_CELL];
        if (strcmp(c->run, run) != 0)
            continue;
        snprintf(from, sizeof from, "printed, line %lld", (long long)c->line);
        mt_text_table_string(t, run);
        mt_text_table_string(t, from);
        mt_text_table_string(t, c->name);
        put_score(t, c->precision);
        put_score(t, c->recall);
        put_score(t, c->f1);
        if (c->support == MT_UNSET_INT)
            mt_text_table_empty(t);
        else
            mt_text_table_int(t, c->support);
    }
}

/* The reports of an experiment's runs; classes == 0 where a run has none. */
struct reports {
    struct mt_class_report v[MT_CLAIM_SEEDS];
    struct mt_claim_matrix sum;
    int n; /* that there are */
};

static void reports_free(struct reports *r, int seeds)
{
    for (int s = 0; r && s < seeds; s++)
        if (r->v[s].classes)
            mt_class_report_release(&r->v[s]);
    if (r)
        mt_claim_matrix_release(&r->sum);
    free(r);
}

static int read_report(struct reports *r, int seed, const struct mt_result *run, struct mt_err *err)
{
    struct mt_claim_matrix c;
    int rc = run->path ? mt_claim_matrix_read(&c, run, "test", err) : 0;
    if (rc != 1)
        return rc;
    if (mt_claim_matrix_add(&r->sum, &c, err) < 0 || mt_claim_matrix_report(&c, &r->v[seed], err) < 0) {
        r->v[seed].classes = 0;
        rc = -1;
    } else {
        r->n++;
    }
    mt_claim_matrix_release(&c);
    return rc;
}

/* NULL on failure. */
static struct reports *reports_new(const struct reproduction *r, const struct reproduced *e,
                                   struct mt_err *err)
{
    struct reports *reports = calloc(1, sizeof *reports);
    if (!reports)
        mt_err_memory(err, "reports", sizeof *reports);
    for (int s = 0; reports && s < r->seeds; s++) {
        if (read_report(reports, s, &e->run[s], err) < 0) {
            reports_free(reports, r->seeds);
            return NULL;
        }
    }
    return reports;
}

/* A row of means: of class k, or with k == classes the accuracy, and behind it the two averages. */
static struct mt_class_scores scores_at(const struct mt_class_report *r, int k)
{
    if (r->classes == 0)
        return (struct mt_class_scores){NAN, NAN, NAN};
    if (k < r->classes)
        return r->row[k].scores;
    if (k == r->classes)
        return (struct mt_class_scores){NAN, NAN, r->accuracy};
    return k == r->classes + 1 ? r->macro : r->weighted;
}

static void put_mean_row(struct mt_text_table *t, const struct reproduced *e, const struct reports *r,
                         int seeds, int k)
{
    static const char *const below[] = {"accuracy", "macro avg", "weighted avg"};
    double value[3][MT_CLAIM_SEEDS];
    char text[REPRODUCE_CELL];
    int classes = r->sum.classes;
    int64_t support = 0;
    for (int s = 0; s < seeds; s++) {
        struct mt_class_scores scores = scores_at(&r->v[s], k);
        value[0][s] = scores.precision;
        value[1][s] = scores.recall;
        value[2][s] = scores.f1;
        if (r->v[s].classes)
            support += k < classes ? r->v[s].row[k].support : r->v[s].n;
    }
    snprintf(text, sizeof text, "here, %d seed%s", r->n, r->n == 1 ? "" : "s");
    mt_text_table_string(t, e->experiment->run);
    mt_text_table_string(t, text);
    mt_text_table_string(t, k < classes ? r->sum.name[k] : below[k - classes]);
    for (int i = 0; i < 3; i++) {
        reproduce_mean(value[i], seeds, 2, text);
        mt_text_table_string(t, text);
    }
    mt_text_table_int(t, support / r->n);
}

int reproduce_classes(const struct reproduce_page *p, struct mt_err *err)
{
    struct mt_text_table t = {.column = class_columns, .n_columns = 7};
    for (int i = 0; i < p->r->claims.experiments.n; i++) {
        const struct reproduced *e = &p->r->list[i];
        if (!reproduce_shows(p, e))
            continue;
        put_printed(&t, p, e->experiment->run);
        struct reports *r = reports_new(p->r, e, err);
        if (!r) {
            mt_text_table_release(&t);
            return -1;
        }
        for (int k = 0; r->n && k < r->sum.classes + 3; k++)
            put_mean_row(&t, e, r, p->r->seeds, k);
        reports_free(r, p->r->seeds);
    }
    reproduce_table(p, &t);
    return 0;
}

/* ---- confusion matrices ---- */

#define WIDEST 40 /* classes of a matrix that is printed */

static void print_matrix(const struct reproduce_page *p, const struct mt_claim_matrix *c)
{
    struct mt_text_column column[WIDEST + 1] = {{.title = "true, and taken for"}};
    for (int k = 0; k < c->classes; k++)
        column[k + 1] = (struct mt_text_column){.title = c->name[k], .right = true};
    struct mt_text_table t = {.column = column, .n_columns = c->classes + 1};
    for (int y = 0; y < c->classes; y++) {
        mt_text_table_string(&t, c->name[y]);
        for (int k = 0; k < c->classes; k++)
            mt_text_table_int(&t, c->count[(size_t)y * (size_t)c->classes + (size_t)k]);
    }
    reproduce_table(p, &t);
}

int reproduce_confusion(const struct reproduce_page *p, struct mt_err *err)
{
    for (int i = 0; i < p->r->claims.experiments.n; i++) {
        const struct reproduced *e = &p->r->list[i];
        if (!reproduce_shows(p, e))
            continue;
        struct reports *r = reports_new(p->r, e, err);
        if (!r)
            return -1;
        if (r->n && r->sum.classes <= WIDEST) {
            reproduce_say(p, "%s, summed over %d seed%s:", e->experiment->run, r->n, r->n == 1 ? "" : "s");
            print_matrix(p, &r->sum);
        }
        reports_free(r, p->r->seeds);
    }
    return 0;
}
