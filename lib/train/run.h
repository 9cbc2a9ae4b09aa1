/* run.h: a whole run: from an experiment to a finished run folder, resumable at any step. */
#ifndef MT_TRAIN_RUN_H
#define MT_TRAIN_RUN_H

#include <signal.h>

#include "lib/train/setup.h"
#include "lib/train/talk.h"

struct mt_conf;

struct mt_run_options {
    struct mt_setup_options setup;
    const char *dir;    /* instead of the experiment's output.dir; NULL */
    const char *folder; /* the name that the run folder must have, as planned before; NULL: any */
    bool force;         /* start over even where a complete or interrupted run stands */
    bool force_memory;  /* even where the run needs more memory than there is */
    bool strict;      /* a collapsed run's exit code is that of a diverged one; it is finished all the same */
    bool mix_kernels; /* resume although kernels or OpenBLAS core differ; marked in the run */
    double save_every; /* seconds between two saves while training; 0: 10; below: after every batch */
    const char *trace; /* file for loss, gradient norm and learning rate of every step; NULL */
    int argc;          /* the command line, recorded in environment.json */
    char **argv;
    const volatile sig_atomic_t *stop; /* becomes non-zero when the run shall save and end */
    int64_t pause_after;      /* epochs after which the run is left as if it had been stopped; 0: none */
    const char *pause_reason; /* then status.json's reason, with what MT_RUN_LEFT_COLLAPSED says */
    struct mt_talker talker;
};

/* What follows in the reason of a run that was left while it had collapsed; then comes how. */
#define MT_RUN_LEFT_COLLAPSED "; collapsed: "

enum mt_run_end { MT_RUN_END_COMPLETE, MT_RUN_END_ALREADY, MT_RUN_END_INTERRUPTED };

struct mt_run_result {
    enum mt_run_end end;
    char *dir;            /* the run folder; for free() */
    int64_t epochs;       /* done */
    int64_t best_epoch;   /* 1-based, 0: none */
    double test_accuracy; /* by the head; NaN without a test split */
    char collapsed[512];  /* in words, how the run has collapsed; "" */
};

/* Returns 0 with *result filled, or -1: then status.json in the run folder says failed or diverged, if it got
 * that far. */
int mt_run(const struct mt_experiment *e, const struct mt_run_options *options, struct mt_run_result *result,
           const char **key, struct mt_err *err);

#endif
