#include "lib/answer/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compare/epochs.h"

const char *const mt_task_state_names[MT_TASK_STATES] = {
    [MT_TASK_COMPLETE] = "complete", [MT_TASK_COLLAPSED] = "collapsed", [MT_TASK_DIVERGED] = "diverged",
    [MT_TASK_FAILED] = "failed",     [MT_TASK_DROPPED] = "dropped",     [MT_TASK_INTERRUPTED] = "unfinished",
    [MT_TASK_MISSING] = "missing",   [MT_TASK_DAMAGED] = "damaged"};

static enum mt_task_state state_of(const struct mt_status *s)
{
    switch (s->state) {
    case MT_RUN_COMPLETE:
        return MT_TASK_COMPLETE;
    case MT_RUN_COLLAPSED:
        return MT_TASK_COLLAPSED;
    case MT_RUN_DIVERGED:
        return MT_TASK_DIVERGED;
    case MT_RUN_FAILED:
        return MT_TASK_FAILED;
    case MT_RUN_RUNNING:
    case MT_RUN_INTERRUPTED:
        break;
    }
    return mt_sweep_is_dropped(s) ? MT_TASK_DROPPED : MT_TASK_INTERRUPTED;
}

/* The text without the path of the run, so that the same sweep in another folder gives the same bytes. */
static void say_why(struct mt_task_run *t, const char *text, const char *path)
{
    size_t len = strlen(path), n = 0;
    while (*text && n + 1 < sizeof t->reason) {
        if (!strncmp(text, path, len))
            text += len + (text[len] == '/');
        else
            t->reason[n++] = *text++;
    }
    t->reason[n] = 0;
}

/* Figures of other settings would stand for those of the task. */
static int check_own(const struct mt_result *r, const char *path, struct mt_err *err)
{
    const char *slash = strrchr(path, '/');
    if (mt_sweep_is_own_run(slash ? slash + 1 : path, &r->status))
        return 0;
    return mt_err_set(err, MT_ERR_DATA, "the folder holds another run than the one it is named after");
}

static int read_task(struct mt_sweep_runs *runs, struct mt_task_run *t, const char *path, struct mt_err *err)
{
    struct mt_result *r = &runs->results.v[runs->results.n];
    struct mt_err own = {0};
    t->result = -1;
    t->state = MT_TASK_MISSING;
    if (!mt_file_exists(path))
        return 0;
    if (mt_result_read(r, path, &own) == 0) {
        if (check_own(r, path, &own) == 0 && (!mt_result_has_ended(r) || mt_epochs_add(r, &own) == 0)) {
            t->result = runs->results.n++;
            t->state = state_of(&r->status);
            say_why(t, r->status.reason, path);
            return 0;
        }
        mt_result_release(r);
    }
    if (own.kind == MT_ERR_RUN) {
        *err = own;
        return -1;
    }
    t->state = MT_TASK_DAMAGED;
    say_why(t, own.text, path);
    return 0;
}

static int read_tasks(struct mt_sweep_runs *runs, const struct mt_sweep *sweep, struct mt_err *err)
{
    for (int i = 0; i < sweep->n_tasks; i++) {
        char *path = mt_sweep_run_path(sweep, i);
        int rc = path ? read_task(runs, &runs->task[i], path, err) : mt_err_memory(err, "a path", 1);
        free(path);
        if (rc < 0)
            return -1;
    }
    return 0;
}

int mt_sweep_runs_read(struct mt_sweep_runs *runs, const struct mt_sweep *sweep, struct mt_err *err)
{
    size_t n = (size_t)sweep->n_tasks;
    memset(runs, 0, sizeof *runs);
    runs->task = calloc(n + 1, sizeof *runs->task);
    runs->results.v = calloc(n + 1, sizeof *runs->results.v);
    runs->n = runs->results.cap = sweep->n_tasks;
    int rc = runs->task && runs->results.v ? 0 : mt_err_memory(err, "tasks", n * sizeof *runs->results.v);
    if (rc == 0)
        rc = read_tasks(runs, sweep, err);
    if (rc < 0)
        mt_sweep_runs_release(runs);
    return rc;
}

void mt_sweep_runs_release(struct mt_sweep_runs *runs)
{
    mt_results_release(&runs->results);
    free(runs->task);
    memset(runs, 0, sizeof *runs);
}
