#include "lib/answer/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answer/choice.h"
#include "lib/answer/grouping.h"
#include "lib/data/number.h"

#define MOST_METRICS 40
#define KEY 96

/* --- which figures --- */

struct metrics {
    char key[MOST_METRICS][KEY];
    const char *list[MOST_METRICS];
    int n;
};

static bool any_has(const struct mt_sweep_runs *runs, const char *key)
{
    for (int i = 0; i < runs->results.n; i++)
        if (mt_result_has_figure(&runs->results.v[i], key))
            return true;
    return false;
}

/* Returns its place, also where it is there already; -1: no run has it. */
static int add_metric(struct metrics *m, const struct mt_sweep_runs *runs, const char *key)
{
    for (int i = 0; i < m->n; i++)
        if (!strcmp(m->key[i], key))
            return i;
    if (m->n == MOST_METRICS || strlen(key) >= KEY || !any_has(runs, key))
        return -1;
    snprintf(m->key[m->n], KEY, "%s", key);
    m->list[m->n] = m->key[m->n];
    return m->n++;
}

/* What follows the split in a metric's name: "accuracy" of "val_accuracy", "best_val_accuracy" and
 * "validation_accuracy"; NULL for what is of no split. */
static const char *split_figure(const char *name, enum mt_choice_ground *ground)
{
    static const struct {
        const char *prefix;
        enum mt_choice_ground ground;
    } splits[] = {{"val_", MT_CHOSEN_ON_VALIDATION},      {"validation_", MT_CHOSEN_ON_VALIDATION},
                  {"best_val_", MT_CHOSEN_ON_VALIDATION}, {"last_val_", MT_CHOSEN_ON_VALIDATION},
                  {"test_", MT_CHOSEN_ON_TEST},           {"train_", MT_CHOSEN_ON_TRAIN},
                  {"best_train_", MT_CHOSEN_ON_TRAIN},    {"last_train_", MT_CHOSEN_ON_TRAIN}};
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++)
        if (!strncmp(name, splits[i].prefix, strlen(splits[i].prefix))) {
            *ground = splits[i].ground;
            return name + strlen(splits[i].prefix);
        }
    return NULL;
}

/* The metric that is reported: the same figure of the test samples, else their accuracy, else the metric. */
static int find_reported(const struct mt_answer *a, struct metrics *m)
{
    char key[KEY + 8];
    enum mt_choice_ground ground;
    const char *figure = a->chosen_by < 0 ? NULL : split_figure(m->key[a->chosen_by], &ground);
    int at = -1;
    if (figure) {
        snprintf(key, sizeof key, "test_%s", figure);
        at = add_metric(m, a->runs, key);
    }
    if (at < 0)
        at = add_metric(m, a->runs, "test_accuracy");
    return at < 0 ? a->chosen_by : at;
}

static void choose_metrics(struct mt_answer *a, struct metrics *m)
{
    static const char *const endings[] = {
        "accuracy", "center_accuracy", "knn_accuracy",  "macro_f1",
        "loss",     "angle_within",    "angle_between", "angle_between_min"};
    static const char *const more[] = {"last_val_accuracy", "best_val_accuracy", "last_val_loss",
                                       "best_val_loss",     "best_epoch",        "epochs"};
    const char *name = a->sweep->section->metric.name;
    char key[KEY + 32];
    a->ground = MT_CHOSEN_ON_VALIDATION;
    split_figure(name, &a->ground);
    a->chosen_by = add_metric(m, a->runs, name);
    a->reported = find_reported(a, m);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
            snprintf(key, sizeof key, "%s_%s", k ? "validation" : "test", endings[i]);
            add_metric(m, a->runs, key);
        }
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        add_metric(m, a->runs, more[i]);
    for (int i = 0; i < a->runs->results.n; i++)
        if (a->runs->results.v[i].validation_is_test && a->ground == MT_CHOSEN_ON_VALIDATION)
            a->ground = MT_CHOSEN_ON_TEST;
}

/* --- the cells --- */

static void note_dropped(struct mt_sweep_cell *cell, const struct mt_task_run *run)
{
    size_t before = strlen(MT_SWEEP_DROPPED);
    if (run->state != MT_TASK_DROPPED || strncmp(run->reason, MT_SWEEP_DROPPED, before) != 0)
        return;
    long epochs = strtol(run->reason + before, NULL, 10);
    snprintf(cell->dropped, sizeof cell->dropped, "dropped after %ld epoch%s", epochs,
             epochs == 1 ? "" : "s");
}

static int count_states(struct mt_answer *a, struct mt_err *err)
{
    const struct mt_sweep *s = a->sweep;
    if (!(a->cell = calloc((size_t)s->n_cells + 1, sizeof *a->cell)))
        return mt_err_memory(err, "cells", (size_t)s->n_cells * sizeof *a->cell);
    a->n_cells = s->n_cells;
    for (int i = s->n_tasks - 1; i >= 0; i--) {
        struct mt_sweep_cell *cell = &a->cell[s->task[i].cell];
        cell->first_task = i;
        cell->n_tasks++;
        cell->in_state[a->runs->task[i].state]++;
        note_dropped(cell, &a->runs->task[i]);
        a->in_state[a->runs->task[i].state]++;
    }
    for (int i = 0; i < a->n_cells; i++)
        a->n_seeds = a->cell[i].n_tasks > a->n_seeds ? a->cell[i].n_tasks : a->n_seeds;
    return 0;
}

/* The one that is named; else the first without a margin; else the first. */
static int find_baseline(const struct mt_answer *a)
{
    if (a->sweep->baseline >= 0)
        return a->sweep->baseline;
    for (int p = 0; p < a->sweep->n_parameters; p++) {
        const char *dot = strrchr(a->sweep->parameter[p], '.');
        if (!dot || strcmp(dot, ".m"))
            continue;
        for (int i = 0; i < a->n_cells; i++) {
            const char *value = mt_cell_value(a, i, p);
            double margin;
            if (mt_parse_number(value, strlen(value), &margin) && margin == 0)
                return i;
        }
    }
    return 0;
}

static int group_cells(struct mt_answer *a, struct mt_comparison *c, int baseline, const struct metrics *m,
                       struct mt_err *err)
{
    int *group = calloc((size_t)a->sweep->n_tasks + 1, sizeof *group);
    char **label = mt_cell_labels(a);
    int rc = -1;
    if (!group || !label) {
        mt_err_memory(err, "cells", (size_t)a->n_cells * sizeof *label);
        goto out;
    }
    for (int i = 0; i < a->sweep->n_tasks; i++)
        group[i] = a->sweep->task[i].cell;
    struct mt_grouping how = {.group_of = group,
                              .n_groups = a->n_cells,
                              .n_matches = 1,
                              .baseline = baseline,
                              .label = (const char *const *)label,
                              .metric = m->list,
                              .n_metrics = m->n};
    rc = mt_group_tasks(c, &how, a->sweep, a->runs, err);
out:
    for (int i = 0; i < a->n_cells && label; i++)
        free(label[i]);
    free(label);
    free(group);
    return rc;
}

int mt_answer_find(struct mt_answer *a, const struct mt_sweep *sweep, const struct mt_sweep_runs *runs,
                   struct mt_err *err)
{
    struct metrics m = {.n = 0};
    memset(a, 0, sizeof *a);
    a->sweep = sweep;
    a->runs = runs;
    a->minimize = mt_sweep_minimizes(sweep->section);
    int rc = count_states(a, err);
    choose_metrics(a, &m);
    if (rc == 0)
        rc = group_cells(a, &a->from_baseline, find_baseline(a), &m, err);
    if (rc == 0)
        mt_choice_make(a);
    if (rc == 0 && a->best >= 0)
        rc = group_cells(a, &a->from_best, a->best, &m, err);
    if (rc == 0 && a->best >= 0)
        rc = mt_choice_correct(a, err);
    if (rc == 0)
        rc = mt_effects_find(a, err);
    if (rc < 0)
        mt_answer_release(a);
    return rc;
}

void mt_answer_release(struct mt_answer *a)
{
    for (int i = 0; i < a->n_effects; i++) {
        free(a->effect[i].cells);
        mt_comparison_release(&a->effect[i].c);
    }
    free(a->effect);
    free(a->cell);
    mt_comparison_release(&a->from_best);
    mt_comparison_release(&a->from_baseline);
    memset(a, 0, sizeof *a);
}
