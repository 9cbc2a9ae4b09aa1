/* csv.c: a sweep's answer as CSV: a row per cell and metric; effects, a row per value and metric. */
#include <stdlib.h>

#include "lib/answer/answer.h"
#include "lib/compare/columns.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

#define DIFFERENCE(prefix)                                                                                   \
    prefix "pairs", prefix "unpaired", prefix "difference", prefix "difference_sd", prefix "difference_low", \
        prefix "difference_high", prefix "t", prefix "p", prefix "p_holm", prefix "p_signed_rank",           \
        prefix "says"
#define DIFFERENCE_COLUMNS 11

static const char *const of_cell[] = {"cell", "label"};
static const char *const of_runs[] = {"runs",    "complete",   "collapsed", "diverged", "failed",
                                      "dropped", "unfinished", "missing",   "damaged",  "validation_is_test"};
static const char *const of_metric[] = {"best",
                                        "baseline",
                                        "candidate",
                                        "metric",
                                        "role",
                                        "seeds",
                                        "mean",
                                        "sd",
                                        "low",
                                        "high",
                                        DIFFERENCE("best_"),
                                        DIFFERENCE("baseline_")};

static void put_difference(struct mt_text_table *t, const struct mt_comparison *c, int group, int metric,
                           struct mt_buf *text)
{
    const struct mt_group_difference *d = &c->difference[group * c->n_metrics + metric];
    if (c->n_groups == 0 || group == c->baseline) {
        for (int i = 0; i < DIFFERENCE_COLUMNS; i++)
            mt_text_table_empty(t);
        return;
    }
    mt_text_table_int(t, d->pairs.n);
    mt_text_table_int(t, d->pairs.missing);
    mt_text_table_real(t, d->pairs.mean);
    mt_text_table_real(t, d->pairs.sd);
    mt_text_table_real(t, d->pairs.low);
    mt_text_table_real(t, d->pairs.high);
    mt_text_table_real(t, d->pairs.t);
    mt_text_table_real(t, d->pairs.p);
    mt_text_table_real(t, d->p_holm);
    mt_text_table_real(t, d->p_signed_rank);
    mt_difference_words(d, text);
    mt_text_table_take(t, text);
}

static const char *role_of(const struct mt_answer *a, int metric)
{
    if (metric == a->chosen_by)
        return metric == a->reported ? "chosen by, reported" : "chosen by";
    return metric == a->reported ? "reported" : NULL;
}

static void put_row(struct mt_text_table *t, const struct mt_answer *a, int cell, int metric,
                    struct mt_buf *text)
{
    const struct mt_comparison *c = &a->from_baseline;
    bool any = metric < c->n_metrics;
    const struct mt_sample *s = any ? &c->figure[cell * c->n_metrics + metric].seeds : NULL;
    mt_text_table_int(t, cell);
    mt_text_table_string(t, c->group[cell].label);
    for (int p = 0; p < a->sweep->n_parameters; p++)
        if (p != a->sweep->seed_parameter)
            mt_text_table_string(t, mt_cell_value(a, cell, p));
    mt_text_table_int(t, a->cell[cell].n_tasks);
    for (int i = 0; i < MT_TASK_STATES; i++)
        mt_text_table_int(t, a->cell[cell].in_state[i]);
    mt_text_table_bool(t, c->group[cell].validation_is_test);
    mt_text_table_bool(t, cell == a->best);
    mt_text_table_bool(t, cell == c->baseline);
    mt_text_table_bool(t, a->cell[cell].candidate);
    if (!any) {
        for (int i = 3; i < COUNT(of_metric); i++)
            mt_text_table_empty(t);
        return;
    }
    mt_text_table_string(t, c->metric[metric]);
    mt_text_table_string(t, role_of(a, metric));
    mt_text_table_int(t, s->n);
    mt_text_table_real(t, s->mean);
    mt_text_table_real(t, s->sd);
    mt_text_table_real(t, s->low);
    mt_text_table_real(t, s->high);
    put_difference(t, &a->from_best, cell, metric, text);
    put_difference(t, c, cell, metric, text);
}

static int add_titles(struct mt_text_column *column, int n, const char *const *title, int titles)
{
    for (int i = 0; i < titles; i++)
        column[n++].title = title[i];
    return n;
}

/* A sweep of which no run has ended has a row per cell, without a metric. */
void mt_answer_csv(const struct mt_answer *a, struct mt_buf *out)
{
    int n = 0, rows = a->from_baseline.n_metrics ? a->from_baseline.n_metrics : 1;
    struct mt_text_column *column =
        calloc((size_t)(COUNT(of_cell) + a->sweep->n_parameters + COUNT(of_runs) + COUNT(of_metric)),
               sizeof *column);
    struct mt_text_table t = {.column = column};
    struct mt_buf text = {0};
    if (!column) {
        out->failed = true;
        return;
    }
    n = add_titles(column, n, of_cell, COUNT(of_cell));
    for (int p = 0; p < a->sweep->n_parameters; p++)
        if (p != a->sweep->seed_parameter)
            column[n++].title = a->sweep->parameter[p];
    n = add_titles(column, n, of_runs, COUNT(of_runs));
    t.n_columns = add_titles(column, n, of_metric, COUNT(of_metric));
    for (int i = 0; i < a->n_cells; i++)
        for (int m = 0; m < rows; m++)
            put_row(&t, a, i, m, &text);
    mt_text_table_print(&t, MT_TEXT_CSV, out);
    mt_text_table_release(&t);
    mt_buf_release(&text);
    free(column);
}

void mt_answer_effects_csv(const struct mt_answer *a, struct mt_buf *out)
{
    static const char *const title[] = {"parameter", "value", "against",     "matched_cells",
                                        "metric",    "role",  DIFFERENCE("")};
    struct mt_text_column column[COUNT(title)] = {{0}};
    struct mt_text_table t = {.column = column, .n_columns = add_titles(column, 0, title, COUNT(title))};
    struct mt_buf text = {0};
    for (int e = 0; e < a->n_effects; e++) {
        const struct mt_comparison *c = &a->effect[e].c;
        for (int g = 0; g < c->n_groups; g++)
            for (int m = 0; m < c->n_metrics && g != c->baseline; m++) {
                mt_text_table_string(&t, a->sweep->parameter[a->effect[e].parameter]);
                mt_text_table_string(&t, c->group[g].label);
                mt_text_table_string(&t, c->group[c->baseline].label);
                mt_text_table_int(&t, a->effect[e].cells[g]);
                mt_text_table_string(&t, c->metric[m]);
                mt_text_table_string(&t, role_of(a, m));
                put_difference(&t, c, g, m, &text);
            }
    }
    mt_text_table_print(&t, MT_TEXT_CSV, out);
    mt_text_table_release(&t);
    mt_buf_release(&text);
}
