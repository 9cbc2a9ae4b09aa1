/* run_state.h: a run under way, and how its state goes to the run folder and back. Used by run.c alone. */
#ifndef MT_TRAIN_RUN_STATE_H
#define MT_TRAIN_RUN_STATE_H

#include "lib/train/checkpoint.h"
#include "lib/train/collapse.h"
#include "lib/train/foresight.h"
#include "lib/train/history.h"
#include "lib/train/monitor.h"
#include "lib/train/probe.h"
#include "lib/train/rundir.h"
#include "lib/train/run.h"
#include "lib/train/snapshot.h"
#include "lib/train/trace.h"

struct mt_run {
    const struct mt_experiment *e;
    const struct mt_run_options *options;
    struct mt_talker talker; /* to the caller and to log.txt */
    struct mt_buf unlogged;  /* lines said before there was a folder */
    struct mt_setup setup;
    struct mt_rundir *folder;
    struct mt_trainer trainer;
    struct mt_monitor monitor;
    struct mt_foresight foresight;
    struct mt_collapse collapse;
    struct mt_probe probe;
    struct mt_snapshot best; /* weights of the best epoch, when best_dirty: not yet in best.safetensors */
    bool best_dirty;
    struct mt_resume resume; /* origin and, while saving, the rest */
    struct mt_buf history;   /* rows of metrics.csv */
    struct mt_buf timing;    /* rows of timing.csv */
    struct mt_trace trace;
    struct mt_status status;
    int64_t skipped;    /* samples of the epoch under way that an earlier process trained */
    double save_at;     /* the time to save next, by mt_clock */
    bool unlogged_said; /* that log.txt lacks lines */
    bool started;       /* the run folder is this process's to write to */
};

/* Whether the folder holds this run complete: 1, 0 or -1. */
int mt_run_is_done(struct mt_run *r, struct mt_err *err);
/* First weights, init_from, or the state of an interrupted start; status.json says running. */
int mt_run_start(struct mt_run *r, const char **key, struct mt_err *err);
/* checkpoints/best and last, timing.csv and metrics.csv. */
int mt_run_save(struct mt_run *r, struct mt_err *err);
int mt_run_write_status(struct mt_run *r, enum mt_run_state state, const char *reason, int exit_code,
                        struct mt_err *err);
/* The row of the epoch that the trainer has just finished. */
void mt_run_fill_row(struct mt_metrics *row, const struct mt_trainer *t,
                     const struct mt_head_stats *validation);
void mt_run_release(struct mt_run *r);

/* run_log.c: r->talker tells the caller's talker, and log.txt all but single steps. */
void mt_run_talk_init(struct mt_run *r);
void mt_run_log_pending(struct mt_run *r); /* once the folder is open, and emptied with --force */

/* run_files.c: config.yaml, data.json, environment.json and model.txt at the start; the evaluation, the
 * embeddings and summary.json at the end. */
int mt_run_write_head(struct mt_run *r, struct mt_err *err);
int mt_run_finish(struct mt_run *r, struct mt_run_result *result, struct mt_err *err);

#endif
