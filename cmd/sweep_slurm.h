/* sweep_slurm.h: `sweep CONFIG --launcher slurm`: the runs that are not finished, as jobs of a cluster. */
#ifndef CMD_SWEEP_SLURM_H
#define CMD_SWEEP_SLURM_H

#include "cmd/sweep.h"

/* Plans and submits; with nothing left to run it collects. Returns the exit code. */
int sweep_slurm(const struct args *a, const char *path);
/* Prints what would be submitted; writes nothing. */
int sweep_slurm_dry_run(const struct args *a, const char *path);

#endif
