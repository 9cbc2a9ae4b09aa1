/* slurm.h: hands the runs of a sweep to a Slurm cluster. */
#ifndef CMD_SLURM_H
#define CMD_SLURM_H

#include "lib/launch/slurm.h"
#include "lib/report/table.h"

struct slurm_launch {
    struct mt_slurm_request request; /* program may be NULL: this one */
    const int *task;                 /* (n_tasks) those to be run, ascending; at least one */
    int n_tasks;
};

/* Prints the scripts and the calls of sbatch. Nothing is written or submitted. Returns the exit code. */
int slurm_print(const struct slurm_launch *l);

/* Writes the scripts into the sweep folder, submits the arrays and behind them the collector, and prints the
 * jobs. When one is refused, those before it are taken back. Returns the exit code: 6 while jobs of an
 * earlier submission are queued. */
int slurm_submit(const struct slurm_launch *l, enum mt_text_format format);

#endif
