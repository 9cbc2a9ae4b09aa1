/* trained.h: a run folder opened for reading: its experiment, its data and the model with the weights of a
 * checkpoint. Nothing in the folder is written or locked, so a run may be looked at while it trains. */
#ifndef CMD_TRAINED_H
#define CMD_TRAINED_H

#include "cmd/experiment.h"
#include "cmd/progress.h"
#include "lib/train/resume.h"
#include "lib/train/rundir.h"
#include "lib/train/setup.h"

/* The options of every command that opens a run. */
#define TRAINED_OPTIONS                                                                                      \
    {"checkpoint", 'c', "WHICH",                                                                             \
     "Weights to use: best, last or a file. Default: those the run was judged by."},                         \
        {"threads", 'j', "N", "Threads to use; results do not depend on it. Default: one per processor."},   \
        {"cpu", 0, "SET", "Use at most these kernels: avx512, avx2 or c."},                                  \
    {                                                                                                        \
        "quiet", 'q', NULL, "Print errors and warnings only."                                                \
    }

struct trained {
    const char *run; /* the folder */
    struct experiment_file file;
    struct progress progress;
    struct mt_talker talker;
    struct mt_setup setup;
    struct mt_resume resume; /* epoch and step that the weights are of */
    char *checkpoint;        /* their file */
    struct mt_status status; /* MT_RUN_DIVERGED: after these weights came a number that is not finite */
};

/* Without `data` the run's data sets are not read, and the splits hold no samples. Returns 0, or the exit
 * code after saying what is wrong. To be released in both cases. */
int trained_open(struct trained *t, const char *run, bool data, const struct args *a);
void trained_release(struct trained *t);

/* The split that --split names; absent, the test split, else validation, else train. */
int trained_split(const struct trained *t, const struct args *a, enum mt_split_bit *which);

#endif
