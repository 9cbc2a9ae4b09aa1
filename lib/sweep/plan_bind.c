/* plan_bind.c: each combination of a sweep as a bound experiment. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sweep/bind.h"
#include "lib/sweep/planning.h"
#include "lib/train/stages.h"

static void label(const struct mt_sweep_plan *p, const struct mt_planned *task, struct mt_buf *out)
{
    const char *comma = "";
    for (int i = 0; i < p->n_parameters; i++) {
        if (i == p->seed_parameter || !*task->value[i])
            continue;
        mt_buf_printf(out, "%s%s=%s", comma, p->parameter[i], task->value[i]);
        comma = ", ";
    }
}

void mt_sweep_plan_label(const struct mt_sweep_plan *p, int task, struct mt_buf *out)
{
    label(p, &p->task[task], out);
}

/* What a combination says as text, before and after it is bound: paths are then absolute. */
static int print_values(const struct mt_planning *g, int t, struct mt_node *const *node)
{
    struct mt_planned *task = &g->plan->task[t];
    for (int i = 0; i < g->plan->n_parameters; i++) {
        struct mt_buf text = {0};
        const struct mt_node *value = node ? node[i] : g->space.row[t].value[i];
        mt_buf_puts(&text, "");
        if (value)
            mt_tree_print(value, &text);
        free(task->value[i]);
        task->value[i] = text.failed ? NULL : text.data;
        if (!task->value[i]) {
            mt_buf_release(&text);
            return -1;
        }
    }
    return 0;
}

static int lay_values(const struct mt_planning *g, int t, struct mt_bound *b, struct mt_node **laid,
                      struct mt_diag *diag)
{
    for (int i = 0; i < g->space.n_parameters; i++) {
        const struct mt_node *value = g->space.row[t].value[i];
        if (value && !(laid[i] = mt_conf_lay(b->conf, g->space.parameter[i].key, value, diag)))
            return -1;
    }
    return 0;
}

int mt_planning_no_memory(struct mt_planning *g)
{
    g->problems.failed = true;
    return -1;
}

void mt_planning_problem(struct mt_planning *g, int t, const struct mt_diag *diag)
{
    struct mt_buf text = {0};
    label(g->plan, &g->plan->task[t], &text);
    if (!text.len && g->plan->seed_parameter >= 0)
        mt_buf_printf(&text, "seed=%s", g->plan->task[t].value[g->plan->seed_parameter]);
    mt_problems_add(&g->problems, diag, text.data ? text.data : "");
    mt_buf_release(&text);
}

/* The seed as a number, however it was written. */
static int seed_value(struct mt_planning *g, struct mt_planned *task)
{
    int at = g->plan->seed_parameter;
    char *text;
    if (at < 0)
        return 0;
    if (asprintf(&text, "%lld", (long long)task->seed) < 0)
        return mt_planning_no_memory(g);
    free(task->value[at]);
    task->value[at] = text;
    return 0;
}

int mt_planning_bind(struct mt_planning *g, int t, struct mt_bound *b)
{
    struct mt_diag diag = {0};
    struct mt_node **laid = calloc((size_t)g->space.n_parameters + 1, sizeof *laid);
    *b = (struct mt_bound){.conf = mt_conf_copy(g->plan->conf, "sweep")};
    int rc = b->conf && laid ? lay_values(g, t, b, laid, &diag) : mt_planning_no_memory(g);
    if (rc == 0)
        rc = mt_sweep_bind(b->conf, &b->e, g->plan->name, &diag);
    if (rc == 0 && print_values(g, t, laid) < 0)
        rc = mt_planning_no_memory(g);
    if (rc == 0) {
        g->plan->task[t].seed = b->e.seed;
        rc = seed_value(g, &g->plan->task[t]);
    }
    for (int i = 0; rc == 0 && i < g->space.n_parameters; i++)
        if (laid[i] && mt_conf_take_paths(g->plan->conf, g->space.row[t].value[i], laid[i]) < 0)
            rc = mt_planning_no_memory(g);
    if (diag.errors)
        mt_planning_problem(g, t, &diag);
    free(laid);
    mt_diag_release(&diag);
    return rc;
}

void mt_bound_release(struct mt_bound *b)
{
    mt_conf_free(b->conf);
}

/* The data section with its paths: runs that agree in it share their samples. */
static char *data_text(const struct mt_experiment *e)
{
    struct mt_field fields[2] = {{0}};
    struct mt_buf text = {0};
    for (const struct mt_field *f = mt_experiment_fields; f->name; f++)
        if (!strcmp(f->name, "data"))
            fields[0] = *f;
    mt_conf_print(NULL, fields, e, false, &text);
    if (text.failed)
        mt_buf_release(&text);
    return text.data;
}

static int note_epochs(struct mt_planned *task, const struct mt_experiment *e)
{
    struct mt_stages stages;
    struct mt_err no_memory;
    if (mt_stages_new(&stages, e, &no_memory) < 0)
        return -1;
    task->epochs = e->train.epochs;
    task->last_stage = stages.v[stages.n - 1].first;
    mt_stages_release(&stages);
    return 0;
}

int mt_planning_bind_all(struct mt_planning *g)
{
    struct mt_sweep_plan *p = g->plan;
    for (int t = 0; t < p->n_tasks; t++) {
        struct mt_bound b;
        struct mt_planned *task = &p->task[t];
        task->cell = g->space.row[t].cell;
        task->seconds = NAN;
        if (!(task->value = calloc((size_t)p->n_parameters + 1, sizeof *task->value)) ||
            print_values(g, t, NULL) < 0)
            return mt_planning_no_memory(g);
        if (mt_planning_bind(g, t, &b) == 0) {
            if (note_epochs(task, &b.e) < 0 || !(g->data[t] = data_text(&b.e)))
                mt_planning_no_memory(g);
        }
        mt_bound_release(&b);
        if (g->problems.failed)
            return -1;
    }
    return g->problems.n ? -1 : 0;
}

void mt_planning_problem_at(struct mt_planning *g, int t, const struct mt_bound *b, const char *key,
                            const struct mt_err *err)
{
    struct mt_diag diag = {0};
    mt_conf_error(b->conf, key, &diag, "%s", err->text);
    diag.kind = err->kind;
    mt_planning_problem(g, t, &diag);
    mt_diag_release(&diag);
}
