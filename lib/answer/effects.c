/* effects.c: the effect of a parameter's value at equal values of all others: of m at equal s, of s at equal
 * m. */
#include <stdlib.h>

#include "lib/answer/grouping.h"
#include "lib/answer/numbering.h"

/* Of one parameter. */
struct work {
    const struct mt_answer *a;
    int parameter;
    const char **text; /* (cells) */
    int *value, *rest; /* (cells) numbers of the value, and of the combination of the others */
    int n_values, n_rests;
    const char **label; /* (values) as text */
    int *group;         /* (tasks) */
    int *match;         /* (tasks) */
    int *cells;         /* (values) */
};

static int allocate(struct work *w, struct mt_err *err)
{
    size_t cells = (size_t)w->a->n_cells + 1, tasks = (size_t)w->a->sweep->n_tasks + 1;
    w->text = calloc(cells, sizeof *w->text);
    w->value = calloc(cells, sizeof *w->value);
    w->rest = calloc(cells, sizeof *w->rest);
    w->label = calloc(cells, sizeof *w->label);
    w->cells = calloc(cells, sizeof *w->cells);
    w->group = calloc(tasks, sizeof *w->group);
    w->match = calloc(tasks, sizeof *w->match);
    if (w->text && w->value && w->rest && w->label && w->cells && w->group && w->match)
        return 0;
    return mt_err_memory(err, "effects", cells * sizeof *w->text);
}

static void release(struct work *w)
{
    free(w->text);
    free(w->value);
    free(w->rest);
    free(w->label);
    free(w->cells);
    free(w->group);
    free(w->match);
}

static int number_rests(struct work *w, struct mt_err *err)
{
    const struct mt_sweep *s = w->a->sweep;
    struct mt_buf all = {0};
    size_t *start = calloc((size_t)w->a->n_cells + 1, sizeof *start);
    w->n_rests = -1;
    for (int i = 0; i < w->a->n_cells && start; i++) {
        start[i] = all.len;
        for (int p = 0; p < s->n_parameters; p++)
            if (p != w->parameter && p != s->seed_parameter)
                mt_buf_printf(&all, "%s\n", mt_cell_value(w->a, i, p)); /* a value is one line */
        mt_buf_append(&all, "", 1);
    }
    if (start && !all.failed) {
        for (int i = 0; i < w->a->n_cells; i++)
            w->text[i] = all.data + start[i];
        w->n_rests = mt_number_texts(w->text, w->a->n_cells, w->rest);
    }
    mt_buf_release(&all);
    free(start);
    return w->n_rests < 0 ? mt_err_memory(err, "values", sizeof *w->text) : 0;
}

/* Keeps the combinations in which several values occur; returns how many they are. Numbers of the others are
 * -1. */
static int keep_matched(struct work *w, struct mt_err *err)
{
    int *count = calloc((size_t)w->n_rests + 1, sizeof *count), kept = 0;
    if (!count)
        return mt_err_memory(err, "values", (size_t)w->n_rests * sizeof *count);
    for (int i = 0; i < w->a->n_cells; i++)
        count[w->rest[i]]++;
    for (int r = 0; r < w->n_rests; r++)
        count[r] = count[r] > 1 ? kept++ : -1;
    for (int i = 0; i < w->a->n_cells; i++)
        w->rest[i] = count[w->rest[i]];
    free(count);
    return kept;
}

/* Cells of a value that have a partner of the base value. */
static int count_pairs(struct work *w, int base, int n_rests, struct mt_err *err)
{
    bool *has_base = calloc((size_t)n_rests + 1, sizeof *has_base);
    if (!has_base)
        return mt_err_memory(err, "values", (size_t)n_rests);
    for (int i = 0; i < w->a->n_cells; i++)
        if (w->rest[i] >= 0 && w->value[i] == base)
            has_base[w->rest[i]] = true;
    for (int i = 0; i < w->a->n_cells; i++)
        w->cells[w->value[i]] += w->rest[i] >= 0 && has_base[w->rest[i]];
    free(has_base);
    return 0;
}

static int fill_effect(struct work *w, struct mt_sweep_effect *effect, int n_rests, struct mt_err *err)
{
    const struct mt_answer *a = w->a;
    int base = w->value[a->from_baseline.baseline];
    if (count_pairs(w, base, n_rests, err) < 0)
        return -1;
    for (int i = 0; i < a->sweep->n_tasks; i++) {
        int cell = a->sweep->task[i].cell;
        w->group[i] = w->rest[cell] < 0 ? -1 : w->value[cell];
        w->match[i] = w->rest[cell];
    }
    struct mt_grouping how = {.group_of = w->group,
                              .match_of = w->match,
                              .n_groups = w->n_values,
                              .n_matches = n_rests,
                              .baseline = base,
                              .label = w->label,
                              .metric = (const char *const *)a->from_baseline.metric,
                              .n_metrics = a->from_baseline.n_metrics};
    if (mt_group_tasks(&effect->c, &how, a->sweep, a->runs, err) < 0)
        return -1;
    effect->parameter = w->parameter;
    effect->cells = w->cells;
    w->cells = NULL;
    return 0;
}

/* Appends the effect of a parameter where there is one to tell. */
static int find_effect(struct mt_answer *a, int parameter, struct mt_err *err)
{
    struct work w = {.a = a, .parameter = parameter};
    int kept = 0, rc = allocate(&w, err);
    if (rc == 0)
        rc = w.n_values = mt_cell_values(a, parameter, w.value, w.label, err);
    if (rc >= 0 && w.n_values > 1)
        rc = number_rests(&w, err);
    if (rc >= 0 && w.n_values > 1)
        rc = kept = keep_matched(&w, err);
    if (rc >= 0 && kept > 0) {
        rc = fill_effect(&w, &a->effect[a->n_effects], kept, err);
        a->n_effects += rc == 0;
    }
    release(&w);
    return rc < 0 ? -1 : 0;
}

int mt_effects_find(struct mt_answer *a, struct mt_err *err)
{
    const struct mt_sweep *s = a->sweep;
    if (!(a->effect = calloc((size_t)s->n_parameters + 1, sizeof *a->effect)))
        return mt_err_memory(err, "effects", (size_t)s->n_parameters * sizeof *a->effect);
    for (int p = 0; p < s->n_parameters; p++)
        if (p != s->seed_parameter && find_effect(a, p, err) < 0)
            return -1;
    return 0;
}
