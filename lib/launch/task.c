#include "lib/launch/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/train/rundir.h"

#define MOST_KEY 128

/* Finished runs are never touched. */
static bool stays(const struct mt_status *s, int exit_code, const char *reason)
{
    switch (s->state) {
    case MT_RUN_COMPLETE:
    case MT_RUN_COLLAPSED:
        return true;
    case MT_RUN_FAILED:
    case MT_RUN_DIVERGED:
        return s->exit_code == exit_code && !strncmp(s->reason, reason, sizeof s->reason - 1);
    default:
        return false;
    }
}

/* The folder's name is NAME-DIGITS: opened as a run of that name whose id begins with these digits. */
static int open_folder(struct mt_rundir **rd, const struct mt_sweep *s, int index, struct mt_err *err)
{
    const char *run = s->task[index].run, *dash = strrchr(run, '-');
    char *runs = mt_sweep_path(s, MT_SWEEP_RUNS), *name = dash ? strndup(run, (size_t)(dash - run)) : NULL;
    int rc =
        runs && name ? mt_rundir_open(rd, runs, name, dash + 1, err) : mt_err_memory(err, run, strlen(run));
    free(runs);
    free(name);
    return rc;
}

/* Where the sweep was removed or renamed, nothing is to be begun in its place. */
static int check_sweep(const struct mt_sweep *s, struct mt_err *err)
{
    char *path = mt_sweep_path(s, MT_SWEEP_FILE);
    if (!path)
        return mt_err_memory(err, s->dir, strlen(s->dir));
    bool there = mt_file_exists(path);
    free(path);
    return there ? 0 : mt_err_set(err, MT_ERR_RUN, "%s: the sweep is not there any more", s->dir);
}

int mt_sweep_task_failed(const struct mt_sweep *s, int index, int exit_code, const char *reason,
                         struct mt_err *err)
{
    struct mt_rundir *rd;
    struct mt_status status;
    if (check_sweep(s, err) < 0 || open_folder(&rd, s, index, err) < 0)
        return -1;
    int known = mt_status_read(rd->path, &status, err), rc = known < 0 ? -1 : 0;
    if (known == 0 || (known == 1 && !stays(&status, exit_code, reason))) {
        status.state = MT_RUN_FAILED;
        status.exit_code = exit_code;
        snprintf(status.reason, sizeof status.reason, "%s", reason);
        mt_time_text(status.ended);
        rc = mt_status_write(rd, &status, err);
    }
    mt_rundir_close(rd);
    return rc;
}

int mt_sweep_task_dropped(const struct mt_sweep *s, int index, int64_t epochs, struct mt_err *err)
{
    struct mt_rundir *rd;
    struct mt_status status;
    char reason[sizeof status.reason];
    if (open_folder(&rd, s, index, err) < 0)
        return -1;
    int rc = mt_status_read(rd->path, &status, err) < 0 ? -1 : 0;
    if (rc == 0) {
        const char *collapsed = strstr(status.reason, MT_RUN_LEFT_COLLAPSED);
        snprintf(reason, sizeof reason, MT_SWEEP_DROPPED "%lld%.400s", (long long)epochs,
                 collapsed ? collapsed : "");
        memcpy(status.reason, reason, sizeof reason);
        status.state = MT_RUN_INTERRUPTED;
        status.exit_code = MT_ERR_STOPPED;
        mt_time_text(status.ended);
        rc = mt_status_write(rd, &status, err);
    }
    mt_rundir_close(rd);
    return rc;
}

/* On failure with the key at fault, or "". */
static int run(const struct mt_sweep *s, int index, const struct mt_run_options *options,
               struct mt_run_result *result, char key[MOST_KEY], struct mt_err *err)
{
    struct mt_sweep_experiment x;
    struct mt_run_options o = *options;
    const char *at = NULL;
    char *dir = mt_sweep_path(s, MT_SWEEP_RUNS);
    int rc = dir ? mt_sweep_task_experiment(&x, s, index, err) : mt_err_memory(err, s->dir, strlen(s->dir));
    if (rc == 0) {
        o.dir = dir;
        o.folder = s->task[index].run;
        rc = mt_run(&x.e, &o, result, &at, err);
        snprintf(key, MOST_KEY, "%s", at ? at : "");
        mt_sweep_experiment_release(&x);
    }
    free(dir);
    return rc;
}

int mt_sweep_task_run(const struct mt_sweep *s, int index, const struct mt_run_options *options,
                      struct mt_run_result *result, struct mt_err *err)
{
    struct mt_err why, ignored;
    char key[MOST_KEY] = "";
    memset(result, 0, sizeof *result);
    if (run(s, index, options, result, key, &why) == 0)
        return 0;
    if (why.kind != MT_ERR_BUSY)
        mt_sweep_task_failed(s, index, (int)why.kind, why.text, &ignored);
    return mt_err_set(err, why.kind, "%s%s%s", key, *key ? ": " : "", why.text);
}
