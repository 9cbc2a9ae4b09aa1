/* plan.c: every run of a sweep, from the section to the list. */
#include "lib/sweep/plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/head/arrangement.h"
#include "lib/sweep/draw.h"
#include "lib/sweep/planning.h"

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
static int print_parameters(struct mt_planning *g)
{
    struct mt_buf out = {0};
    const char *comma = "";
    mt_buf_puts(&out, "{");
    for (int i = 0; i < g->space.n_parameters; i++) {
        const struct mt_space_parameter *s = &g->space.parameter[i];
        if (s->n == 0 && !s->distribution)
            continue; /* of a list's runs */
        mt_buf_puts(&out, comma);
        mt_buf_yaml_string(&out, g->plan->parameter[i]);
        mt_buf_puts(&out, ": {");
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

static int make(struct mt_planning *g, struct mt_diag *diag)
{
    struct mt_sweep_plan *p = g->plan;
    if (mt_sweep_check_metric(p->conf, g->base, diag) < 0)
        return -1;
    if (copy_keys(p, &g->space) < 0 || !(g->data = calloc((size_t)p->n_tasks, sizeof *g->data)) ||
        !(g->arrangements = calloc(1, sizeof *g->arrangements)))
        return mt_planning_no_memory(g);
    if (mt_planning_bind_all(g) < 0 || mt_planning_check_halving(g, diag) < 0 ||
        mt_planning_check_all(g, diag) < 0)
        return -1;
    if (print_parameters(g) < 0 || mt_planning_drop_doubles(p) < 0)
        return mt_planning_no_memory(g);
    return find_baseline(p, diag);
}

int mt_sweep_plan_new(struct mt_sweep_plan *p, struct mt_conf *conf, const struct mt_experiment *base,
                      const struct mt_sweep_plan_options *options, struct mt_diag *diag)
{
    struct mt_planning g = {.plan = p, .options = options, .base = base};
    *p = (struct mt_sweep_plan){.conf = conf, .sweep = &base->sweep, .baseline = -1};
    int rc = mt_space_new(&g.space, conf, &base->sweep, options->set, options->n_set, diag);
    if (rc == 0)
        rc = (p->name = strdup(base->name)) ? make(&g, diag) : mt_planning_no_memory(&g);
    if (mt_problems_report(&g.problems, diag) < 0)
        rc = -1;
    if (rc < 0 && diag->errors == 0) /* nothing but memory fails without a word */
        mt_diag_memory(diag);
    for (int t = 0; g.data && t < g.space.n_rows; t++)
        free(g.data[t]);
    for (int i = 0; i < g.n_paces; i++)
        free(g.pace[i].shape);
    free(g.pace);
    free(g.data);
    free(g.arrangements);
    mt_space_release(&g.space);
    if (rc < 0)
        mt_sweep_plan_release(p);
    return rc;
}

void mt_sweep_plan_release(struct mt_sweep_plan *p)
{
    for (int t = 0; p->task && t < p->n_tasks; t++)
        mt_planned_release(p, &p->task[t]);
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

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The largest data set that comes after `last`, by size and then by number; -1: none. */
static int next_data(const struct mt_sweep_plan *p, int last)
{
    int best = -1;
    for (int i = 0; i < p->n_tasks; i++) {
        uint64_t bytes = p->task[i].samples;
        bool after =
            last < 0 || bytes < p->task[last].samples || (bytes == p->task[last].samples && i > last);
        if (p->task[i].data == i && after && (best < 0 || bytes > p->task[best].samples))
            best = i;
    }
    return best;
}

/* At worst each run at a time is on other data. */
struct mt_sweep_memory mt_sweep_plan_memory(const struct mt_sweep_plan *p, int64_t jobs)
{
    struct mt_sweep_memory m = {0};
    for (int i = 0; i < p->n_tasks; i++)
        m.each = larger(m.each, p->task[i].memory - p->task[i].samples);
    for (int data = next_data(p, -1); data >= 0 && m.data_sets < jobs; data = next_data(p, data)) {
        m.largest = larger(m.largest, p->task[data].samples);
        m.shared += p->task[data].samples;
        m.data_sets++;
    }
    return m;
}

int mt_sweep_size(struct mt_conf *conf, const struct mt_experiment *base, int *runs, int *cells,
                  struct mt_diag *diag)
{
    struct mt_space space;
    int rc = mt_space_new(&space, conf, &base->sweep, NULL, 0, diag);
    if (rc == 0)
        rc = mt_sweep_check_metric(conf, base, diag);
    *runs = space.n_rows;
    *cells = space.n_cells;
    mt_space_release(&space);
    return rc;
}
