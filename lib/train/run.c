/* run.c: opens the run folder, resumes or begins, trains epoch by epoch, saves, and hands over to the final
 * evaluation. */
#include "lib/train/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/train/identity.h"
#include "lib/train/manifest.h"
#include "lib/train/monitor.h"
#include "lib/train/needs.h"
#include "lib/train/outputs.h"
#include "lib/train/run_state.h"

/* Seconds of work that a power cut may cost, in the middle of an epoch too, unless options say otherwise;
 * more where saving takes long, so that it takes no more than this part of the time. */
#define SAVE_EVERY 10.0
#define SAVE_PART 0.05

static double save_every(const struct mt_run *r)
{
    return r->options->save_every ? r->options->save_every : SAVE_EVERY;
}

static bool stopping(const struct mt_run_options *o)
{
    return o->stop && *o->stop;
}

static bool pausing(const struct mt_run *r)
{
    int64_t after = r->options->pause_after;
    return after && r->trainer.epoch >= after && r->trainer.batch == 0;
}

static void say_step(const struct mt_run *r, double started)
{
    const struct mt_trainer *t = &r->trainer;
    const struct mt_head_stats *h = &t->sums.head;
    struct mt_talk talk = {.kind = MT_TALK_STEP,
                           .epoch = t->epoch + 1,
                           .epochs = r->e->train.epochs,
                           .batch = t->batch,
                           .batches = t->steps_per_epoch,
                           .loss = h->loss / (double)h->n,
                           .accuracy = (double)h->correct / (double)h->n,
                           .val_loss = NAN,
                           .val_accuracy = NAN,
                           .seconds = mt_clock() - started};
    r->talker.say(r->talker.arg, &talk);
}

static void say_epoch(const struct mt_run *r, const struct mt_metrics *row, double seconds, bool best)
{
    struct mt_talk talk = {.kind = MT_TALK_EPOCH,
                           .epoch = row->epoch,
                           .epochs = r->e->train.epochs,
                           .batch = r->trainer.steps_per_epoch,
                           .batches = r->trainer.steps_per_epoch,
                           .loss = row->train_loss,
                           .accuracy = row->train_accuracy,
                           .val_loss = row->val_loss,
                           .val_accuracy = row->val_accuracy,
                           .seconds = seconds,
                           .best = best};
    r->talker.say(r->talker.arg, &talk);
}

/* Says so when a collapse is seen for the first time, and when it has passed. */
static void watch_collapse(struct mt_run *r, const struct mt_metrics *row)
{
    bool before = r->collapse.reason[0];
    bool now = mt_collapse_observe(&r->collapse, row);
    if (now && !before)
        mt_talk_text(&r->talker, MT_TALK_WARNING, "epoch %lld: training has collapsed: %s",
                     (long long)row->epoch, r->collapse.reason);
    else if (before && !now)
        mt_talk_text(&r->talker, MT_TALK_NOTE, "epoch %lld: training has recovered from its collapse",
                     (long long)row->epoch);
}

/* Validation, the row of metrics.csv, the schedule's and the monitor's view of it; the trainer then stands
 * before the next epoch. */
static int end_epoch(struct mt_run *r, double started, struct mt_err *err)
{
    struct mt_trainer *t = &r->trainer;
    struct mt_head_stats validation = {0};
    struct mt_metrics row;
    double trained = mt_clock() - started;
    if (mt_trainer_check_tensors(t, err) < 0)
        return -1;
    if (mt_trainer_measure(t->model, &r->setup.splits.validation, &r->setup.splits.scale, &validation, err) <
            0 ||
        mt_trainer_check_validation(t, &validation, err) < 0)
        return -1;
    mt_run_fill_row(&row, t, &validation);
    row.mean_weight_cos = mt_probe_weight_cos(&r->probe, t->model->head);
    if (mt_probe_rank(&r->probe, t->model, &row.embedding_rank, err) < 0)
        return -1;
    watch_collapse(r, &row);
    mt_metrics_row(&row, &r->history);
    bool best = mt_monitor_observe(&r->monitor, &row);
    if (best)
        mt_snapshot_take(&r->best, &t->model->tensors);
    r->best_dirty |= best;
    double value = mt_metrics_value(&row, mt_monitor_names[r->monitor.what]);
    mt_schedule_observe(&mt_trainer_stage(t)->schedule, &t->schedule, r->monitor.smaller ? -value : value);
    t->epoch++;
    t->batch = 0;
    memset(&t->sums, 0, sizeof t->sums);
    say_epoch(r, &row, mt_clock() - started, best);
    int64_t seen = t->e->train.drop_last ? t->steps_per_epoch * mt_trainer_stage(t)->batch_size
                                         : r->setup.splits.train.n;
    mt_timing_row(t->epoch, trained, trained > 0 ? (double)(seen - r->skipped) / trained : NAN, &r->timing);
    return 0;
}

/* Where training stands, when it is time. */
static int save_in_time(struct mt_run *r, struct mt_err *err)
{
    double started = mt_clock();
    if (started < r->save_at)
        return 0;
    if (mt_run_save(r, err) < 0)
        return -1;
    double ended = mt_clock(), every = save_every(r);
    r->save_at = every < 0 ? ended : ended + fmax(every, (ended - started) / SAVE_PART);
    return 0;
}

/* What is best is judged anew: heads and their losses do not compare. */
static void begin_stage(struct mt_run *r)
{
    mt_monitor_init(&r->monitor, r->e, r->setup.splits.validation.n > 0);
    r->best_dirty = false;
    r->collapse = (struct mt_collapse){0};
}

/* Trains the epoch under way to its end. Returns 0, -1, or 1 when asked to stop. */
static int train_epoch(struct mt_run *r, struct mt_err *err)
{
    struct mt_trainer *t = &r->trainer;
    double started = mt_clock();
    if (mt_trainer_stage_begins(t))
        begin_stage(r);
    if (mt_trainer_begin_epoch(t, err) < 0)
        return -1;
    mt_collapse_watch(&r->collapse, t->model->head, r->foresight.stage[t->model->stage].floor,
                      mt_trainer_stage(t)->epochs);
    r->skipped = t->batch * mt_trainer_stage(t)->batch_size;
    while (t->batch < t->steps_per_epoch) {
        if (stopping(r->options))
            return 1;
        if (mt_trainer_step(t, err) < 0)
            return -1;
        if (mt_trace_step(&r->trace, t, err) < 0 || save_in_time(r, err) < 0)
            return -1;
        say_step(r, started);
    }
    return end_epoch(r, started, err);
}

static bool finished(const struct mt_run *r)
{
    const struct mt_trainer *t = &r->trainer;
    const struct mt_stages *stages = &t->model->stages;
    bool may_stop = t->batch == 0 && t->epoch > stages->v[stages->n - 1].first;
    return t->epoch >= r->e->train.epochs || (may_stop && mt_monitor_stops(&r->monitor));
}

/* Returns 0 when training is over, 1 when it is to be gone on with later, -1 on failure. The last good state
 * is saved in each case. */
static int train(struct mt_run *r, struct mt_err *err)
{
    r->save_at = mt_clock() + fmax(save_every(r), 0);
    while (!finished(r)) {
        int rc = pausing(r) ? 1 : train_epoch(r, err);
        if (rc < 0) {
            struct mt_err ignored;
            mt_run_save(r,
                        &ignored); /* the weights before the bad step; the first error is the one to tell */
            return -1;
        }
        if (rc == 1)
            return mt_run_save(r, err) < 0 ? -1 : 1;
    }
    return mt_run_save(r, err);
}

static int restore_best(struct mt_run *r, struct mt_err *err)
{
    bool wanted = mt_judged_by_best(r->e, r->trainer.epoch, r->monitor.best_epoch);
    if (!wanted || r->monitor.best_epoch == r->trainer.epoch || !r->monitor.any)
        return 0;
    char *path = mt_rundir_file(r->folder, "checkpoints/" MT_CHECKPOINT_BEST);
    int rc = path ? mt_checkpoint_load(path, &r->setup.model->tensors, NULL, NULL, err)
                  : mt_err_memory(err, "a path", 1);
    free(path);
    if (rc == 0)
        mt_talk_text(&r->talker, MT_TALK_NOTE, "evaluating the weights of epoch %lld, the best",
                     (long long)r->monitor.best_epoch);
    return rc;
}

/* What a run folder is named after depends on the data too, which may have changed since. */
static int check_folder(const struct mt_run *r, const char *id, struct mt_err *err)
{
    char name[MT_RUNDIR_NAME];
    mt_rundir_name(name, r->e->name, id);
    if (!r->options->folder || !strcmp(r->options->folder, name))
        return 0;
    return mt_err_set(err, MT_ERR_DATA,
                      "the run was planned as %s, and is %s now: the data, the program's numerics or the "
                      "settings have changed since; plan again",
                      r->options->folder, name);
}

static int check_trace(const struct mt_run *r, struct mt_err *err)
{
    struct mt_err why;
    if (!r->options->trace || mt_setup_check_file(&r->setup.splits, r->options->trace, &why) == 0)
        return 0;
    return mt_err_set(err, why.kind, "--trace: %s", why.text);
}

/* Opens everything, and the state of an earlier start. Returns 0 to train, 1 when the run is already
 * complete, or -1. */
static int begin(struct mt_run *r, const char **key, struct mt_err *err)
{
    char id[MT_SHA256_HEX];
    const struct mt_experiment *e = r->e;
    const char *dir = r->options->dir ? r->options->dir : e->output.dir;
    if (mt_setup_open(&r->setup, e, &r->options->setup, &r->talker, key, err) < 0)
        return -1;
    *key = r->options->dir ? NULL : "output.dir";
    if (mt_setup_check_output(&r->setup, dir, err) < 0)
        return -1;
    *key = NULL;
    if (check_trace(r, err) < 0)
        return -1;
    *key = e->train.init_from ? "train.init_from" : NULL;
    if (mt_run_id(id, e, &r->setup.splits, err) < 0)
        return -1;
    *key = NULL;
    if (check_folder(r, id, err) < 0 || mt_rundir_open(&r->folder, dir, e->name, id, err) < 0)
        return -1;
    int done = mt_run_is_done(r, err);
    if (done)
        return done;
    struct mt_needs needs;
    struct mt_memory_there there;
    mt_needs_of(&needs, &r->setup, e);
    mt_memory_there(&there);
    if (!r->options->force_memory &&
        mt_needs_check(&needs, &there, MT_NEEDS_LESS ", or try all the same with --force-memory", err) < 0)
        return -1;
    mt_talk_text(&r->talker, MT_TALK_NOTE, "model: %zu parameters to train; %.1f MiB of memory for the run",
                 mt_tensors_count(&r->setup.model->tensors, true), (double)mt_needs_peak(&needs) / 1048576.0);
    if (mt_foresight_new(&r->foresight, r->setup.model, err) < 0)
        return -1;
    mt_foresight_say(&r->foresight, r->setup.model, true, &r->talker);
    if (mt_model_commit(r->setup.model, err) < 0 || mt_run_start(r, key, err) < 0)
        return -1;
    return mt_run_write_head(r, err);
}

/* Why a run that is to be gone on with was left. */
static void say_left(const struct mt_run *r, char *text, size_t size)
{
    if (!pausing(r))
        snprintf(text, size, "stopped by a signal");
    else
        snprintf(text, size, "%s%s%s", r->options->pause_reason,
                 r->collapse.reason[0] ? MT_RUN_LEFT_COLLAPSED : "", r->collapse.reason);
}

/* Writes down what became of the run. Returns rc, or -1 when only that failed. */
static int end_state(struct mt_run *r, int rc, struct mt_err *err)
{
    struct mt_err ignored;
    if (!r->folder || !r->started)
        return rc;
    bool collapsed = rc == 0 && r->collapse.reason[0];
    enum mt_run_state state = collapsed                      ? MT_RUN_COLLAPSED
                              : rc == 0                      ? MT_RUN_COMPLETE
                              : rc == 1                      ? MT_RUN_INTERRUPTED
                              : err->kind == MT_ERR_DIVERGED ? MT_RUN_DIVERGED
                                                             : MT_RUN_FAILED;
    if (rc < 0)
        mt_rundir_log(r->folder, err->text, &ignored);
    int code = collapsed && r->options->strict ? MT_ERR_DIVERGED
               : rc == 0                       ? 0
               : rc == 1                       ? MT_ERR_STOPPED
                                               : (int)err->kind;
    char left[sizeof r->status.reason];
    say_left(r, left, sizeof left);
    const char *reason = rc < 0 ? err->text : rc == 1 ? left : r->collapse.reason;
    int written = mt_run_write_status(r, state, reason, code, rc < 0 ? &ignored : err);
    return written < 0 ? -1 : rc;
}

static int run(struct mt_run *r, struct mt_run_result *result, const char **key, struct mt_err *err)
{
    int rc = begin(r, key, err);
    if (rc == 1) {
        result->end = MT_RUN_END_ALREADY;
        result->epochs = r->status.epochs_done;
        result->best_epoch = r->status.best_epoch;
        if (r->status.state == MT_RUN_COLLAPSED)
            snprintf(result->collapsed, sizeof result->collapsed, "%s", r->status.reason);
        return 0;
    }
    if (rc == 0)
        rc = train(r, err);
    if (rc >= 0 && mt_trace_close(&r->trace, err) < 0)
        rc = -1;
    if (rc == 0)
        rc = restore_best(r, err);
    if (rc == 0)
        rc = mt_run_finish(r, result, err);
    if (rc == 0)
        rc = mt_manifest_write(r->folder, err);
    rc = end_state(r, rc, err);
    result->end = rc == 1 ? MT_RUN_END_INTERRUPTED : MT_RUN_END_COMPLETE;
    result->epochs = r->trainer.epoch;
    result->best_epoch = r->monitor.best_epoch;
    if (rc == 0)
        snprintf(result->collapsed, sizeof result->collapsed, "%s", r->collapse.reason);
    return rc < 0 ? -1 : 0;
}

int mt_run(const struct mt_experiment *e, const struct mt_run_options *options, struct mt_run_result *result,
           const char **key, struct mt_err *err)
{
    struct mt_run *r = calloc(1, sizeof *r);
    memset(result, 0, sizeof *result);
    result->test_accuracy = NAN;
    *key = NULL;
    if (!r)
        return mt_err_memory(err, "the run", sizeof *r);
    r->e = e;
    r->options = options;
    mt_run_talk_init(r);
    int rc = run(r, result, key, err);
    if (r->folder && !(result->dir = strdup(r->folder->path)) && rc == 0)
        rc = mt_err_memory(err, "a path", 1);
    mt_run_release(r);
    return rc;
}
