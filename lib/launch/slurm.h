/* slurm.h: a sweep as jobs of a Slurm cluster: which arrays, the scripts that they run, and the arguments of
 * sbatch. Nothing here starts a program.
 *
 * Every task that is not finished is an element of a job array; an array's largest index is bounded by the
 * cluster (MaxArraySize), so that an array begins at a multiple of it, its offset. A job that waits for all
 * arrays, however they end, collects. The folder `slurm` in the sweep folder holds
 *
 *     task.sh, collect.sh     the scripts
 *     task-<index>.log        what an element said; task-<index>+<offset>.log behind an offset
 *     collect.log             what the collector said
 *     jobs.csv                job,tasks of the last submission: the arrays, then without tasks the collector
 */
#ifndef MT_LAUNCH_SLURM_H
#define MT_LAUNCH_SLURM_H

#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/fields.h"
#include "lib/train/slurm_section.h"

#define MT_SLURM_FOLDER "slurm"
#define MT_SLURM_TASK_SCRIPT "task.sh"
#define MT_SLURM_COLLECT_SCRIPT "collect.sh"
#define MT_SLURM_JOBS "slurm/jobs.csv"

struct mt_slurm_array {
    int offset;    /* of the first task; an element's task is offset + its index */
    int n;         /* tasks */
    char *indexes; /* as sbatch --array reads them: 0-3,7 */
    char *tasks;   /* the same with the offset */
};
struct mt_slurm_arrays {
    struct mt_slurm_array *v;
    int n;
};

/* Cuts the tasks (ascending indexes) into arrays whose indexes are below max_size. */
int mt_slurm_arrays_cut(struct mt_slurm_arrays *out, const int *task, int n_tasks, int64_t max_size,
                        struct mt_err *err);
void mt_slurm_arrays_release(struct mt_slurm_arrays *a);

struct mt_slurm_request {
    const char *name;    /* of the experiment */
    const char *dir;     /* the sweep folder, absolute */
    const char *program; /* metric-train, absolute */
    const struct mt_slurm_section *section;
    const char *const *options; /* of `sweep task`, ends with NULL */
    int64_t threads;            /* of a task */
    int64_t parallel;           /* tasks at a time; 0: as many as the cluster gives */
    uint64_t memory;            /* bytes that a task needs, where the section does not say */
};

void mt_slurm_task_script(const struct mt_slurm_request *r, struct mt_buf *out);
void mt_slurm_collect_script(const struct mt_slurm_request *r, struct mt_buf *out);

/* argv of sbatch: strings for mt_slurm_argv_release, ends with NULL. NULL without memory. `after` is the ids
 * of the arrays with a colon between them. */
char **mt_slurm_task_argv(const struct mt_slurm_request *r, const struct mt_slurm_array *a);
char **mt_slurm_collect_argv(const struct mt_slurm_request *r, const char *after);
void mt_slurm_argv_release(char **argv);

/* What `scontrol show config` says of a number, as MaxArraySize; -1 where it says nothing. */
int64_t mt_slurm_config_number(const char *config, const char *name);
/* The job's id in what `sbatch --parsable` printed, ID or ID;CLUSTER, to `id`. */
#define MT_SLURM_ID 32
int mt_slurm_job_id(char id[MT_SLURM_ID], const char *printed, struct mt_err *err);

#endif
