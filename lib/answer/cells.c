/* cells.c: what cells are called and how their runs ended, in words. */
#include <stdlib.h>
#include <string.h>

#include "lib/answer/grouping.h"
#include "lib/answer/numbering.h"

#define LONGEST_VALUE 40 /* of a label; of longer values it has the number */

const char *mt_cell_value(const struct mt_answer *a, int cell, int parameter)
{
    return a->sweep->task[a->cell[cell].first_task].value[parameter];
}

static const char *last_part(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot ? dot + 1 : key;
}

/* The last part of a key where no other ends in it, else all of it. */
static const char *short_key(const struct mt_sweep *s, int parameter)
{
    const char *key = s->parameter[parameter];
    for (int i = 0; i < s->n_parameters; i++)
        if (i != parameter && !strcmp(last_part(s->parameter[i]), last_part(key)))
            return key;
    return last_part(key);
}

/* "{type: arcface, s: 30}" as "arcface, s: 30"; for a long value its number among the values. */
static void put_value(const struct mt_answer *a, const char *value, int parameter, int number,
                      struct mt_buf *out)
{
    static const char row[] = "{type: ";
    size_t len = strlen(value), before = sizeof row - 1;
    const char *name = short_key(a->sweep, parameter);
    if (len > LONGEST_VALUE)
        mt_buf_printf(out, "%s#%d", name, number + 1);
    else if (!strncmp(value, row, before) && value[len - 1] == '}')
        mt_buf_printf(out, "%.*s", (int)(len - before - 1), value + before);
    else
        mt_buf_printf(out, "%s=%s", name, value);
}

static int add_parameter(const struct mt_answer *a, int parameter, const char **value, int *number,
                         struct mt_buf *label)
{
    for (int i = 0; i < a->n_cells; i++)
        value[i] = mt_cell_value(a, i, parameter);
    if (mt_number_texts(value, a->n_cells, number) < 0)
        return -1;
    for (int i = 0; i < a->n_cells; i++) {
        if (!*value[i])
            continue; /* the key keeps what the experiment says */
        mt_buf_puts(&label[i], label[i].len ? " " : "");
        put_value(a, value[i], parameter, number[i], &label[i]);
    }
    return 0;
}

static char **take_labels(const struct mt_answer *a, struct mt_buf *text)
{
    char **label = calloc((size_t)a->n_cells + 1, sizeof *label);
    bool failed = !label;
    for (int i = 0; i < a->n_cells; i++) {
        if (!text[i].len)
            mt_buf_puts(&text[i], a->sweep->name);
        failed = failed || text[i].failed || !(label[i] = strdup(text[i].data ? text[i].data : ""));
    }
    for (int i = 0; i < a->n_cells && label && failed; i++)
        free(label[i]);
    if (failed)
        free(label);
    return failed ? NULL : label;
}

char **mt_cell_labels(const struct mt_answer *a)
{
    size_t n = (size_t)a->n_cells + 1;
    struct mt_buf *text = calloc(n, sizeof *text);
    const char **value = calloc(n, sizeof *value);
    int *number = calloc(n, sizeof *number), rc = text && value && number ? 0 : -1;
    for (int p = 0; p < a->sweep->n_parameters && rc == 0; p++)
        if (p != a->sweep->seed_parameter)
            rc = add_parameter(a, p, value, number, text);
    char **label = rc == 0 ? take_labels(a, text) : NULL;
    for (int i = 0; i < a->n_cells && text; i++)
        mt_buf_release(&text[i]);
    free(text);
    free(value);
    free(number);
    return label;
}

void mt_cell_label_text(const struct mt_answer *a, int cell, struct mt_buf *out)
{
    mt_group_label_text(&a->from_baseline.group[cell], out);
}

void mt_cell_state_text(const int in_state[MT_TASK_STATES], struct mt_buf *out)
{
    int states = 0;
    const char *comma = "";
    for (int i = 0; i < MT_TASK_STATES; i++)
        states += in_state[i] > 0;
    for (int i = 0; i < MT_TASK_STATES; i++)
        if (in_state[i]) {
            if (states == 1)
                mt_buf_puts(out, mt_task_state_names[i]);
            else
                mt_buf_printf(out, "%s%d %s", comma, in_state[i], mt_task_state_names[i]);
            comma = ", ";
        }
}

const char *mt_cell_fate(const struct mt_sweep_cell *cell)
{
    for (int i = MT_TASK_COMPLETE + 1; i < MT_TASK_STATES; i++)
        if (cell->n_tasks > 0 && cell->in_state[i] == cell->n_tasks)
            return i == MT_TASK_DROPPED && *cell->dropped ? cell->dropped : mt_task_state_names[i];
    return NULL;
}
