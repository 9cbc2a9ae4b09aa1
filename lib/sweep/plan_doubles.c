/* plan_doubles.c: combinations that resolve to the same run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sweep/planning.h"

#define MOST_NOTES 10 /* more of them say nothing new */

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

void mt_planned_release(const struct mt_sweep_plan *p, struct mt_planned *task)
{
    for (int i = 0; task->value && i < p->n_parameters; i++)
        free(task->value[i]);
    free(task->value);
    *task = (struct mt_planned){0};
}

static int note_same(struct mt_sweep_plan *p, int first, int again)
{
    struct mt_buf text = {0};
    mt_buf_puts(&text, "the same run twice, planned once: ");
    size_t before = text.len;
    mt_sweep_plan_label(p, first, &text);
    mt_buf_puts(&text, p->task[first].cell == p->task[again].cell ? "" : " and ");
    if (p->task[first].cell != p->task[again].cell)
        mt_sweep_plan_label(p, again, &text);
    mt_buf_printf(&text, "%sseed %lld", text.len > before ? ", " : "", (long long)p->task[again].seed);
    int rc = text.failed ? -1 : note(p, text.data);
    mt_buf_release(&text);
    return rc;
}

static int note_more(struct mt_sweep_plan *p, int more)
{
    char text[80];
    snprintf(text, sizeof text, "and so %d more, each planned once", more);
    return note(p, text);
}

/* Takes tasks out that have the run of an earlier one, and counts cells anew. */
int mt_planning_drop_doubles(struct mt_sweep_plan *p)
{
    struct named *all = calloc((size_t)p->n_tasks, sizeof *all);
    bool *gone = calloc((size_t)p->n_tasks, sizeof *gone);
    int rc = all && gone ? 0 : -1, kept = 0, cell = -1, before = -1, doubles = 0;
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
        if (++doubles <= MOST_NOTES)
            rc = note_same(p, all[first].task, all[i].task);
    }
    if (rc == 0 && doubles > MOST_NOTES)
        rc = note_more(p, doubles - MOST_NOTES);
    for (int t = 0; rc == 0 && t < p->n_tasks; t++) {
        if (gone[t]) {
            mt_planned_release(p, &p->task[t]);
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
