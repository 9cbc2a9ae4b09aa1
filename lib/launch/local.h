/* local.h: the runs of a sweep on this machine, several at a time. */
#ifndef MT_LAUNCH_LOCAL_H
#define MT_LAUNCH_LOCAL_H

#include <signal.h>

#include "lib/launch/index.h"
#include "lib/sweep/folder.h"

/* What the outside is told: that a run has ended, or how far the sweep is. */
struct mt_sweep_news {
    int task;                       /* that has ended, or is left for now; -1: none */
    const struct mt_sweep_row *row; /* what it says; NULL without task */
    const char *failure;            /* why it failed; NULL */
    const char *busy;               /* which other process has it, so that it was left alone; NULL */
    double seconds;                 /* that it took now */
    int ended, running;             /* runs */
    const char *note;               /* what else there is to say: a rung was decided, a line is lost; NULL */
    double left; /* seconds to the end, by what the runs so far took; not-a-number: not known */
};

struct mt_sweep_local_options {
    int jobs, threads;             /* runs at a time, and threads of each */
    struct mt_sweep_memory memory; /* of the planned runs; zero: not known */
    const char *cpu_limit;         /* as for a single run */
    bool force_memory, mix_kernels;
    bool fail_fast; /* stop everything when a run fails */
    int argc;       /* the command line, recorded in each run's environment.json */
    char **argv;
    const volatile sig_atomic_t *stop; /* becomes non-zero when all runs shall save and end */
    void (*say)(void *arg, const struct mt_sweep_news *news);
    void *arg;
};

struct mt_sweep_tally {
    int ended, failed; /* runs that are over or dropped; runs that failed now */
    int busy;          /* runs that another process has */
    bool stopped;      /* before the end: by a signal, or by a failure with fail_fast */
};

/* Runs what is not finished; by successive halving as far as the rungs let it, one rung after the other, each
 * when all runs that reach it are there: a failed run holds up the decision until it is started again, and
 * succeeds. Each run is a process of its own; those with the same data share its samples.
 * index.csv follows every run. A run that fails leaves the others alone. Returns 0 with *tally filled, or -1
 * where the sweep itself cannot go on. */
int mt_sweep_local(const struct mt_sweep *s, const struct mt_sweep_folder *folder,
                   const struct mt_sweep_local_options *options, struct mt_sweep_tally *tally,
                   struct mt_err *err);

#endif
