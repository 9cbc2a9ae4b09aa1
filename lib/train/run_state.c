#include "lib/train/run_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/train/identity.h"

/* The folder's name holds 8 digits of the run id; the rest must agree too. */
static int check_owner(const struct mt_run *r, const char *run_id, struct mt_err *err)
{
    if (!*run_id || !strcmp(run_id, r->folder->run_id))
        return 0;
    return mt_err_set(err, MT_ERR_USAGE,
                      "%s: holds another experiment's run, whose id begins with the same 8 digits; give this "
                      "experiment another name, or use --out",
                      r->folder->path);
}

int mt_run_is_done(struct mt_run *r, struct mt_err *err)
{
    int known = mt_status_read(r->folder->path, &r->status, err);
    if (known == 1 && check_owner(r, r->status.run_id, err) < 0)
        return -1;
    if (known <= 0 || r->options->force)
        return r->options->force ? 0 : known;
    return r->status.state == MT_RUN_COMPLETE || r->status.state == MT_RUN_COLLAPSED;
}

int mt_run_write_status(struct mt_run *r, enum mt_run_state state, const char *reason, int exit_code,
                        struct mt_err *err)
{
    struct mt_status *s = &r->status;
    s->state = state;
    snprintf(s->reason, sizeof s->reason, "%s", reason);
    snprintf(s->run_id, sizeof s->run_id, "%s", r->folder->run_id);
    snprintf(s->monitor, sizeof s->monitor, "%s", mt_monitor_names[r->monitor.what]);
    s->epochs_done = r->trainer.epoch;
    s->epochs = r->e->train.epochs;
    s->best = r->monitor.any ? r->monitor.best : NAN;
    s->best_epoch = r->monitor.best_epoch;
    s->exit_code = exit_code;
    if (state == MT_RUN_RUNNING)
        mt_time_text(s->started);
    s->ended[0] = 0;
    if (state != MT_RUN_RUNNING)
        mt_time_text(s->ended);
    return mt_status_write(r->folder, s, err);
}

static void put_state(struct mt_run *r)
{
    struct mt_resume *s = &r->resume;
    const struct mt_trainer *t = &r->trainer;
    s->epoch = t->epoch;
    s->step = t->step;
    s->epoch_step = t->batch;
    s->sums = t->sums.head;
    s->grad_norm_sum = t->sums.grad_norm;
    s->lr = t->sums.lr;
    s->schedule = t->schedule;
    s->stop.best = r->monitor.best;
    s->stop.best_epoch = r->monitor.best_epoch;
    s->stop.wait = r->monitor.wait;
    s->stop.any = r->monitor.any;
    s->collapse.looks = r->collapse.looks;
    s->collapse.leaks = r->collapse.leaks;
    memcpy(s->collapse.reason, r->collapse.reason, sizeof s->collapse.reason);
    s->history = r->history; /* lent */
}

static void take_state(struct mt_run *r, struct mt_resume *s)
{
    struct mt_trainer *t = &r->trainer;
    t->epoch = s->epoch;
    t->step = s->step;
    t->batch = s->epoch_step;
    t->sums.head = s->sums;
    t->sums.grad_norm = s->grad_norm_sum;
    t->sums.lr = s->lr;
    t->schedule = s->schedule;
    mt_trainer_enter(t);
    r->monitor.best = s->stop.best;
    r->monitor.best_epoch = s->stop.best_epoch;
    r->monitor.wait = s->stop.wait;
    r->monitor.any = s->stop.any;
    r->collapse.looks = s->collapse.looks;
    r->collapse.leaks = s->collapse.leaks;
    memcpy(r->collapse.reason, s->collapse.reason, sizeof r->collapse.reason);
    r->history = s->history;
    s->history = (struct mt_buf){0};
}

static int save_best(struct mt_run *r, const struct mt_resume *origin, struct mt_err *err)
{
    struct mt_tensors *tensors = &r->setup.model->tensors;
    char *path = mt_rundir_file(r->folder, "checkpoints/" MT_CHECKPOINT_BEST);
    if (!path)
        return mt_err_memory(err, "a path", 1);
    mt_snapshot_swap(&r->best, tensors);
    int rc = mt_checkpoint_save(path, tensors, NULL, origin, err);
    mt_snapshot_swap(&r->best, tensors);
    free(path);
    return rc;
}

int mt_run_save(struct mt_run *r, struct mt_err *err)
{
    struct mt_model *m = r->setup.model;
    if (r->history.failed || r->timing.failed) /* rows are missing, and would be for ever */
        return mt_err_memory(err, "the rows of metrics.csv", r->history.len);
    if (mt_rundir_check(r->folder, err) < 0)
        return -1;
    put_state(r);
    if (r->best_dirty) {
        struct mt_resume at = r->resume;
        at.epoch = r->monitor.best_epoch;
        at.step = mt_trainer_steps_before(&r->trainer, at.epoch);
        if (save_best(r, &at, err) < 0)
            return -1;
        r->best_dirty = false;
    }
    if (mt_rundir_write_timing(r->folder, &r->timing, err) < 0)
        return -1;
    char *dir = mt_rundir_file(r->folder, "checkpoints");
    int rc = dir ? mt_checkpoint_save_last(dir, &m->tensors, m->optim, &r->resume, err)
                 : mt_err_memory(err, "a path", 1);
    free(dir);
    return rc < 0 ? -1 : mt_rundir_write_metrics(r->folder, &r->history, err);
}

/* Numbers with a good checksum may be anybody's: steps that this run does not have would be read from beyond
 * its data. */
static int take_place(struct mt_run *r, struct mt_resume *saved, const char *dir, struct mt_err *err)
{
    struct mt_trainer *t = &r->trainer;
    int64_t epoch = saved->epoch, batch = saved->epoch_step, step = saved->step,
            best = saved->stop.best_epoch;
    bool good = epoch >= 0 && epoch <= r->e->train.epochs && best >= 0 && best <= epoch;
    if (good)
        take_state(r, saved);
    if (good && batch >= 0 && batch <= t->steps_per_epoch &&
        step == mt_trainer_steps_before(t, epoch) + batch)
        return 0;
    return mt_err_set(
        err, MT_ERR_DATA,
        "%s: its checkpoint stands after epoch %lld, batch %lld, step %lld, best epoch %lld, where this run "
        "never is; start over with --force",
        dir, (long long)epoch, (long long)batch, (long long)step, (long long)best);
}

/* Where status.json says that the folder is this run's, the checkpoint came from elsewhere. */
static int check_checkpoint(const struct mt_run *r, const char *run_id, struct mt_err *err)
{
    if (!r->status.run_id[0] || !strcmp(run_id, r->folder->run_id))
        return check_owner(r, run_id, err);
    return mt_err_set(err, MT_ERR_DATA,
                      "%s/checkpoints/" MT_CHECKPOINT_LAST
                      ": is a checkpoint of another run; put the right one back, or start over with --force",
                      r->folder->path);
}

/* Goes on from last.safetensors. Returns 1, 0 when there is none, -1. */
static int resume(struct mt_run *r, struct mt_err *err)
{
    struct mt_model *m = r->setup.model;
    struct mt_resume saved = {0};
    struct mt_buf note = {0};
    char *dir = mt_rundir_file(r->folder, "checkpoints");
    if (!dir)
        return mt_err_memory(err, "a path", 1);
    int rc = mt_checkpoint_load_last(dir, &m->tensors, m->optim, &saved, &note, err);
    if (note.len) {
        mt_talk_text(&r->talker, MT_TALK_WARNING, "%s", note.data);
        if (rc == 1 && mt_checkpoint_set_aside(dir, err) < 0)
            rc = -1;
    }
    if (rc == 1 && check_checkpoint(r, saved.run_id, err) < 0)
        rc = -1;
    if (rc == 1) {
        bool same = mt_resume_match(&saved, &r->resume, err) == 0;
        r->resume.mixed = saved.mixed || !same;
        if (!same && !r->options->mix_kernels)
            rc = -1;
    }
    if (rc == 1 && take_place(r, &saved, dir, err) < 0)
        rc = -1;
    if (rc == 1) {
        if (mt_rundir_read_timing(r->folder, r->trainer.epoch, &r->timing, err) < 0)
            rc = -1;
        mt_talk_text(&r->talker, MT_TALK_NOTE, "resuming after epoch %lld, batch %lld of %lld",
                     (long long)r->trainer.epoch, (long long)r->trainer.batch,
                     (long long)r->trainer.steps_per_epoch);
    }
    free(dir);
    mt_resume_release(&saved);
    mt_buf_release(&note);
    return rc;
}

static int init_from(struct mt_run *r, struct mt_err *err)
{
    struct mt_buf report = {0};
    int rc = mt_checkpoint_init_from(r->e->train.init_from, &r->setup.model->tensors, &report, err);
    char *line = rc == 0 ? report.data : NULL;
    for (char *end; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        mt_talk_text(&r->talker, MT_TALK_NOTE, "%s", line);
    }
    mt_buf_release(&report);
    return rc;
}

int mt_run_start(struct mt_run *r, const char **key, struct mt_err *err)
{
    struct mt_model *m = r->setup.model;
    if (mt_trainer_init(&r->trainer, r->e, &r->setup.splits, m, err) < 0 ||
        mt_snapshot_init(&r->best, &m->tensors, err) < 0 ||
        mt_probe_init(&r->probe, &r->setup.splits, m, err) < 0)
        return -1;
    mt_monitor_init(&r->monitor, r->e, r->setup.splits.validation.n > 0);
    mt_resume_origin(&r->resume, r->folder->run_id, &r->setup);
    if (r->options->force && mt_rundir_clear(r->folder, err) < 0)
        return -1;
    mt_run_log_pending(r);
    int resumed = resume(r, err);
    if (resumed < 0)
        return -1;
    if (!resumed) {
        mt_model_init(m, (uint64_t)r->e->seed);
        *key = "train.init_from";
        if (r->e->train.init_from && init_from(r, err) < 0)
            return -1;
        *key = NULL;
    }
    if (mt_trace_open(&r->trace, r->options->trace, r->trainer.step, err) < 0)
        return -1;
    r->started = true;
    return mt_run_write_status(r, MT_RUN_RUNNING, "", -1, err);
}

static double mean(double sum, int64_t n)
{
    return n ? sum / (double)n : NAN;
}

void mt_run_fill_row(struct mt_metrics *row, const struct mt_trainer *t, const struct mt_head_stats *v)
{
    const struct mt_head_stats *h = &t->sums.head;
    const struct mt_head *head = t->model->head;
    mt_metrics_init(row);
    row->epoch = t->epoch + 1;
    row->step = t->step;
    row->stage = mt_trainer_stage(t)->name;
    row->lr = t->sums.lr;
    row->train_loss = mean(h->loss, h->n);
    row->train_accuracy = mean((double)h->correct, h->n);
    row->train_leak_accuracy = mean((double)h->leak_correct, h->n);
    row->val_loss = mean(v->score_loss, v->n);
    row->val_margin_loss = mean(v->loss, v->n);
    row->val_accuracy = mean((double)v->correct, v->n);
    row->val_leak_accuracy = mean((double)v->leak_correct, v->n);
    row->mean_target_cos = mean(h->target_cos, h->n);
    row->t = head->type->gauge ? head->type->gauge(head) : NAN;
    row->grad_norm = mean(t->sums.grad_norm, t->batch);
    row->l2_loss = mt_optim_l2_loss(t->model->optim);
    row->zero_embeddings = h->zero;
}

void mt_run_release(struct mt_run *r)
{
    struct mt_err ignored;
    mt_trace_close(&r->trace, &ignored);
    r->resume.history = (struct mt_buf){0}; /* was lent */
    mt_resume_release(&r->resume);
    mt_buf_release(&r->history);
    mt_buf_release(&r->timing);
    mt_buf_release(&r->unlogged);
    mt_snapshot_release(&r->best);
    mt_probe_release(&r->probe);
    mt_foresight_release(&r->foresight);
    mt_trainer_release(&r->trainer);
    mt_rundir_close(r->folder);
    mt_setup_release(&r->setup);
    free(r);
}
