#include "lib/answer/grouping.h"

#include <stdlib.h>
#include <string.h>

#include "lib/answer/numbering.h"
#include "lib/compare/figures.h"

static int make_units(struct mt_units *u, const struct mt_grouping *how, const struct mt_sweep *sweep,
                      const struct mt_sweep_runs *runs, struct mt_err *err)
{
    size_t n = (size_t)sweep->n_tasks + 1;
    int *place = calloc(n, sizeof *place);
    u->seed = calloc(n, sizeof *u->seed);
    u->of_run = calloc(n, sizeof *u->of_run);
    if (place && u->seed && u->of_run) {
        u->n_seeds = mt_number_seeds(sweep, u->seed, place);
        u->n = u->n_seeds * how->n_matches;
        u->seed_of = calloc((size_t)u->n + 1, sizeof *u->seed_of);
    }
    for (int i = 0; u->seed_of && i < u->n; i++)
        u->seed_of[i] = i / how->n_matches;
    for (int i = 0; u->seed_of && i < sweep->n_tasks; i++)
        if (runs->task[i].result >= 0)
            u->of_run[runs->task[i].result] =
                place[i] * how->n_matches + (how->match_of ? how->match_of[i] : 0);
    free(place);
    return u->seed_of ? 0 : mt_err_memory(err, "seeds", n * sizeof *u->seed);
}

static int add_run(struct mt_run_group *g, const struct mt_result *r)
{
    const struct mt_result **run = realloc(g->run, (size_t)(g->n_runs + 1) * sizeof *run);
    if (!run)
        return -1;
    g->run = run;
    run[g->n_runs++] = r;
    g->in_state[r->status.state]++;
    g->validation_is_test |= r->validation_is_test;
    return 0;
}

/* Groups whose runs were judged on other test samples than the first run. */
static void mark_other_data(struct mt_comparison *c, const struct mt_results *results)
{
    const char *first = NULL;
    for (int i = 0; i < results->n && !first; i++)
        if (mt_result_has_ended(&results->v[i]))
            first = mt_settings_get(&results->v[i].settings, "data.test.sha256");
    for (int g = 0; g < c->n_groups; g++)
        for (int k = 0; k < c->group[g].n_runs; k++) {
            const struct mt_result *r = c->group[g].run[k];
            const char *own = mt_settings_get(&r->settings, "data.test.sha256");
            if (first && mt_result_has_ended(r))
                c->group[g].other_data |= !own || strcmp(own, first) != 0;
        }
}

static int make_groups(struct mt_comparison *c, const struct mt_grouping *how,
                       const struct mt_sweep_runs *runs, struct mt_err *err)
{
    c->group = calloc((size_t)how->n_groups + 1, sizeof *c->group);
    c->metric = calloc((size_t)how->n_metrics + 1, sizeof *c->metric);
    if (!c->group || !c->metric)
        return mt_err_memory(err, "cells", (size_t)how->n_groups * sizeof *c->group);
    c->n_groups = how->n_groups;
    c->baseline = how->baseline;
    for (int i = 0; i < how->n_groups; i++)
        if (!(c->group[i].label = strdup(how->label[i])))
            return mt_err_memory(err, "labels", strlen(how->label[i]));
    for (; c->n_metrics < how->n_metrics; c->n_metrics++)
        if (!(c->metric[c->n_metrics] = strdup(how->metric[c->n_metrics])))
            return mt_err_memory(err, "metrics", strlen(how->metric[c->n_metrics]));
    for (int i = 0; i < runs->n; i++)
        if (how->group_of[i] >= 0 && runs->task[i].result >= 0 &&
            add_run(&c->group[how->group_of[i]], &runs->results.v[runs->task[i].result]) < 0)
            return mt_err_memory(err, "cells", sizeof *c->group);
    mark_other_data(c, &runs->results);
    return 0;
}

int mt_group_tasks(struct mt_comparison *c, const struct mt_grouping *how, const struct mt_sweep *sweep,
                   const struct mt_sweep_runs *runs, struct mt_err *err)
{
    struct mt_units units = {0};
    memset(c, 0, sizeof *c);
    int rc = make_groups(c, how, runs, err);
    if (rc == 0)
        rc = make_units(&units, how, sweep, runs, err);
    if (rc == 0)
        rc = mt_compare_figures(c, &units, &runs->results, false, err);
    mt_units_release(&units);
    if (rc < 0)
        mt_comparison_release(c);
    return rc;
}
