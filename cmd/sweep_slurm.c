#include "cmd/sweep_slurm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/output.h"
#include "cmd/slurm.h"
#include "lib/core/file.h"
#include "lib/launch/index.h"
#include "lib/sweep/folder.h"

#define MOST_OPTIONS 8

/* A submission in the making. */
struct todo {
    struct slurm_launch launch;
    int *task;
    const char *option[MOST_OPTIONS]; /* of each task */
    char *dir;
    enum mt_text_format format;
};

/* The folder as jobs find it, wherever they run; it may not be there yet. */
static char *absolute(const char *dir)
{
    char *cwd = getcwd(NULL, 0), *path = realpath(dir, NULL);
    if (!path && cwd)
        path = mt_path_join(cwd, dir);
    free(cwd);
    return path;
}

static int find_unfinished(struct todo *t, const struct mt_sweep_plan *p, struct mt_err *err)
{
    for (int i = 0; i < p->n_tasks; i++) {
        const char *state;
        char *path = sweep_planned_path(t->dir, &p->task[i]);
        if (!path)
            return mt_err_memory(err, t->dir, strlen(t->dir));
        if (!mt_sweep_run_has_ended(path, &state))
            t->task[t->launch.n_tasks++] = i;
        free(path);
    }
    return 0;
}

static uint64_t largest_memory(const struct mt_sweep_plan *p)
{
    uint64_t most = 0;
    for (int i = 0; i < p->n_tasks; i++)
        most = p->task[i].memory > most ? p->task[i].memory : most;
    return most;
}

/* What was given here counts for every task. */
static void pass_options(struct todo *t, const struct args *a)
{
    int n = 0;
    if (args_has(a, "force-memory"))
        t->option[n++] = "--force-memory";
    if (args_has(a, "mix-kernels"))
        t->option[n++] = "--mix-kernels";
    if (args_get(a, "cpu")) {
        t->option[n++] = "--cpu";
        t->option[n++] = args_get(a, "cpu");
    }
    t->launch.request.options = t->option;
}

static int read_options(struct todo *t, const struct args *a)
{
    int rc = output_format(a, &t->format);
    if (rc == 0 && args_has(a, "fail-fast")) {
        fprintf(stderr,
                "metric-train sweep: error: --fail-fast is for runs on this machine; jobs of Slurm do not "
                "know of one another\n");
        return 2;
    }
    pass_options(t, a);
    return rc;
}

/* Loads and plans CONFIG, and finds what is left to run. Returns the exit code; released in both cases. */
static int open_todo(struct todo *t, struct sweep_file *f, const struct args *a, const char *path)
{
    struct mt_err err;
    int rc = read_options(t, a);
    if (rc || (rc = sweep_plan_load(f, path, a, false)))
        return rc;
    if (mt_sweep_is_halving(f->plan.sweep)) {
        fprintf(
            stderr,
            "metric-train sweep: error: jobs of Slurm do not know of one another, and with method: halving "
            "runs wait for one another; use --launcher local, inside of one job, or method: grid\n");
        return 2;
    }
    char *dir = sweep_folder_path(f, a);
    t->dir = dir ? absolute(dir) : NULL;
    t->task = calloc((size_t)f->plan.n_tasks + 1, sizeof *t->task);
    free(dir);
    if (!t->dir || !t->task) {
        mt_err_memory(&err, "the runs to submit", (size_t)f->plan.n_tasks * sizeof *t->task);
        return say_error(&err);
    }
    t->launch.task = t->task;
    t->launch.request.name = f->plan.name;
    t->launch.request.dir = t->dir;
    t->launch.request.section = &f->x.e.slurm;
    t->launch.request.threads = f->threads;
    t->launch.request.parallel = f->jobs;
    t->launch.request.memory = largest_memory(&f->plan);
    return find_unfinished(t, &f->plan, &err) < 0 ? say_error(&err) : 0;
}

static void close_todo(struct todo *t, struct sweep_file *f)
{
    free(t->task);
    free(t->dir);
    sweep_file_release(f);
}

static int submit(const struct todo *t, const struct sweep_file *f, const struct args *a)
{
    struct mt_sweep_folder folder;
    struct mt_err err;
    if (mt_sweep_folder_open(&folder, t->dir, &err) < 0)
        return say_error(&err);
    int rc = mt_sweep_plan_write(&f->plan, t->dir, &err) < 0 ? say_error(&err)
             : t->launch.n_tasks                             ? slurm_submit(&t->launch, t->format)
                                                             : 0;
    mt_sweep_folder_close(&folder);
    if (rc || t->launch.n_tasks)
        return rc;
    fprintf(stderr, "all %d runs are finished: nothing to submit\n", f->plan.n_tasks);
    return sweep_collect(a, t->dir);
}

int sweep_slurm(const struct args *a, const char *path)
{
    struct todo t = {0};
    struct sweep_file f = {0};
    int rc = open_todo(&t, &f, a, path);
    if (rc == 0)
        rc = submit(&t, &f, a);
    close_todo(&t, &f);
    return rc;
}

int sweep_slurm_dry_run(const struct args *a, const char *path)
{
    struct todo t = {0};
    struct sweep_file f = {0};
    int rc = open_todo(&t, &f, a, path);
    if (rc == 0 && t.launch.n_tasks)
        rc = slurm_print(&t.launch);
    else if (rc == 0)
        fprintf(stderr, "all %d runs are finished: nothing to submit\n", f.plan.n_tasks);
    close_todo(&t, &f);
    return rc;
}
