/* plan.h: from an experiment with a section `sweep` to the list of its runs, each bound and checked before
 * any of them starts: keys, values, shapes, classes, batches; and from there to a sweep folder. */
#ifndef MT_SWEEP_PLAN_H
#define MT_SWEEP_PLAN_H

#include "lib/sweep/sweep.h"
#include "lib/train/rundir.h"

struct mt_sweep_plan_options {
    const char *const
        *set; /* KEY=VALUES of the command line; what is a single value has been laid over conf */
    int n_set;
    int threads;   /* of one run; 0: one per processor */
    bool estimate; /* how long runs take, by a few steps of each shape */
};

struct mt_planned { /* a run */
    int cell;
    int64_t seed;
    char **value; /* (n_parameters) YAML on one line; "": the experiment's own */
    char run[MT_RUNDIR_NAME];
    const char *verdict; /* mt_feasibility_word of the first stage that has a warning, else of the last */
    uint64_t memory;     /* bytes at most, mt_needs_peak */
    uint64_t samples;    /* bytes of it that runs on the same data share */
    int data;            /* the first run on the same data */
    int64_t epochs, last_stage; /* of which the last stage begins after so many */
    double seconds;             /* of the whole run, at most; not-a-number: not estimated */
};

struct mt_sweep_plan {
    char *name;
    const struct mt_variant *sweep; /* of the experiment that was planned */
    struct mt_conf *conf;           /* likewise */
    char *parameters; /* all of them with what they take, as the section says it, paths absolute */
    char **parameter; /* (n_parameters) dotted keys */
    int n_parameters, seed_parameter;
    struct mt_planned *task;
    int n_tasks, n_cells;
    int baseline;
    struct mt_strings notes; /* cells that are the same run */
};

/* `conf` and `base` are an experiment that was loaded, bound and settled, and that has a section `sweep`;
 * they have to stay. Every problem of every cell goes to diag. Released on success only. */
int mt_sweep_plan_new(struct mt_sweep_plan *p, struct mt_conf *conf, const struct mt_experiment *base,
                      const struct mt_sweep_plan_options *options, struct mt_diag *diag);
void mt_sweep_plan_release(struct mt_sweep_plan *p);

/* What the largest runs take, `jobs` at a time. */
struct mt_sweep_memory mt_sweep_plan_memory(const struct mt_sweep_plan *p, int64_t jobs);

/* Writes sweep.yaml and tasks.csv into `dir`, and creates what is missing of it. */
int mt_sweep_plan_write(const struct mt_sweep_plan *p, const char *dir, struct mt_err *err);

/* How many runs and cells a sweep has, before any of them is looked at. */
int mt_sweep_size(struct mt_conf *conf, const struct mt_experiment *base, int *runs, int *cells,
                  struct mt_diag *diag);

/* "head.s=8, head.m=0.5": a cell in words, without the seed. */
void mt_sweep_plan_label(const struct mt_sweep_plan *p, int task, struct mt_buf *out);

#endif
