/* sweep.c: a sweep folder that was planned, and its tasks as experiments. */
#include "lib/sweep/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/sweep/bind.h"
#include "lib/sweep/space.h"
#include "lib/sweep/tasks.h"
#include "lib/train/setup.h"
#include "lib/train/stages.h"

int mt_sweep_bind(struct mt_conf *conf, struct mt_experiment *e, char *name, struct mt_diag *diag)
{
    struct mt_err err;
    const char *key;
    if (mt_conf_bind(conf, mt_experiment_fields, e, diag) < 0)
        return -1;
    if (!e->name)
        e->name = name;
    if (mt_stages_settle(e, &key, &err) < 0 || mt_experiment_check(e, &key, &err) < 0) {
        mt_conf_error(conf, key, diag, "%s", err.text);
        return -1;
    }
    return 0;
}

/* The first problem alone: a sweep's own file is not what somebody is writing at. */
static int problem(const struct mt_diag *diag, const char *path, struct mt_err *err)
{
    const char *text = diag->text.data ? diag->text.data : "out of memory";
    if (diag->kind == MT_ERR_RUN)
        return mt_err_set(err, diag->kind, "%s: cannot be read: %.*s", path, (int)strcspn(text, "\n"), text);
    return mt_err_set(err, MT_ERR_DATA, "%s: does not describe a sweep; plan it again: %.*s", path,
                      (int)strcspn(text, "\n"), text);
}

static int read_experiment(struct mt_sweep *s, struct mt_err *err)
{
    struct mt_diag diag = {0};
    char *path = mt_sweep_path(s, MT_SWEEP_FILE);
    int rc = path ? 0 : mt_err_memory(err, "a path", 1);
    if (rc == 0 && !mt_file_exists(path))
        rc = mt_err_set(err, MT_ERR_DATA, "%s: is not a sweep folder: there is no " MT_SWEEP_FILE, s->dir);
    else if (rc == 0 && (mt_conf_load(&s->conf, path, NULL, 0, &diag) < 0 ||
                         mt_sweep_bind(s->conf, &s->base, NULL, &diag) < 0))
        rc = problem(&diag, path, err);
    else if (rc == 0 && (!s->base.sweep.kind || !s->base.name))
        rc =
            mt_err_set(err, MT_ERR_DATA, "%s: has no section 'sweep' or no name; plan the sweep again", path);
    mt_diag_release(&diag);
    free(path);
    return rc;
}

/* The cell that the section's `baseline` names. */
static int find_baseline(struct mt_sweep *s)
{
    const struct mt_node *map = s->section->baseline;
    for (int t = 0; map && t < s->n_tasks; t++)
        if (mt_values_agree(map, s->parameter, s->n_parameters, s->task[t].value))
            return s->task[t].cell;
    return -1;
}

bool mt_sweep_minimizes(const struct mt_sweep_section *section)
{
    if (section->metric.goal >= 0)
        return section->metric.goal == MT_GOAL_MINIMIZE;
    return strstr(section->metric.name, "loss") || strstr(section->metric.name, "error");
}

bool mt_sweep_is_dropped(const struct mt_status *status)
{
    return status->state == MT_RUN_INTERRUPTED &&
           !strncmp(status->reason, MT_SWEEP_DROPPED, strlen(MT_SWEEP_DROPPED));
}

bool mt_sweep_is_halving(const struct mt_variant *sweep)
{
    return sweep->kind && !strcmp(sweep->kind->name, "halving");
}

int mt_sweep_open(struct mt_sweep *s, const char *dir, struct mt_err *err)
{
    *s = (struct mt_sweep){.seed_parameter = -1, .baseline = -1, .dir = strdup(dir)};
    if (!s->dir) {
        mt_err_memory(err, "a path", strlen(dir));
        goto fail;
    }
    if (read_experiment(s, err) < 0 || mt_tasks_read(s, err) < 0)
        goto fail;
    if (!(s->name = strdup(s->base.name))) {
        mt_err_memory(err, "a name", strlen(s->base.name));
        goto fail;
    }
    s->method = s->base.sweep.kind;
    s->section = s->base.sweep.cfg;
    s->baseline = find_baseline(s);
    return 0;
fail:
    mt_sweep_release(s);
    return -1;
}

void mt_sweep_release(struct mt_sweep *s)
{
    for (int t = 0; t < s->n_tasks; t++) {
        for (int i = 0; s->task[t].value && i < s->n_parameters; i++)
            free(s->task[t].value[i]);
        free(s->task[t].value);
        free(s->task[t].run);
    }
    for (int i = 0; i < s->n_parameters; i++)
        free(s->parameter[i]);
    free(s->parameter);
    free(s->task);
    free(s->dir);
    free(s->name);
    mt_conf_free(s->conf);
    *s = (struct mt_sweep){0};
}

int mt_sweep_task_experiment(struct mt_sweep_experiment *x, const struct mt_sweep *s, int index,
                             struct mt_err *err)
{
    struct mt_diag diag = {0};
    const struct mt_sweep_task *task = &s->task[index];
    int rc = 0;
    *x = (struct mt_sweep_experiment){.conf = mt_conf_copy(s->conf, "sweep")};
    if (!x->conf)
        return mt_err_memory(err, "a task's experiment", sizeof *x);
    for (int i = 0; rc == 0 && i < s->n_parameters; i++) {
        char *text = NULL;
        if (!*task->value[i])
            continue;
        if (asprintf(&text, "%s=%s", s->parameter[i], task->value[i]) < 0)
            rc = mt_err_memory(err, "a value", strlen(task->value[i]));
        else if (mt_conf_set(x->conf, text, &diag) < 0)
            rc = problem(&diag, MT_SWEEP_TASKS, err);
        free(text);
    }
    if (rc == 0 && mt_sweep_bind(x->conf, &x->e, s->name, &diag) < 0)
        rc = problem(&diag, MT_SWEEP_TASKS, err);
    mt_diag_release(&diag);
    if (rc < 0)
        mt_sweep_experiment_release(x);
    return rc;
}

void mt_sweep_experiment_release(struct mt_sweep_experiment *x)
{
    mt_conf_free(x->conf);
    *x = (struct mt_sweep_experiment){0};
}

char *mt_sweep_path(const struct mt_sweep *s, const char *name)
{
    return mt_path_join(s->dir, name);
}

char *mt_sweep_run_path(const struct mt_sweep *s, int index)
{
    char *path = NULL;
    return asprintf(&path, "%s/" MT_SWEEP_RUNS "/%s", s->dir, s->task[index].run) < 0 ? NULL : path;
}

bool mt_sweep_is_own_run(const char *run, const struct mt_status *s)
{
    const char *digits = strrchr(run, '-');
    return !digits || !*s->run_id || !strncmp(digits + 1, s->run_id, strlen(digits + 1));
}
