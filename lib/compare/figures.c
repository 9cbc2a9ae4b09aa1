/* figures.c: means over seeds, and differences from the baseline. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/figures.h"
#include "lib/compare/predictions.h"
#include "lib/stats/holm.h"
#include "lib/stats/signed_rank.h"

/* Figures are written with nine digits: what differs by less is equal. */
#define GRAIN 1e-8

struct work {
    struct mt_comparison *c;
    const struct mt_results *results;
    const struct mt_units *units;
    bool predictions;
    double *value;   /* (groups, metrics, units): means of the unit's runs; not-a-number: there is none */
    int *count;      /* (units) runs in a mean */
    double *scratch; /* (seeds) or (groups), whichever is more */
};

static double *values_of(const struct work *w, int group, int metric)
{
    return w->value + ((size_t)group * (size_t)w->c->n_metrics + (size_t)metric) * (size_t)w->units->n;
}

static struct mt_group_figure *figure_of(const struct mt_comparison *c, int group, int metric)
{
    return &c->figure[group * c->n_metrics + metric];
}

static struct mt_group_difference *difference_of(const struct mt_comparison *c, int group, int metric)
{
    return &c->difference[group * c->n_metrics + metric];
}

/* --- means --- */

double mt_figures_grain(const double *v, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = isfinite(v[i]) ? fmax(most, fabs(v[i])) : most;
    return GRAIN * most;
}

static void fill_values(struct work *w, int group, int metric)
{
    const struct mt_run_group *g = &w->c->group[group];
    double *value = values_of(w, group, metric);
    for (int u = 0; u < w->units->n; u++) {
        value[u] = 0;
        w->count[u] = 0;
    }
    for (int k = 0; k < g->n_runs; k++) {
        double own = mt_result_figure(g->run[k], w->c->metric[metric]);
        int u = w->units->of_run[g->run[k] - w->results->v];
        if (isfinite(own)) {
            value[u] += own;
            w->count[u]++;
        }
    }
    for (int u = 0; u < w->units->n; u++)
        value[u] = w->count[u] ? value[u] / w->count[u] : NAN;
}

/* An accuracy of one run, as a share of its samples. */
static struct mt_interval over_samples(const struct mt_run_group *g, const char *metric)
{
    char split[32], key[48];
    const char *column;
    if (g->n_runs != 1 || !mt_accuracy_of(metric, split, &column))
        return (struct mt_interval){NAN, NAN};
    snprintf(key, sizeof key, "%s_samples", split);
    double n = mt_result_figure(g->run[0], key), share = mt_result_figure(g->run[0], metric);
    if (!(n >= 1 && n < 1e15 && share >= 0 && share <= 1))
        return (struct mt_interval){NAN, NAN};
    return mt_wilson(llround(share * n), llround(n), MT_STATS_LEVEL);
}

static void average(struct work *w, int group, int metric)
{
    const struct mt_run_group *g = &w->c->group[group];
    struct mt_group_figure *f = figure_of(w->c, group, metric);
    const double *value = values_of(w, group, metric);
    int seeds = 0;
    for (int s = 0, u = 0; s < w->units->n_seeds; s++) {
        double sum = 0;
        int n = 0;
        for (; u < w->units->n && w->units->seed_of[u] == s; u++)
            if (isfinite(value[u])) {
                sum += value[u];
                n++;
            }
        if (n)
            w->scratch[seeds++] = sum / n;
    }
    f->seeds = mt_sample_of(w->scratch, seeds, MT_STATS_LEVEL, mt_figures_grain(w->scratch, seeds));
    for (int k = 0; k < g->n_runs; k++)
        f->missing += !isfinite(mt_result_figure(g->run[k], w->c->metric[metric]));
    f->samples = over_samples(g, w->c->metric[metric]);
}

/* --- differences --- */

/* The run that a group has of a seed, where it has just one and no other unit is averaged. */
static const struct mt_result *single_run(const struct mt_run_group *g, int64_t seed)
{
    const struct mt_result *found = NULL;
    for (int i = 0; i < g->n_runs; i++) {
        if (g->run[i]->seed != seed || !mt_result_has_ended(g->run[i]))
            continue;
        if (found)
            return NULL;
        found = g->run[i];
    }
    return found;
}

/* One seed says nothing about others, but two models may be compared by their samples. */
static int compare_samples(struct work *w, int group, int metric, int64_t seed, struct mt_err *err)
{
    const struct mt_comparison *c = w->c;
    struct mt_group_difference *d = difference_of(c, group, metric);
    const struct mt_result *first = single_run(&c->group[c->baseline], seed),
                           *second = single_run(&c->group[group], seed);
    if (!first || !second || c->group[group].other_data)
        return 0;
    int rc = mt_predictions_compare(&d->counts, first, second, c->metric[metric], err);
    if (rc <= 0)
        return rc;
    d->samples = mt_paired_shares_of(&d->counts, MT_STATS_LEVEL);
    d->samples_seed = seed;
    return 0;
}

static int subtract(struct work *w, int group, int metric, struct mt_err *err)
{
    const struct mt_units *units = w->units;
    const double *own = values_of(w, group, metric), *base = values_of(w, w->c->baseline, metric);
    struct mt_group_difference *d = difference_of(w->c, group, metric);
    struct mt_signed_rank rank;
    double grain = fmax(mt_figures_grain(own, units->n), mt_figures_grain(base, units->n));
    int n = 0, paired_seed = -1;
    for (int s = 0, u = 0; s < units->n_seeds; s++) {
        double sum = 0;
        int pairs = 0;
        bool any = false;
        for (; u < units->n && units->seed_of[u] == s; u++) {
            any = any || isfinite(own[u]) || isfinite(base[u]);
            if (isfinite(own[u]) && isfinite(base[u])) {
                sum += own[u] - base[u];
                pairs++;
            }
        }
        if (any)
            w->scratch[n++] = pairs ? sum / pairs : NAN;
        paired_seed = pairs ? s : paired_seed;
    }
    d->pairs = mt_sample_of(w->scratch, n, MT_STATS_LEVEL, grain);
    if (d->pairs.no_spread && fabs(d->pairs.mean) <= grain)
        d->pairs.mean = d->pairs.low = d->pairs.high = 0;
    if (mt_signed_rank_test(&rank, w->scratch, n, grain, err) < 0)
        return -1;
    d->p_signed_rank = rank.p;
    return w->predictions && d->pairs.n == 1
               ? compare_samples(w, group, metric, units->seed[paired_seed], err)
               : 0;
}

static int correct(struct work *w, int metric, struct mt_err *err)
{
    const struct mt_comparison *c = w->c;
    for (int g = 0; g < c->n_groups; g++)
        w->scratch[g] = g == c->baseline ? NAN : difference_of(c, g, metric)->pairs.p;
    if (mt_holm_adjust(w->scratch, w->scratch, c->n_groups, err) < 0)
        return -1;
    for (int g = 0; g < c->n_groups; g++) {
        struct mt_group_difference *d = difference_of(c, g, metric);
        d->p_holm = w->scratch[g];
        w->scratch[g] = d->samples.n ? d->samples.p : NAN;
    }
    if (mt_holm_adjust(w->scratch, w->scratch, c->n_groups, err) < 0)
        return -1;
    for (int g = 0; g < c->n_groups; g++)
        difference_of(c, g, metric)->samples_p_holm = w->scratch[g];
    return 0;
}

static struct mt_group_difference no_difference(void)
{
    struct mt_sample none = mt_sample_of(NULL, 0, MT_STATS_LEVEL, 0);
    return (struct mt_group_difference){
        .pairs = none, .p_holm = NAN, .p_signed_rank = NAN, .samples_p_holm = NAN};
}

static int compute(struct work *w, struct mt_err *err)
{
    struct mt_comparison *c = w->c;
    for (int m = 0; m < c->n_metrics; m++) {
        for (int g = 0; g < c->n_groups; g++) {
            fill_values(w, g, m);
            average(w, g, m);
        }
        for (int g = 0; g < c->n_groups; g++) {
            *difference_of(c, g, m) = no_difference();
            if (g != c->baseline && subtract(w, g, m, err) < 0)
                return -1;
        }
        if (correct(w, m, err) < 0)
            return -1;
    }
    return 0;
}

int mt_compare_figures(struct mt_comparison *c, const struct mt_units *units,
                       const struct mt_results *results, bool predictions, struct mt_err *err)
{
    struct work w = {.c = c, .results = results, .units = units, .predictions = predictions};
    size_t cells = (size_t)c->n_groups * (size_t)c->n_metrics;
    int rc, longest = units->n_seeds > c->n_groups ? units->n_seeds : c->n_groups;
    c->figure = calloc(cells + 1, sizeof *c->figure);
    c->difference = calloc(cells + 1, sizeof *c->difference);
    w.value = calloc(cells * (size_t)units->n + 1, sizeof *w.value);
    w.count = calloc((size_t)units->n + 1, sizeof *w.count);
    w.scratch = calloc((size_t)longest + 1, sizeof *w.scratch);
    if (c->figure && c->difference && w.value && w.count && w.scratch)
        rc = compute(&w, err);
    else
        rc = mt_err_memory(err, "figures", cells * sizeof *c->figure);
    free(w.value);
    free(w.count);
    free(w.scratch);
    return rc;
}
