#include "lib/sweep/tasks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/data/csv_scan.h"
#include "lib/sweep/space.h"

#define MAX_BYTES ((size_t)1 << 28)
#define OTHERS 3 /* index, cell, run */
#define RUN_DIGITS 8
#define MOST_COLUMNS 10000

void mt_tasks_print(const struct mt_sweep_plan *p, struct mt_buf *out)
{
    mt_buf_puts(out, "index,cell");
    for (int i = 0; i < p->n_parameters; i++) {
        mt_buf_puts(out, ",");
        mt_buf_csv_field(out, p->parameter[i]);
    }
    mt_buf_puts(out, ",run\n");
    for (int t = 0; t < p->n_tasks; t++) {
        mt_buf_printf(out, "%d,%d", t, p->task[t].cell);
        for (int i = 0; i < p->n_parameters; i++) {
            mt_buf_puts(out, ",");
            mt_buf_csv_field(out, p->task[t].value[i]);
        }
        mt_buf_printf(out, ",%s\n", p->task[t].run);
    }
}

/* --- reading --- */

static bool is_word(const struct mt_csv_field *f, const char *word)
{
    return f->len == strlen(word) && !memcmp(f->at, word, f->len);
}

static int damaged(const struct mt_csv_cursor *c, struct mt_err *err)
{
    return mt_err_set(err, MT_ERR_DATA,
                      "%s:%" PRId64 ": is not what 'sweep plan' writes; plan the sweep again", c->path,
                      c->row_line);
}

static int read_header(struct mt_sweep *s, struct mt_csv_cursor *c, struct mt_err *err)
{
    struct mt_csv_field *field;
    int n, rc = -1;
    if (mt_csv_row(c, &field, &n, err) < 0)
        return -1;
    if (n < OTHERS || n > MOST_COLUMNS || !is_word(&field[0], "index") || !is_word(&field[1], "cell") ||
        !is_word(&field[n - 1], "run")) {
        damaged(c, err);
        goto out;
    }
    if (!(s->parameter = calloc((size_t)n, sizeof *s->parameter))) {
        mt_err_memory(err, c->path, (size_t)n * sizeof *s->parameter);
        goto out;
    }
    for (; s->n_parameters < n - OTHERS; s->n_parameters++) {
        char *key = s->parameter[s->n_parameters] = mt_csv_text(&field[2 + s->n_parameters]);
        if (!key) {
            mt_err_memory(err, c->path, 1);
            goto out;
        }
        for (int i = 0; i < s->n_parameters; i++)
            if (!strcmp(s->parameter[i], key)) {
                s->n_parameters++;
                damaged(c, err);
                goto out;
            }
        if (!strcmp(key, "seed"))
            s->seed_parameter = s->n_parameters;
    }
    rc = 0;
out:
    free(field);
    return rc;
}

static bool whole(const struct mt_csv_field *f, int64_t most, int64_t *out)
{
    char text[24], *end;
    if (f->quoted || f->len == 0 || f->len >= sizeof text)
        return false;
    memcpy(text, f->at, f->len);
    text[f->len] = 0;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return !errno && !*end && *out >= 0 && *out <= most;
}

/* NAME-DIGITS, as mt_rundir_name makes it, which stays inside of runs/. */
static bool is_folder_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._=-";
    const char *dash = strrchr(name, '-');
    size_t len = strlen(name);
    return *name != '.' && *name != '-' && len < MT_RUNDIR_NAME && strspn(name, letters) == len && dash &&
           strlen(dash + 1) == RUN_DIGITS && strspn(dash + 1, "0123456789abcdef") == RUN_DIGITS;
}

static int fill_task(struct mt_sweep *s, const struct mt_csv_cursor *c, const struct mt_csv_field *field,
                     struct mt_err *err)
{
    int64_t index, cell;
    struct mt_sweep_task *task = &s->task[s->n_tasks];
    *task = (struct mt_sweep_task){.seed = s->base.seed};
    if (!whole(&field[0], INT32_MAX, &index) || index != s->n_tasks || !whole(&field[1], s->n_tasks, &cell))
        return damaged(c, err);
    task->cell = (int)cell;
    s->n_tasks++;
    if (!(task->value = calloc((size_t)s->n_parameters + 1, sizeof *task->value)))
        return mt_err_memory(err, c->path, 1);
    for (int i = 0; i < s->n_parameters; i++)
        if (!(task->value[i] = mt_csv_text(&field[2 + i])))
            return mt_err_memory(err, c->path, 1);
    if (!(task->run = mt_csv_text(&field[2 + s->n_parameters])))
        return mt_err_memory(err, c->path, 1);
    if (!is_folder_name(task->run) ||
        (s->seed_parameter >= 0 && !whole(&field[2 + s->seed_parameter], INT64_MAX, &task->seed)))
        return damaged(c, err);
    s->n_cells = task->cell >= s->n_cells ? task->cell + 1 : s->n_cells;
    return 0;
}

static int read_rows(struct mt_sweep *s, struct mt_csv_cursor *c, struct mt_err *err)
{
    int cap = 0;
    while (c->p < c->end) {
        struct mt_csv_field *field;
        int n;
        if (mt_csv_row(c, &field, &n, err) < 0)
            return -1;
        if (s->n_tasks == cap) {
            cap = cap ? 2 * cap : 64;
            struct mt_sweep_task *grown = realloc(s->task, (size_t)cap * sizeof *grown);
            if (!grown) {
                free(field);
                return mt_err_memory(err, c->path, (size_t)cap * sizeof *grown);
            }
            s->task = grown;
        }
        int rc = n == s->n_parameters + OTHERS && s->n_tasks < MT_SWEEP_MOST_RUNS
                     ? fill_task(s, c, field, err)
                     : damaged(c, err);
        free(field);
        if (rc < 0)
            return -1;
    }
    return s->n_tasks ? 0 : damaged(c, err);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Two tasks with one run folder would be in each other's way, and the answer would count the run twice. */
static int check_runs(const struct mt_sweep *s, const char *path, struct mt_err *err)
{
    const size_t n = (size_t)s->n_tasks;
    const char **run = malloc(n * sizeof *run);
    int rc = run ? 0 : mt_err_memory(err, path, n * sizeof *run);
    for (size_t i = 0; rc == 0 && i < n; i++)
        run[i] = s->task[i].run;
    if (rc == 0)
        qsort(run, n, sizeof *run, by_text);
    for (size_t i = 1; rc == 0 && i < n; i++)
        if (!strcmp(run[i - 1], run[i]))
            rc = mt_err_set(err, MT_ERR_DATA, "%s: has the run %s twice; plan the sweep again", path, run[i]);
    free(run);
    return rc;
}

int mt_tasks_read(struct mt_sweep *s, struct mt_err *err)
{
    char *text = NULL, *path = mt_sweep_path(s, MT_SWEEP_TASKS);
    size_t len;
    int rc = -1;
    if (!path)
        mt_err_memory(err, "a path", 1);
    else if (mt_file_read(path, MAX_BYTES, &text, &len, err) == 0) {
        struct mt_csv_cursor c = {.path = path, .p = text, .end = text + len, .line = 1};
        rc = read_header(s, &c, err) < 0 || read_rows(s, &c, err) < 0 ? -1 : check_runs(s, path, err);
    }
    free(text);
    free(path);
    return rc;
}
