/* plan_check.c: the runs of a sweep with their data open: shapes, memory, verdicts, names, time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/sweep/planning.h"
#include "lib/train/foresight.h"
#include "lib/train/identity.h"
#include "lib/train/needs.h"

static int name_run(struct mt_planned *task, const struct mt_setup *s, const struct mt_experiment *e,
                    struct mt_err *err)
{
    char id[MT_SHA256_HEX];
    if (mt_run_id(id, e, &s->splits, err) < 0)
        return -1;
    mt_rundir_name(task->run, e->name, id);
    return 0;
}

static int look_ahead(struct mt_planned *task, const struct mt_setup *s, const struct mt_experiment *e,
                      struct mt_err *err)
{
    struct mt_foresight f;
    struct mt_needs needs;
    mt_needs_of(&needs, s, e);
    task->memory = mt_needs_peak(&needs);
    task->samples = needs.samples + needs.lists;
    if (mt_foresight_new(&f, s->model, err) < 0)
        return -1;
    int at = 0;
    while (at < f.n - 1 && f.stage[at].warnings == 0)
        at++;
    task->verdict = mt_feasibility_word(&f.stage[at]);
    mt_foresight_release(&f);
    return 0;
}

/* What a step costs hangs on these. */
static char *shape_text(const struct mt_planned *task, const struct mt_setup *s,
                        const struct mt_experiment *e)
{
    struct mt_buf text = {0};
    mt_model_summary_json(s->model, &text);
    mt_buf_printf(&text, " %s %s %lld %lld %lld %d %d", e->head.kind->name, e->train.optimizer.kind->name,
                  (long long)s->model->max_batch, (long long)s->splits.train.n, (long long)task->memory,
                  e->train.conv, e->train.precision);
    if (text.failed)
        mt_buf_release(&text);
    return text.data;
}

static struct mt_shape_pace *pace_of(struct mt_planning *g, const char *shape)
{
    for (int i = 0; i < g->n_paces; i++)
        if (!strcmp(g->pace[i].shape, shape))
            return &g->pace[i];
    return NULL;
}

/* An estimate that cannot be made is no problem of the sweep's. */
static void estimate(struct mt_planning *g, struct mt_planned *task, struct mt_setup *s,
                     const struct mt_experiment *e)
{
    struct mt_err ignored;
    struct mt_memory_there there;
    struct mt_shape_pace one = {.shape = shape_text(task, s, e)},
                         *known = one.shape ? pace_of(g, one.shape) : NULL;
    mt_memory_there(&there);
    if (!one.shape || task->memory > there.real)
        goto out;
    if (!known) {
        struct mt_shape_pace *grown = realloc(g->pace, ((size_t)g->n_paces + 1) * sizeof *grown);
        if (!grown)
            goto out;
        g->pace = grown;
        if (mt_pace_measure(&one.pace, s, e, &ignored) < 0)
            one.pace = (struct mt_pace){NAN, NAN};
        known = &grown[g->n_paces++];
        *known = one;
        one.shape = NULL;
    }
    task->seconds = mt_pace_run(&known->pace, s, e);
out:
    free(one.shape);
}

/* `known` is a run that was looked at before, or NULL: the seed changes neither memory nor verdict. */
static void check_run(struct mt_planning *g, int t, const struct mt_splits *splits,
                      const struct mt_planned *known)
{
    struct mt_planned *task = &g->plan->task[t];
    struct mt_bound b;
    struct mt_setup s;
    struct mt_err err;
    const struct mt_talker silent = {0};
    const char *key = NULL;
    struct mt_setup_options o = {
        .threads = g->options->threads, .training = true, .splits = splits, .arrangements = g->arrangements};
    if (mt_planning_bind(g, t, &b) == 0) {
        int rc = mt_setup_open(&s, &b.e, &o, &silent, &key, &err);
        if (rc == 0) {
            key = b.e.train.init_from ? "train.init_from" : NULL;
            rc = name_run(task, &s, &b.e, &err);
            if (rc == 0 && known && known->cell == task->cell) {
                task->memory = known->memory;
                task->samples = known->samples;
                task->verdict = known->verdict;
            } else if (rc == 0) {
                rc = look_ahead(task, &s, &b.e, &err);
            }
            if (rc == 0 && g->options->estimate)
                estimate(g, task, &s, &b.e);
            mt_setup_release(&s);
        }
        if (rc < 0)
            mt_planning_problem_at(g, t, &b, key, &err);
    }
    mt_bound_release(&b);
}

/* All runs over the data of run `first`. */
static int check_group(struct mt_planning *g, int first, struct mt_pool *pool)
{
    struct mt_splits splits = {0};
    struct mt_err err;
    struct mt_bound b; /* the splits refer to it */
    const char *key = NULL;
    char *data = g->data[first];
    const struct mt_planned *known = NULL;
    int opened = mt_planning_bind(g, first, &b);
    if (opened == 0 && (opened = mt_splits_open(&splits, &b.e, pool, &key, &err)) < 0)
        mt_planning_problem_at(g, first, &b, key, &err);
    for (int t = first; t < g->plan->n_tasks && !g->problems.failed; t++) {
        if (!g->data[t] || strcmp(g->data[t], data) != 0)
            continue;
        g->plan->task[t].data = first;
        if (opened == 0)
            check_run(g, t, &splits, known);
        known = &g->plan->task[t];
        if (t != first)
            free(g->data[t]);
        g->data[t] = NULL;
    }
    g->data[first] = NULL; /* also where memory ran out before it was looked at */
    free(data);
    if (opened == 0)
        mt_splits_release(&splits);
    mt_bound_release(&b);
    return g->problems.failed ? -1 : 0;
}

int mt_planning_check_all(struct mt_planning *g, struct mt_diag *diag)
{
    struct mt_pool *pool;
    struct mt_err err;
    int rc = 0;
    if (mt_pool_new(&pool, g->options->threads ? g->options->threads : mt_pool_cpus(), &err) < 0) {
        mt_conf_error(g->plan->conf, NULL, diag, "%s", err.text);
        diag->kind = err.kind;
        return -1;
    }
    for (int t = 0; t < g->plan->n_tasks && rc == 0; t++)
        if (g->data[t])
            rc = check_group(g, t, pool);
    mt_pool_free(pool);
    return rc < 0 || g->problems.n || g->problems.failed ? -1 : 0;
}
