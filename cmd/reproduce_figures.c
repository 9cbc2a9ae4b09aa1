/* reproduce_figures.c: figures of the experiments of a notebook over seeds, and what to know about the runs.
 */
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "cmd/reproduce_print.h"
#include "lib/claims/changes.h"
#include "lib/claims/figure.h"

struct figure {
    const char *key, *title;
    double scale;
    int digits; /* -1: by size */
};

#define MOST_FIGURES 32

static const struct figure figures[] = {
    {"epochs", "epochs", 1, 1},
    {"validation_accuracy", "validation %", 100, 2},
    {"test_accuracy", "accuracy %", 100, 2},
    {"test_center_accuracy", "by center %", 100, 2},
    {"test_knn_accuracy", "by kNN %", 100, 2},
    {"test_macro_f1", "macro F1", 1, 4},
    {"test_angle_within", "within, degrees", 1, 1},
    {"test_angle_between", "between, degrees", 1, 1},
    {"test_angle_between_min", "nearest two, degrees", 1, 1},
};
enum { FIGURES = sizeof figures / sizeof *figures };

/* The values of a figure in the runs of an experiment, not-a-number where a run is not of `state` (-1: of
 * any). */
static int values_of(const struct reproduction *r, const struct reproduced *e, const struct figure *f,
                     int state, double value[MT_CLAIM_SEEDS], struct mt_err *err)
{
    for (int s = 0; s < r->seeds; s++) {
        value[s] = NAN;
        if (!e->run[s].path || (state >= 0 && (int)e->run[s].status.state != state))
            continue;
        if (mt_claim_figure(&e->run[s], f->key, &value[s], err) < 0)
            return -1;
        value[s] *= f->scale;
    }
    return 0;
}

static bool any(const double *value, int n)
{
    for (int i = 0; i < n; i++)
        if (!isnan(value[i]))
            return true;
    return false;
}

static int runs_in(const struct reproduction *r, const struct reproduced *e, int state)
{
    int n = 0;
    for (int s = 0; s < r->seeds; s++)
        n += e->run[s].path && (int)e->run[s].status.state == state;
    return n;
}

static void put_states(struct mt_text_table *t, const struct reproduction *r, const struct reproduced *e,
                       int only)
{
    struct mt_buf b = {0};
    for (int state = 0; mt_run_state_names[state]; state++) {
        int n = only < 0 || state == only ? runs_in(r, e, state) : 0;
        if (n)
            mt_buf_printf(&b, "%s%d %s", b.len ? ", " : "", n, mt_run_state_names[state]);
    }
    mt_text_table_string(t, b.data ? b.data : "none");
    mt_buf_release(&b);
}

static int put_row(struct mt_text_table *t, const struct reproduction *r, const struct reproduced *e,
                   int state, const struct figure *figure, int n, struct mt_err *err)
{
    double value[MT_CLAIM_SEEDS];
    bool on_test = reproduce_on_test(r, e);
    char text[REPRODUCE_CELL], cell[REPRODUCE_CELL + 16];
    mt_text_table_string(t, e->experiment->run);
    put_states(t, r, e, state);
    for (int i = 0; i < n; i++) {
        if (values_of(r, e, &figure[i], state, value, err) < 0)
            return -1;
        reproduce_mean(value, r->seeds, figure[i].digits, text);
        snprintf(cell, sizeof cell, "%s%s", text,
                 text[0] && on_test && reproduce_is_validation(figure[i].key) ? " (test set)" : "");
        mt_text_table_string(t, cell);
    }
    return 0;
}

/* A row over all seeds, and where some of them collapsed one over those that did not. */
static int put_rows(struct mt_text_table *t, const struct reproduction *r, const struct reproduced *e,
                    const struct figure *figure, int n, struct mt_err *err)
{
    if (put_row(t, r, e, -1, figure, n, err) < 0)
        return -1;
    bool split = runs_in(r, e, MT_RUN_COLLAPSED) && runs_in(r, e, MT_RUN_COMPLETE);
    return split ? put_row(t, r, e, MT_RUN_COMPLETE, figure, n, err) : 0;
}

/* Of the figures, those that a run of the page has; returns how many. */
static int used(const struct reproduce_page *p, const struct figure *from, int n, struct figure *to,
                struct mt_err *err)
{
    double value[MT_CLAIM_SEEDS];
    int kept = 0;
    for (int f = 0; f < n; f++) {
        bool is_used = false;
        for (int i = 0; i < p->r->claims.experiments.n && !is_used; i++) {
            if (!reproduce_shows(p, &p->r->list[i]))
                continue;
            if (values_of(p->r, &p->r->list[i], &from[f], -1, value, err) < 0)
                return -1;
            is_used = any(value, p->r->seeds);
        }
        if (is_used)
            to[kept++] = from[f];
    }
    return kept;
}

static int print(const struct reproduce_page *p, const struct figure *from, int n, struct mt_err *err)
{
    struct figure figure[MOST_FIGURES];
    struct mt_text_column column[MOST_FIGURES + 2] = {{.title = "experiment"}, {.title = "runs"}};
    if ((n = used(p, from, n, figure, err)) < 0)
        return -1;
    for (int i = 0; i < n; i++)
        column[2 + i].title = figure[i].title;
    struct mt_text_table t = {.column = column, .n_columns = 2 + n};
    int rc = 0;
    for (int i = 0; i < p->r->claims.experiments.n && rc == 0; i++)
        if (reproduce_shows(p, &p->r->list[i]))
            rc = put_rows(&t, p->r, &p->r->list[i], figure, n, err);
    if (rc == 0)
        reproduce_table(p, &t);
    else
        mt_text_table_release(&t);
    return rc;
}

int reproduce_asked_figures(const struct reproduce_page *p, const struct mt_claim_table *t,
                            struct mt_err *err)
{
    struct figure asked[MOST_FIGURES];
    int n = t->figures.n < MOST_FIGURES ? t->figures.n : MOST_FIGURES;
    for (int i = 0; i < n; i++)
        asked[i] = (struct figure){t->figures.v[i], t->figures.v[i], 1, -1};
    return print(p, asked, n, err);
}

/* ---- what to know about the runs ---- */

/* Settings that are not those of the experiment's file; said once where seeds agree. */
static void say_changes(const struct reproduce_page *p, const struct reproduced *e)
{
    struct mt_buf last = {0};
    for (int s = 0; s < p->r->seeds; s++) {
        struct mt_buf b = {0};
        if (e->run[s].path)
            mt_claim_changes(&e->settings, &e->run[s], &b);
        if (b.len && (!last.data || strcmp(b.data, last.data) != 0)) {
            reproduce_item(p, "%s, from seed %d on, was trained with %s, which its file does not say.",
                           e->experiment->run, s, b.data);
            mt_buf_release(&last);
            last = b;
        } else {
            mt_buf_release(&b);
        }
    }
    mt_buf_release(&last);
}

static void say_reasons(const struct reproduce_page *p, const struct reproduced *e)
{
    for (int s = 0; s < p->r->seeds; s++) {
        const struct mt_status *status = &e->run[s].status;
        if (e->run[s].path && (status->state == MT_RUN_COLLAPSED || status->state == MT_RUN_DIVERGED))
            reproduce_item(p, "%s, seed %d, %s: %s.", e->experiment->run, s,
                           mt_run_state_names[status->state], status->reason);
    }
}

int reproduce_figures(const struct reproduce_page *p, struct mt_err *err)
{
    bool on_test = false;
    if (print(p, figures, FIGURES, err) < 0)
        return -1;
    size_t before = p->out->len;
    for (int i = 0; i < p->r->claims.experiments.n; i++) {
        const struct reproduced *e = &p->r->list[i];
        if (!reproduce_shows(p, e))
            continue;
        say_changes(p, e);
        say_reasons(p, e);
        on_test = on_test || reproduce_on_test(p->r, e);
    }
    if (on_test)
        reproduce_item(
            p, "Validation is on the test images here, as published: what is chosen by it is not judged "
               "on images that the choice has not seen.");
    if (p->out->len > before)
        mt_buf_puts(p->out, "\n");
    return 0;
}
