/* sweep.h: the words of the command `sweep`, one file each. */
#ifndef CMD_SWEEP_H
#define CMD_SWEEP_H

#include "cmd/experiment.h"
#include "lib/sweep/plan.h"

/* An experiment with a section `sweep`, from a file or from the command line's values. */
struct sweep_file {
    struct experiment_file x;
    struct mt_sweep_plan plan;
    bool planned;
    int64_t jobs; /* runs at a time; on a cluster 0: as many as it gives */
    int threads;  /* of one run */
};

/* Loads CONFIG and plans its runs, all of them checked, and with `estimate` timed. Returns 0, or the exit
 * code after printing every problem. To be released in both cases. */
int sweep_plan_load(struct sweep_file *f, const char *path, const struct args *a, bool estimate);
void sweep_file_release(struct sweep_file *f);

/* The sweep folder that --out names, or sweeps/NAME; for free(), NULL without memory. */
char *sweep_folder_path(const struct sweep_file *f, const struct args *a);

/* Path of a planned run's folder; likewise. */
char *sweep_planned_path(const char *dir, const struct mt_planned *task);

/* `sweep plan CONFIG`: writes the folder and prints its path; and `sweep CONFIG --dry-run`, which writes
 * nothing. */
int sweep_plan(const struct args *a, const char *path);
int sweep_dry_run(const struct args *a, const char *path);

/* `sweep CONFIG`: plans, and runs what is not finished. */
int sweep_run(const struct args *a, const char *path);
/* `sweep task DIR INDEX`: one run, as `train` does it, with the same exit codes. */
int sweep_task(const struct args *a, const char *dir, const char *index);
/* `sweep collect DIR`; and the answer of an open sweep, which ends `sweep CONFIG`: into files of its folder,
 * and to stdout in the form that --json, --csv or --markdown ask for. */
int sweep_collect(const struct args *a, const char *dir);
int sweep_answer(const struct args *a, const struct mt_sweep *sweep);

#endif
