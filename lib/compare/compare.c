#include "lib/compare/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/figures.h"

struct work {
    struct mt_comparison *c;
    const struct mt_results *results;
    const struct mt_compare_options *options;
};

/* --- the baseline --- */

static bool is_run_of(const struct mt_run_group *g, const char *path)
{
    char *wanted = realpath(path, NULL);
    bool is = false;
    for (int i = 0; i < g->n_runs && !is && wanted; i++) {
        char *own = realpath(g->run[i]->path, NULL);
        is = own && !strcmp(own, wanted);
        free(own);
    }
    free(wanted);
    return is;
}

static int no_baseline(const struct mt_comparison *c, const char *name, int named, struct mt_err *err)
{
    struct mt_buf labels = {0};
    for (int i = 0; i < c->n_groups; i++)
        mt_buf_printf(&labels, "%s'%.80s'", i ? ", " : "", c->group[i].label);
    mt_err_set(err, MT_ERR_USAGE, "--baseline: %s group is called '%.80s'; there are %.1500s",
               named ? "more than one" : "no", name, labels.data ? labels.data : "none");
    mt_buf_release(&labels);
    return -1;
}

static int find_baseline(struct mt_comparison *c, const char *name, struct mt_err *err)
{
    int named = 0;
    c->baseline = 0;
    if (!name)
        return 0;
    for (int i = 0; i < c->n_groups; i++)
        if (!strcmp(c->group[i].label, name)) {
            c->baseline = i;
            return 0;
        }
    for (int i = 0; i < c->n_groups; i++)
        if (!strcmp(c->group[i].run[0]->name, name) || is_run_of(&c->group[i], name)) {
            c->baseline = i;
            named++;
        }
    return named == 1 ? 0 : no_baseline(c, name, named, err);
}

/* --- metrics --- */

static bool any_has(const struct mt_results *results, const char *key)
{
    for (int i = 0; i < results->n; i++)
        for (int k = 0; k < results->v[i].n_figures; k++)
            if (!strcmp(results->v[i].figure[k].key, key))
                return true;
    return false;
}

static int add_metric(struct mt_comparison *c, const char *key, struct mt_err *err)
{
    char *copy = strdup(key), **grown = realloc(c->metric, (size_t)(c->n_metrics + 1) * sizeof *grown);
    if (grown)
        c->metric = grown;
    if (!grown || !copy) {
        free(copy);
        return mt_err_memory(err, "metrics", strlen(key));
    }
    c->metric[c->n_metrics++] = copy;
    return 0;
}

static int default_metrics(struct work *w, struct mt_err *err)
{
    static const char *const endings[] = {
        "accuracy", "center_accuracy", "knn_accuracy",  "macro_f1",
        "loss",     "angle_within",    "angle_between", "angle_between_min"};
    bool test = any_has(w->results, "test_accuracy");
    char key[64];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(key, sizeof key, "%s_%s", test ? "test" : "validation", endings[i]);
        if (any_has(w->results, key) && add_metric(w->c, key, err) < 0)
            return -1;
    }
    if (any_has(w->results, "best_epoch") && add_metric(w->c, "best_epoch", err) < 0)
        return -1;
    if (!test && w->c->n_metrics &&
        mt_comparison_note(w->c, err,
                           "no run has test samples: these are figures of validation samples, by which the "
                           "best epoch was chosen") < 0)
        return -1;
    return 0;
}

static int unknown_metric(const struct mt_results *results, const char *word, struct mt_err *err)
{
    struct mt_nearest near = mt_nearest_to(word);
    char meant[MT_NEAREST_TEXT];
    for (int i = 0; i < results->n; i++)
        for (int k = 0; k < results->v[i].n_figures; k++)
            mt_nearest_try(&near, results->v[i].figure[k].key);
    return mt_err_set(err, MT_ERR_USAGE, "--metric: no summary.json has '%.200s'%s", word,
                      mt_nearest_text(&near, meant));
}

static int choose_metrics(struct work *w, struct mt_err *err)
{
    const struct mt_compare_options *o = w->options;
    bool any = false;
    for (int i = 0; i < w->results->n; i++)
        any = any || w->results->v[i].n_figures > 0;
    if (!any)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: none of these runs has ended with figures to compare; train them first",
                          w->results->n ? w->results->v[0].path : "no runs");
    for (int i = 0; i < o->n_metrics; i++) {
        if (!any_has(w->results, o->metric[i]))
            return unknown_metric(w->results, o->metric[i], err);
        if (add_metric(w->c, o->metric[i], err) < 0)
            return -1;
    }
    return o->n_metrics ? 0 : default_metrics(w, err);
}

/* --- the data judged on --- */

/* "data.test.sha256" for figures of the test samples; NULL for those of none. */
static const char *data_key(const char *metric)
{
    if (!strncmp(metric, "test_", 5))
        return "data.test.sha256";
    if (!strncmp(metric, "validation_", 11) || !strncmp(metric, "best_val_", 9))
        return "data.validation.sha256";
    return NULL;
}

static const struct mt_result *first_with(const struct mt_run_group *g, const char *key)
{
    for (int i = 0; i < g->n_runs; i++)
        if (mt_result_has_ended(g->run[i]) && mt_settings_get(&g->run[i]->settings, key))
            return g->run[i];
    return NULL;
}

/* Marks the groups whose runs were judged on other samples than the reference; an error unless forced. */
static int check_samples(struct work *w, const char *key, struct mt_err *err)
{
    const struct mt_result *reference = first_with(&w->c->group[w->c->baseline], key);
    for (int i = 0; i < w->c->n_groups; i++) {
        struct mt_run_group *g = &w->c->group[i];
        for (int k = 0; k < g->n_runs; k++) {
            const char *own = mt_settings_get(&g->run[k]->settings, key);
            if (!own || !mt_result_has_ended(g->run[k]))
                continue;
            reference = reference ? reference : g->run[k];
            if (!strcmp(own, mt_settings_get(&reference->settings, key)))
                continue;
            if (!w->options->force)
                return mt_err_set(
                    err, MT_ERR_DATA,
                    "%.400s: was judged on other %.*s samples than %.400s (see data.json), so their "
                    "figures cannot be compared; --force compares and marks them",
                    g->run[k]->path, (int)strcspn(key + 5, "."), key + 5, reference->path);
            g->other_data = true;
        }
    }
    return 0;
}

static int check_data(struct work *w, struct mt_err *err)
{
    struct mt_comparison *c = w->c;
    for (int m = 0; m < c->n_metrics; m++) {
        const char *key = data_key(c->metric[m]);
        if (key && check_samples(w, key, err) < 0)
            return -1;
    }
    for (int i = 0; i < c->n_groups; i++)
        if (c->group[i].other_data &&
            mt_comparison_note(c, err, "%s: judged on other samples than %s; the difference is partly theirs",
                               c->group[i].label, c->group[c->baseline].label) < 0)
            return -1;
    for (int k = 0; k < c->n_keys; k++)
        if (!strcmp(c->key[k], "data.train.sha256"))
            return mt_comparison_note(c, err, "the groups were not all trained on the same samples");
    return 0;
}

/* --- runs that did not end --- */

static int note_states(struct mt_comparison *c, struct mt_err *err)
{
    for (int i = 0; i < c->n_groups; i++)
        for (int k = 0; k < c->group[i].n_runs; k++) {
            const struct mt_result *r = c->group[i].run[k];
            const struct mt_status *s = &r->status;
            if (s->state == MT_RUN_COMPLETE)
                continue;
            if (mt_comparison_note(
                    c, err, "%s: %s (seed %lld): %s after %lld of %lld epochs%s%s%s", c->group[i].label,
                    r->path, (long long)r->seed, mt_run_state_names[s->state], (long long)s->epochs_done,
                    (long long)s->epochs, *s->reason ? ": " : "", s->reason,
                    mt_result_has_ended(r) ? "; its figures are in the means"
                                           : "; it has no figures, and the means are of the others") < 0)
                return -1;
        }
    return 0;
}

static int note_validation(struct mt_comparison *c, struct mt_err *err)
{
    for (int i = 0; i < c->n_groups; i++)
        if (c->group[i].validation_is_test &&
            mt_comparison_note(
                c, err,
                "%s: the validation samples are the test samples: what was chosen by validation "
                "was chosen by the test figures, which are better for it",
                c->group[i].label) < 0)
            return -1;
    return 0;
}

int mt_compare(struct mt_comparison *c, const struct mt_results *results,
               const struct mt_compare_options *options, struct mt_err *err)
{
    struct work w = {.c = c, .results = results, .options = options};
    struct mt_units units = {0};
    memset(c, 0, sizeof *c);
    int rc = choose_metrics(&w, err);
    if (rc == 0)
        rc = mt_group_runs(c, &units, results, options, err);
    if (rc == 0)
        rc = find_baseline(c, options->baseline, err);
    if (rc == 0)
        rc = check_data(&w, err);
    if (rc == 0)
        rc = note_states(c, err);
    if (rc == 0)
        rc = note_validation(c, err);
    if (rc == 0)
        rc = mt_compare_figures(c, &units, results, true, err);
    mt_units_release(&units);
    if (rc < 0)
        mt_comparison_release(c);
    return rc;
}

void mt_comparison_release(struct mt_comparison *c)
{
    for (int i = 0; i < c->n_groups; i++) {
        free(c->group[i].label);
        free(c->group[i].run);
    }
    for (int i = 0; i < c->n_metrics; i++)
        free(c->metric[i]);
    for (int i = 0; i < c->n_notes; i++)
        free(c->note[i]);
    free(c->key);
    free(c->group);
    free(c->metric);
    free(c->figure);
    free(c->difference);
    free(c->note);
    memset(c, 0, sizeof *c);
}
