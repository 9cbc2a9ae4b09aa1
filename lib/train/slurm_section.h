/* slurm_section.h: the section `slurm` of an experiment file: what a sweep's jobs ask a Slurm cluster for
 * (sweep/slurm.h).
 *
 * It says nothing about a single run: it is not part of the run id, and `train` passes it over. */
#ifndef MT_TRAIN_SLURM_SECTION_H
#define MT_TRAIN_SLURM_SECTION_H

#include <stdint.h>

#include "lib/core/fields.h"

struct mt_slurm_section {
    char *partition, *time, *mem; /* NULL: unset */
    struct mt_strings extra;
};

/* Seconds of a time as sbatch reads it: M, M:S, H:M:S, D-H, D-H:M or D-H:M:S; -1 where it is none. */
int64_t mt_slurm_seconds(const char *time);

/* Rules of the keys that are strings to YAML. *key is the dotted key at fault. */
int mt_slurm_section_check(const struct mt_slurm_section *s, const char **key, struct mt_err *err);

#endif
