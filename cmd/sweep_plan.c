/* sweep_plan.c: `sweep plan CONFIG`: every run bound and checked, then written down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/say.h"
#include "cmd/sweep.h"
#include "lib/core/file.h"
#include "lib/core/pool.h"
#include "lib/sweep/folder.h"
#include "lib/sweep/values.h"
#include "lib/train/rundir.h"

/* The options that --set can take; the others are values of parameters. */
static int single_values(const struct args *a, const char *set[MAX_VALUES])
{
    const char *all[MAX_VALUES];
    int n = args_all(a, "set", all), singles = 0;
    for (int i = 0; i < n; i++) {
        const char *equal = strchr(all[i], '=');
        if (!equal || !mt_values_are_many(equal + 1))
            set[singles++] = all[i];
    }
    return singles;
}

static int load(struct sweep_file *f, const char *path, const struct args *a)
{
    const char *set[MAX_VALUES + 1];
    int n = single_values(a, set);
    int rc = experiment_load_set(&f->x, path, set, n);
    if (rc || f->x.e.sweep.kind)
        return rc;
    experiment_release(&f->x);
    set[n++] = "sweep.method=grid";
    return experiment_load_set(&f->x, path, set, n);
}

/* --jobs and --threads of a cluster: threads are those that a job asks for. */
static int read_cluster(struct sweep_file *f, const struct args *a)
{
    int64_t threads;
    int rc = args_int(a, "threads", 1, 1, 1024, &threads);
    f->threads = (int)threads;
    return rc ? rc : args_int(a, "jobs", 0, 1, 100000, &f->jobs);
}

/* --jobs and --threads of this machine: threads are those of all runs, shared among them. */
static int read_local(struct sweep_file *f, const struct args *a)
{
    int64_t threads;
    int rc = args_int(a, "threads", mt_pool_cpus(), 1, 1024, &threads);
    if (rc || (rc = args_int(a, "jobs", 1, 1, 1024, &f->jobs)))
        return rc;
    f->threads = (int)(threads > f->jobs ? threads / f->jobs : 1);
    if (threads >= f->jobs)
        return 0;
    if (args_has(a, "threads")) {
        fprintf(stderr,
                "metric-train sweep: error: -j %lld is more than --threads %lld: a run has at least one\n",
                (long long)f->jobs, (long long)threads);
        return 2;
    }
    say_line("note: %lld runs at a time on %lld processor%s: each has one thread, and they take turns",
             (long long)f->jobs, (long long)threads, threads == 1 ? "" : "s");
    return 0;
}

static int no_folder(void)
{
    fputs("metric-train sweep: error: --out: the name of the folder is empty\n", stderr);
    return 2;
}

static int read_processes(struct sweep_file *f, const struct args *a)
{
    const char *launcher = args_get(a, "launcher");
    return launcher && strcmp(launcher, "local") != 0 ? read_cluster(f, a) : read_local(f, a);
}

int sweep_plan_load(struct sweep_file *f, const char *path, const struct args *a, bool estimate)
{
    struct mt_sweep_plan_options o = {.estimate = estimate};
    const char *set[MAX_VALUES];
    *f = (struct sweep_file){0};
    int rc = args_get(a, "out") && !*args_get(a, "out") ? no_folder() : read_processes(f, a);
    if (rc || (rc = load(f, path, a)))
        return rc;
    o.threads = f->threads;
    o.set = set;
    o.n_set = args_all(a, "set", set);
    mt_diag_release(&f->x.diag);
    f->planned = mt_sweep_plan_new(&f->plan, f->x.conf, &f->x.e, &o, &f->x.diag) == 0;
    rc = experiment_problems(&f->x);
    for (int i = 0; rc == 0 && i < f->plan.notes.n; i++)
        say_line("note: %s", f->plan.notes.v[i]);
    return rc;
}

void sweep_file_release(struct sweep_file *f)
{
    if (f->planned)
        mt_sweep_plan_release(&f->plan);
    experiment_release(&f->x);
}

char *sweep_folder_path(const struct sweep_file *f, const struct args *a)
{
    const char *out = args_get(a, "out");
    if (out)
        return strdup(out);
    char name[MT_RUNDIR_NAME];
    snprintf(name, sizeof name, "%s", f->plan.name);
    mt_rundir_tame(name); /* stays inside of sweeps/ */
    return mt_path_join("sweeps", name);
}

/* Not into a folder that a sweep is at work in: it goes by the plan that it has read. */
static int write_plan(const struct sweep_file *f, const char *dir, struct mt_err *err)
{
    struct mt_sweep_folder folder;
    if (mt_sweep_folder_open(&folder, dir, err) < 0)
        return -1;
    int rc = mt_sweep_plan_write(&f->plan, dir, err);
    mt_sweep_folder_close(&folder);
    return rc;
}

char *sweep_planned_path(const char *dir, const struct mt_planned *task)
{
    char *path = NULL;
    return asprintf(&path, "%s/" MT_SWEEP_RUNS "/%s", dir, task->run) < 0 ? NULL : path;
}

int sweep_plan(const struct args *a, const char *path)
{
    struct sweep_file f;
    struct mt_err err;
    struct mt_buf out = {0};
    int rc = sweep_plan_load(&f, path, a, false);
    char *dir = rc == 0 ? sweep_folder_path(&f, a) : NULL;
    if (rc == 0 && !dir)
        mt_err_memory(&err, "a path", 1);
    if (rc == 0 && (!dir || write_plan(&f, dir, &err) < 0)) {
        rc = say_error(&err);
    } else if (rc == 0) {
        fprintf(stderr, "planned: %d runs of %d cells\n", f.plan.n_tasks, f.plan.n_cells);
        mt_buf_printf(&out, "%s\n", dir);
        rc = print_result(&out);
    }
    free(dir);
    sweep_file_release(&f);
    return rc;
}
