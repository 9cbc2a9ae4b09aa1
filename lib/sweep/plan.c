/* plan.c: every run of a sweep, bound and checked. */
#include "lib/sweep/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sweep/bind.h"
#include "lib/sweep/problems.h"
#include "lib/sweep/space.h"
#include "lib/train/foresight.h"
#include "lib/train/identity.h"
#include "lib/train/needs.h"
#include "lib/sweep/draw.h"
#include "lib/train/setup.h"

/* A plan in the making. */
struct planning {
    struct mt_sweep_plan *plan;
    const struct mt_sweep_plan_options *options;
    struct mt_space space;
    struct mt_problems problems;
    char **data; /* (tasks) the data section of each run as text; NULL: the run has a problem */
};

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

/* --- one run --- */

/* What a combination says as text, before and after it is bound: paths are then absolute. */
static int print_values(const struct planning *g, int t, struct mt_node *const *node)
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

struct bound {
    struct mt_conf *conf;
    struct mt_experiment e;
};

static int lay_values(const struct planning *g, int t, struct bound *b, struct mt_node **laid,
                      struct mt_diag *diag)
{
    for (int i = 0; i < g->space.n_parameters; i++) {
        const struct mt_node *value = g->space.row[t].value[i];
        if (value && !(laid[i] = mt_conf_lay(b->conf, g->space.parameter[i].key, value, diag)))
            return -1;
    }
    return 0;
}

static int no_memory(struct planning *g)
{
    g->problems.failed = true;
    return -1;
}

static void problem(struct planning *g, int t, const struct mt_diag *diag)
{
    struct mt_buf text = {0};
    label(g->plan, &g->plan->task[t], &text);
    mt_problems_add(&g->problems, diag, text.data ? text.data : "");
    mt_buf_release(&text);
}

/* Binds run `t`; to be released in both cases. Returns -1 after noting its problems. */
static int bind(struct planning *g, int t, struct bound *b)
{
    struct mt_diag diag = {0};
    struct mt_node **laid = calloc((size_t)g->space.n_parameters + 1, sizeof *laid);
    *b = (struct bound){.conf = mt_conf_copy(g->plan->conf, "sweep")};
    int rc = b->conf && laid ? lay_values(g, t, b, laid, &diag) : no_memory(g);
    if (rc == 0)
        rc = mt_sweep_bind(b->conf, &b->e, g->plan->name, &diag);
    if (rc == 0 && print_values(g, t, laid) < 0)
        rc = no_memory(g);
    for (int i = 0; rc == 0 && i < g->space.n_parameters; i++)
        if (laid[i] && mt_conf_take_paths(g->plan->conf, g->space.row[t].value[i], laid[i]) < 0)
            rc = no_memory(g);
    if (diag.errors)
        problem(g, t, &diag);
    free(laid);
    mt_diag_release(&diag);
    return rc;
}

static void unbind(struct bound *b)
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

static int seed_value(struct planning *g, struct mt_planned *task)
{
    int at = g->plan->seed_parameter;
    char *text;
    if (at < 0)
        return 0;
    if (asprintf(&text, "%lld", (long long)task->seed) < 0)
        return no_memory(g);
    free(task->value[at]);
    task->value[at] = text;
    return 0;
}

static int bind_all(struct planning *g)
{
    struct mt_sweep_plan *p = g->plan;
    for (int t = 0; t < p->n_tasks; t++) {
        struct bound b;
        struct mt_planned *task = &p->task[t];
        task->cell = g->space.row[t].cell;
        if (!(task->value = calloc((size_t)p->n_parameters + 1, sizeof *task->value)) ||
            print_values(g, t, NULL) < 0)
            return no_memory(g);
        if (bind(g, t, &b) == 0) {
            task->seed = b.e.seed;
            task->epochs = b.e.train.epochs;
            if (!(g->data[t] = data_text(&b.e)) || seed_value(g, task) < 0)
                no_memory(g);
        }
        unbind(&b);
        if (g->problems.failed)
            return -1;
    }
    return g->problems.n ? -1 : 0;
}

/* --- shapes and names, with the data open --- */

static void at_key(struct planning *g, int t, const struct bound *b, const char *key,
                   const struct mt_err *err)
{
    struct mt_diag diag = {0};
    mt_conf_error(b->conf, key, &diag, "%s", err->text);
    diag.kind = err->kind;
    problem(g, t, &diag);
    mt_diag_release(&diag);
}

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
    if (mt_foresight_new(&f, s->model, err) < 0)
        return -1;
    int at = 0;
    while (at < f.n - 1 && f.stage[at].warnings == 0)
        at++;
    task->verdict = mt_feasibility_word(&f.stage[at]);
    mt_foresight_release(&f);
    return 0;
}

/* `known` is a run that was looked at before, or NULL: the seed changes neither memory nor verdict. */
static void check_run(struct planning *g, int t, const struct mt_splits *splits,
                      const struct mt_planned *known)
{
    struct mt_planned *task = &g->plan->task[t];
    struct bound b;
    struct mt_setup s;
    struct mt_err err;
    const struct mt_talker silent = {0};
    const char *key = NULL;
    struct mt_setup_options o = {.threads = g->options->threads, .training = true, .splits = splits};
    if (bind(g, t, &b) == 0) {
        int rc = mt_setup_open(&s, &b.e, &o, &silent, &key, &err);
        if (rc == 0) {
            key = b.e.train.init_from ? "train.init_from" : NULL;
            rc = name_run(task, &s, &b.e, &err);
            if (rc == 0 && known && known->cell == task->cell) {
                task->memory = known->memory;
                task->verdict = known->verdict;
            } else if (rc == 0) {
                rc = look_ahead(task, &s, &b.e, &err);
            }
            mt_setup_release(&s);
        }
        if (rc < 0)
            at_key(g, t, &b, key, &err);
        else
            seed_value(g, task);
    }
    unbind(&b);
}

/* All runs over the data of run `first`. */
static int check_group(struct planning *g, int first, struct mt_pool *pool)
{
    struct mt_splits splits = {0};
    struct mt_err err;
    struct bound b; /* the splits refer to it */
    const char *key = NULL;
    char *data = g->data[first];
    const struct mt_planned *known = NULL;
    int opened = bind(g, first, &b);
    if (opened == 0 && (opened = mt_splits_open(&splits, &b.e, pool, &key, &err)) < 0)
        at_key(g, first, &b, key, &err);
    for (int t = first; t < g->plan->n_tasks && !g->problems.failed; t++) {
        if (!g->data[t] || strcmp(g->data[t], data) != 0)
            continue;
        if (opened == 0)
            check_run(g, t, &splits, known);
        known = &g->plan->task[t];
        if (t != first)
            free(g->data[t]);
        g->data[t] = NULL;
    }
    free(data);
    if (opened == 0)
        mt_splits_release(&splits);
    unbind(&b);
    return g->problems.failed ? -1 : 0;
}

static int check_all(struct planning *g, struct mt_diag *diag)
{
    struct mt_pool *pool;
    struct mt_err err;
    int rc = 0;
    if (mt_pool_new(&pool, g->options->threads ? g->options->threads : mt_pool_cpus(), &err) < 0) {
        mt_conf_error(g->plan->conf, NULL, diag, "%s", err.text);
        return -1;
    }
    for (int t = 0; t < g->plan->n_tasks && rc == 0; t++)
        if (g->data[t])
            rc = check_group(g, t, pool);
    mt_pool_free(pool);
    return rc < 0 || g->problems.n ? -1 : 0;
}

/* --- runs that are the same --- */

static int note(struct mt_sweep_plan *p, const char *text)
{
    char **grown = realloc(p->notes.v, ((size_t)p->notes.n + 1) * sizeof *grown);
    if (!grown)
        return -1;
    p->notes.v = grown;
    if (!(grown[p->notes.n] = strdup(text)))
        return -1;
    p->notes.n++;
    return 0;
}

struct named {
    const char *run;
    int task;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->run, y->run);
    return order ? order : x->task - y->task;
}

static void release_task(const struct mt_sweep_plan *p, struct mt_planned *task)
{
    for (int i = 0; task->value && i < p->n_parameters; i++)
        free(task->value[i]);
    free(task->value);
    *task = (struct mt_planned){0};
}

static int note_same(struct mt_sweep_plan *p, int first, int again)
{
    struct mt_buf text = {0};
    if (p->notes.n && p->task[first].cell == p->task[again].cell &&
        p->task[again].seed != p->task[first].seed)
        return 0;
    mt_buf_puts(&text, "the same run twice, planned once: ");
    mt_sweep_plan_label(p, first, &text);
    mt_buf_puts(&text, p->task[first].cell == p->task[again].cell ? "" : " and ");
    if (p->task[first].cell != p->task[again].cell)
        mt_sweep_plan_label(p, again, &text);
    mt_buf_printf(&text, ", seed %lld", (long long)p->task[again].seed);
    int rc = text.failed ? -1 : note(p, text.data);
    mt_buf_release(&text);
    return rc;
}

/* Takes tasks out that have the run of an earlier one, and counts cells anew. */
static int drop_doubles(struct mt_sweep_plan *p)
{
    struct named *all = calloc((size_t)p->n_tasks, sizeof *all);
    bool *gone = calloc((size_t)p->n_tasks, sizeof *gone);
    int rc = all && gone ? 0 : -1, kept = 0, cell = -1, before = -1;
    for (int t = 0; rc == 0 && t < p->n_tasks; t++)
        all[t] = (struct named){p->task[t].run, t};
    if (rc == 0)
        qsort(all, (size_t)p->n_tasks, sizeof *all, by_name);
    for (int i = 1, first = 0; rc == 0 && i < p->n_tasks; i++) {
        if (strcmp(all[i].run, all[first].run) != 0) {
            first = i;
            continue;
        }
        gone[all[i].task] = true;
        rc = note_same(p, all[first].task, all[i].task);
    }
    for (int t = 0; rc == 0 && t < p->n_tasks; t++) {
        if (gone[t]) {
            release_task(p, &p->task[t]);
            continue;
        }
        cell += p->task[t].cell != before;
        before = p->task[t].cell;
        p->task[kept] = p->task[t];
        p->task[kept++].cell = cell;
    }
    if (rc == 0) {
        p->n_tasks = kept;
        p->n_cells = cell + 1;
    }
    free(all);
    free(gone);
    return rc;
}

/* --- all of it --- */

static int find_baseline(struct mt_sweep_plan *p, struct mt_diag *diag)
{
    const struct mt_node *map = ((const struct mt_sweep_section *)p->sweep->cfg)->baseline;
    int cells = 0;
    p->baseline = -1;
    for (int t = 0; map && t < p->n_tasks; t++) {
        if (p->task[t].cell == p->baseline ||
            !mt_values_agree(map, p->parameter, p->n_parameters, p->task[t].value))
            continue;
        cells++;
        if (p->baseline < 0)
            p->baseline = p->task[t].cell;
    }
    if (map && cells == 0)
        return mt_tree_error(map, diag, "sweep.baseline: no cell has these values");
    if (cells > 1)
        return mt_tree_error(map, diag, "sweep.baseline: %d cells have these values; name more keys", cells);
    return 0;
}

static int copy_keys(struct mt_sweep_plan *p, const struct mt_space *space)
{
    p->n_tasks = space->n_rows;
    p->seed_parameter = space->seed;
    p->task = calloc((size_t)p->n_tasks, sizeof *p->task);
    p->parameter = calloc((size_t)space->n_parameters + 1, sizeof *p->parameter);
    if (!p->task || !p->parameter)
        return -1;
    for (; p->n_parameters < space->n_parameters; p->n_parameters++)
        if (!(p->parameter[p->n_parameters] = strdup(mt_tree_text(space->parameter[p->n_parameters].key))))
            return -1;
    return 0;
}

/* {head.s: {values: [8, 30]}, lr: {distribution: log_uniform, min: 1e-4, max: 0.1}} */
static int print_parameters(struct planning *g)
{
    struct mt_buf out = {0};
    const char *comma = "";
    mt_buf_puts(&out, "{");
    for (int i = 0; i < g->space.n_parameters; i++) {
        const struct mt_space_parameter *s = &g->space.parameter[i];
        if (s->n == 0 && !s->distribution)
            continue; /* of a list's runs */
        mt_buf_printf(&out, "%s%s: {", comma, g->plan->parameter[i]);
        comma = ", ";
        if (s->distribution)
            mt_buf_printf(&out, "distribution: %s, min: %.12g, max: %.12g", s->distribution->name, s->min,
                          s->max);
        if (s->distribution && s->step > 0)
            mt_buf_printf(&out, ", step: %.12g", s->step);
        mt_buf_puts(&out, s->n ? "values: [" : "");
        for (int k = 0; k < s->n; k++) {
            mt_buf_puts(&out, k ? ", " : "");
            mt_tree_print(s->value[k], &out);
        }
        mt_buf_puts(&out, s->n ? "]}" : "}");
    }
    mt_buf_puts(&out, "}");
    g->plan->parameters = out.failed ? NULL : out.data;
    if (out.failed)
        mt_buf_release(&out);
    return g->plan->parameters ? 0 : -1;
}

static int make(struct planning *g, struct mt_diag *diag)
{
    struct mt_sweep_plan *p = g->plan;
    if (copy_keys(p, &g->space) < 0 || !(g->data = calloc((size_t)p->n_tasks, sizeof *g->data)))
        return no_memory(g);
    if (bind_all(g) < 0 || check_all(g, diag) < 0)
        return -1;
    if (print_parameters(g) < 0 || drop_doubles(p) < 0)
        return no_memory(g);
    return find_baseline(p, diag);
}

int mt_sweep_plan_new(struct mt_sweep_plan *p, struct mt_conf *conf, const struct mt_experiment *base,
                      const struct mt_sweep_plan_options *options, struct mt_diag *diag)
{
    struct planning g = {.plan = p, .options = options};
    *p = (struct mt_sweep_plan){.conf = conf, .sweep = &base->sweep, .baseline = -1};
    int rc = mt_space_new(&g.space, conf, &base->sweep, options->set, options->n_set, diag);
    if (rc == 0)
        rc = (p->name = strdup(base->name)) ? make(&g, diag) : no_memory(&g);
    if (mt_problems_report(&g.problems, diag) < 0)
        rc = -1;
    for (int t = 0; g.data && t < g.space.n_rows; t++)
        free(g.data[t]);
    free(g.data);
    mt_space_release(&g.space);
    if (rc < 0)
        mt_sweep_plan_release(p);
    return rc;
}

void mt_sweep_plan_release(struct mt_sweep_plan *p)
{
    for (int t = 0; p->task && t < p->n_tasks; t++)
        release_task(p, &p->task[t]);
    for (int i = 0; i < p->n_parameters; i++)
        free(p->parameter[i]);
    for (int i = 0; i < p->notes.n; i++)
        free(p->notes.v[i]);
    free(p->notes.v);
    free(p->task);
    free(p->parameter);
    free(p->name);
    free(p->parameters);
    *p = (struct mt_sweep_plan){0};
}
