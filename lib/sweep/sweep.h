/* sweep.h: a sweep: one experiment, the values that some of its keys take, and the runs that these make.
 *
 * A sweep folder holds
 *
 *     sweep.yaml   the experiment as it was written, with what it extends and the section `sweep`
 *     tasks.csv    index,cell,<a column per parameter, its dotted key as header, values as YAML>,run
 *     runs/        run folders (train/run.h)
 *
 * Paths in sweep.yaml are absolute. A task is one run: the experiment with the values of its row laid over it
 * as --set lays them. A cell is a combination of values without the seed; tasks of one cell differ in their
 * seed alone. Since a run's folder is named by its run id, a sweep that is planned again in the same folder
 * with more values keeps what is finished. No two tasks of a sweep are the same run: cells that resolve to
 * the same experiment are planned once. */
#ifndef MT_SWEEP_SWEEP_H
#define MT_SWEEP_SWEEP_H

#include "lib/conf/conf.h"
#include "lib/train/experiment.h"
#include "lib/train/rundir.h"
#include "lib/train/sweep_section.h"

#define MT_SWEEP_FILE "sweep.yaml"
#define MT_SWEEP_TASKS "tasks.csv"
#define MT_SWEEP_INDEX "index.csv" /* launch/index.h */
#define MT_SWEEP_RUNS "runs"
#define MT_SWEEP_HALVING "halving.csv" /* launch/halving.h */

struct mt_sweep_task {
    int cell;
    int64_t seed;
    char **value; /* (n_parameters) YAML on one line */
    char *run;    /* the run folder's name in runs/ */
};

struct mt_sweep {
    char *dir, *name; /* the folder, and the experiment's name */
    const struct mt_kind *method;
    const struct mt_sweep_section *section; /* metric, goal, and what the method asks for */
    char **parameter;                       /* (n_parameters) dotted keys */
    int n_parameters;
    int seed_parameter;         /* index of the key `seed`; -1: all runs have the experiment's */
    struct mt_sweep_task *task; /* (n_tasks) by index */
    int n_tasks, n_cells;
    int baseline; /* the cell that differences are taken from; -1: none is named */
    struct mt_conf *conf;
    struct mt_experiment base;
};

struct mt_sweep_memory { /* bytes that the largest run takes at most */
    uint64_t each;       /* in a process of its own */
    uint64_t shared;  /* of samples, which runs on the same data share; several at a time may be on several */
    uint64_t largest; /* of these: the largest data set */
    int64_t data_sets; /* that `shared` is the sum of */
};

/* Reads sweep.yaml and tasks.csv of a folder. MT_ERR_DATA where it is no sweep or one of them is damaged. To
 * be released on success only. */
int mt_sweep_open(struct mt_sweep *s, const char *dir, struct mt_err *err);
void mt_sweep_release(struct mt_sweep *s);

/* What the reason of an interrupted run begins with that successive halving has left for good, and of one
 * that waits for others at a rung. */
#define MT_SWEEP_DROPPED "dropped after epoch "
#define MT_SWEEP_PAUSED "paused after epoch "
bool mt_sweep_is_dropped(const struct mt_status *status);

bool mt_sweep_is_halving(const struct mt_variant *sweep);
/* Whether smaller is better: by the goal, or else by the metric's name. */
bool mt_sweep_minimizes(const struct mt_sweep_section *section);

/* A task's experiment, bound and settled; the sweep has to stay until it is released. */
struct mt_sweep_experiment {
    struct mt_conf *conf;
    struct mt_experiment e;
};
int mt_sweep_task_experiment(struct mt_sweep_experiment *x, const struct mt_sweep *s, int index,
                             struct mt_err *err);
void mt_sweep_experiment_release(struct mt_sweep_experiment *x);

/* Path of a file in the sweep folder, and of a task's run folder; for free(), NULL without memory. */
char *mt_sweep_path(const struct mt_sweep *s, const char *name);
char *mt_sweep_run_path(const struct mt_sweep *s, int index);
/* Whether what lies in the folder `run` of a sweep is the run that it is named after, by the digits of the
 * id. */
bool mt_sweep_is_own_run(const char *run, const struct mt_status *s);

#endif
