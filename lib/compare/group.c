#include "lib/compare/group.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What grouping works on. */
struct grouping {
    struct mt_comparison *c;
    const struct mt_results *results;
    const struct mt_compare_options *options;
    bool *used;         /* (results) */
    const char **match; /* settings averaged over that every run has */
    int n_match;
};

int mt_comparison_note(struct mt_comparison *c, struct mt_err *err, const char *fmt, ...)
{
    va_list ap;
    char *text = NULL, **grown = realloc(c->note, (size_t)(c->n_notes + 1) * sizeof *grown);
    if (grown)
        c->note = grown;
    va_start(ap, fmt);
    int len = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (!grown || len < 0) {
        if (len >= 0)
            free(text);
        return mt_err_memory(err, "notes", (size_t)c->n_notes);
    }
    c->note[c->n_notes++] = text;
    return 0;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* --- runs given twice --- */

static bool same_run(const struct mt_result *a, const struct mt_result *b)
{
    if (*a->status.run_id && *b->status.run_id)
        return !strcmp(a->status.run_id, b->status.run_id);
    char *x = realpath(a->path, NULL), *y = realpath(b->path, NULL);
    bool same = x && y && !strcmp(x, y);
    free(x);
    free(y);
    return same;
}

/* The same run counted twice would look like agreement. */
static int drop_repeats(struct grouping *g, struct mt_err *err)
{
    for (int i = 0; i < g->results->n; i++) {
        g->used[i] = true;
        for (int k = 0; k < i && g->used[i]; k++)
            g->used[i] = !g->used[k] || !same_run(&g->results->v[i], &g->results->v[k]);
        if (!g->used[i] && mt_comparison_note(g->c, err, "%s was given before and is counted once",
                                              g->results->v[i].path) < 0)
            return -1;
    }
    return 0;
}

/* --- settings that differ --- */

static bool is_named(const struct mt_compare_options *o, const char *key)
{
    for (int i = 0; i < o->n_by; i++) {
        size_t len = strlen(o->by[i]);
        if (!strncmp(o->by[i], key, len) && (!key[len] || key[len] == '.' || key[len] == '['))
            return true;
    }
    return false;
}

static bool differs(const struct grouping *g, const char *key, bool *everywhere)
{
    const char *first = NULL;
    bool any = false, unequal = false;
    *everywhere = true;
    for (int i = 0; i < g->results->n; i++) {
        if (!g->used[i])
            continue;
        const char *value = mt_settings_get(&g->results->v[i].settings, key);
        *everywhere = *everywhere && value;
        unequal = unequal || (any && !same_text(first, value));
        first = any ? first : value;
        any = true;
    }
    return unequal;
}

static bool is_among(const char *const *list, int n, const char *word)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(list[i], word))
            return true;
    return false;
}

static int append(const char ***list, int *n, const char *word, struct mt_err *err)
{
    const char **grown = realloc(*list, (size_t)(*n + 1) * sizeof *grown);
    if (!grown)
        return mt_err_memory(err, "settings", (size_t)*n * sizeof *grown);
    *list = grown;
    grown[(*n)++] = word;
    return 0;
}

/* Every key that some run has, once, in the order of their first appearance. */
static int all_keys(const struct grouping *g, const char ***key, int *n, struct mt_err *err)
{
    for (int i = 0; i < g->results->n; i++)
        for (int k = 0; k < g->results->v[i].settings.n; k++) {
            const char *name = g->results->v[i].settings.v[k].key;
            if (!is_among(*key, *n, name) && append(key, n, name, err) < 0)
                return -1;
        }
    return 0;
}

static int check_by(const struct mt_compare_options *o, const char *const *key, int n, struct mt_err *err)
{
    for (int i = 0; i < o->n_by; i++) {
        struct mt_nearest near = mt_nearest_to(o->by[i]);
        char meant[MT_NEAREST_TEXT];
        bool known = false;
        struct mt_compare_options one = {.by = &o->by[i], .n_by = 1};
        if (!strcmp(o->by[i], "seed"))
            return mt_err_set(err, MT_ERR_USAGE, "--by: seed is what figures are averaged over");
        for (int k = 0; k < n && !known; k++) {
            known = is_named(&one, key[k]);
            mt_nearest_try(&near, key[k]);
        }
        if (!known)
            return mt_err_set(err, MT_ERR_USAGE, "--by: no run has a setting '%.200s'%s", o->by[i],
                              mt_nearest_text(&near, meant));
    }
    return 0;
}

static int note_averaged(struct grouping *g, const char *averaged, struct mt_err *err)
{
    struct mt_buf match = {0};
    for (int i = 0; i < g->n_match; i++)
        mt_buf_printf(&match, "%s%s", i ? ", " : "; differences are between runs that agree in ",
                      g->match[i]);
    int rc =
        mt_comparison_note(g->c, err, "within a seed the mean is taken over runs that also differ in %s%s",
                           averaged, match.len ? match.data : "");
    mt_buf_release(&match);
    return rc;
}

/* Sorts the settings into those that tell groups apart and those that are averaged over. */
static int choose_keys(struct grouping *g, struct mt_err *err)
{
    const char **key = NULL;
    struct mt_buf averaged = {0};
    int n = 0, rc = all_keys(g, &key, &n, err);
    if (rc == 0)
        rc = check_by(g->options, key, n, err);
    for (int i = 0; rc == 0 && i < n; i++) {
        bool everywhere;
        if (!differs(g, key[i], &everywhere))
            continue;
        if (g->options->n_by == 0 || is_named(g->options, key[i])) {
            rc = append(&g->c->key, &g->c->n_keys, key[i], err);
            continue;
        }
        mt_buf_printf(&averaged, "%s%s", averaged.len ? ", " : "", key[i]);
        if (everywhere)
            rc = append(&g->match, &g->n_match, key[i], err);
    }
    if (rc == 0 && averaged.len)
        rc = note_averaged(g, averaged.data, err);
    mt_buf_release(&averaged);
    free(key);
    return rc;
}

/* --- groups --- */

static bool agree(const struct mt_result *a, const struct mt_result *b, const char *const *key, int n)
{
    for (int i = 0; i < n; i++)
        if (!same_text(mt_settings_get(&a->settings, key[i]), mt_settings_get(&b->settings, key[i])))
            return false;
    return true;
}

static struct mt_run_group *group_of(struct mt_comparison *c, const struct mt_result *r, struct mt_err *err)
{
    for (int i = 0; i < c->n_groups; i++)
        if (agree(c->group[i].run[0], r, c->key, c->n_keys))
            return &c->group[i];
    struct mt_run_group *grown = realloc(c->group, (size_t)(c->n_groups + 1) * sizeof *grown);
    if (!grown) {
        mt_err_memory(err, "groups", (size_t)c->n_groups * sizeof *grown);
        return NULL;
    }
    c->group = grown;
    grown[c->n_groups] = (struct mt_run_group){0};
    return &grown[c->n_groups++];
}

/* Keeps the runs in the order of their seeds. */
static int insert(struct mt_run_group *group, const struct mt_result *r, struct mt_err *err)
{
    const struct mt_result **run = realloc(group->run, (size_t)(group->n_runs + 1) * sizeof *run);
    int i = group->n_runs;
    if (!run)
        return mt_err_memory(err, "groups", (size_t)group->n_runs * sizeof *run);
    group->run = run;
    for (; i > 0 && run[i - 1]->seed > r->seed; i--)
        run[i] = run[i - 1];
    run[i] = r;
    group->n_runs++;
    group->in_state[r->status.state]++;
    group->validation_is_test |= r->validation_is_test;
    return 0;
}

static int note_repeated_seeds(struct grouping *g, struct mt_run_group *group, struct mt_err *err)
{
    int repeats = 0;
    group->n_seeds = group->n_runs > 0;
    for (int i = 1; i < group->n_runs; i++) {
        repeats += group->run[i]->seed == group->run[i - 1]->seed;
        group->n_seeds += group->run[i]->seed != group->run[i - 1]->seed;
    }
    if (repeats == 0 || g->options->n_by)
        return 0;
    return mt_comparison_note(g->c, err,
                              "%s: %d of its runs repeat a seed of another with the same settings (another "
                              "version of the program?); their mean counts as one",
                              group->label, repeats);
}

static int make_groups(struct grouping *g, struct mt_err *err)
{
    for (int i = 0; i < g->results->n; i++) {
        struct mt_run_group *group;
        if (g->used[i] &&
            (!(group = group_of(g->c, &g->results->v[i], err)) || insert(group, &g->results->v[i], err) < 0))
            return -1;
    }
    return 0;
}

const char *mt_group_setting(const struct mt_run_group *g, const char *key)
{
    return mt_settings_get(&g->run[0]->settings, key);
}

/* --- units --- */

static int by_seed(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void list_seeds(struct mt_units *u, const struct grouping *g)
{
    int n = 0;
    for (int i = 0; i < g->results->n; i++)
        if (g->used[i])
            u->seed[n++] = g->results->v[i].seed;
    qsort(u->seed, (size_t)n, sizeof *u->seed, by_seed);
    for (int i = 0; i < n; i++)
        if (i == 0 || u->seed[i] != u->seed[u->n_seeds - 1])
            u->seed[u->n_seeds++] = u->seed[i];
}

/* The units of one seed, numbered on from u->n. */
static void list_units(struct mt_units *u, const struct grouping *g, int at)
{
    const struct mt_result *r = g->results->v;
    for (int i = 0; i < g->results->n; i++) {
        if (!g->used[i] || r[i].seed != u->seed[at])
            continue;
        for (int k = 0; k < i && u->of_run[i] < 0; k++)
            if (g->used[k] && r[k].seed == r[i].seed && agree(&r[k], &r[i], g->match, g->n_match))
                u->of_run[i] = u->of_run[k];
        if (u->of_run[i] < 0) {
            u->seed_of[u->n] = at;
            u->of_run[i] = u->n++;
        }
    }
}

static int make_units(struct mt_units *u, const struct grouping *g, struct mt_err *err)
{
    size_t n = (size_t)g->results->n;
    u->seed = malloc(n * sizeof *u->seed);
    u->seed_of = malloc(n * sizeof *u->seed_of);
    u->of_run = malloc(n * sizeof *u->of_run);
    if (!u->seed || !u->seed_of || !u->of_run)
        return mt_err_memory(err, "seeds", n * sizeof *u->seed);
    for (size_t i = 0; i < n; i++)
        u->of_run[i] = -1;
    list_seeds(u, g);
    for (int i = 0; i < u->n_seeds; i++)
        list_units(u, g, i);
    return 0;
}

void mt_units_release(struct mt_units *u)
{
    free(u->seed);
    free(u->seed_of);
    free(u->of_run);
    memset(u, 0, sizeof *u);
}

int mt_group_runs(struct mt_comparison *c, struct mt_units *u, const struct mt_results *results,
                  const struct mt_compare_options *options, struct mt_err *err)
{
    struct grouping g = {.c = c, .results = results, .options = options};
    int rc = -1;
    memset(u, 0, sizeof *u);
    if (!(g.used = calloc((size_t)results->n + 1, sizeof *g.used)))
        return mt_err_memory(err, "runs", (size_t)results->n);
    if (drop_repeats(&g, err) < 0 || choose_keys(&g, err) < 0 || make_groups(&g, err) < 0)
        goto out;
    for (int i = 0; i < c->n_groups; i++)
        if (mt_group_label(c, i, err) < 0 || note_repeated_seeds(&g, &c->group[i], err) < 0)
            goto out;
    rc = make_units(u, &g, err);
out:
    free(g.used);
    free(g.match);
    return rc;
}
