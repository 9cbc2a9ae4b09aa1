#include "cmd/trained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/guard.h"
#include "cmd/say.h"
#include "lib/core/file.h"
#include "lib/train/checkpoint.h"
#include "lib/train/monitor.h"
#include "lib/train/needs.h"
#include "lib/train/record.h"

/* Whether the run's own evaluation used the best weights; one that has not ended has none. */
static bool judged_by_best(const struct trained *t)
{
    const struct mt_status *s = &t->status;
    bool ended = s->state == MT_RUN_COMPLETE || s->state == MT_RUN_COLLAPSED;
    return mt_judged_by_best(&t->file.e, s->epochs_done, ended ? s->best_epoch : 0);
}

/* The checkpoint's file, for free(), or NULL. */
static char *checkpoint_path(const struct trained *t, const char *which, struct mt_err *err)
{
    bool best = which ? !strcmp(which, "best") : judged_by_best(t);
    char *path = which && !best && strcmp(which, "last")
                     ? strdup(which)
                     : mt_path_join(t->run, best ? "checkpoints/" MT_CHECKPOINT_BEST
                                                 : "checkpoints/" MT_CHECKPOINT_LAST);
    if (!path)
        mt_err_memory(err, "a path", strlen(t->run));
    return path;
}

/* A file that was named is what was asked for; else the checkpoint is the run's. */
static bool is_named(const char *which)
{
    return which && strcmp(which, "best") && strcmp(which, "last");
}

/* Weights of another run fit wherever the layers do, and its figures would pass for those of this one. */
static int check_owner(const struct trained *t, const char *which, struct mt_err *err)
{
    if (is_named(which) || !t->status.run_id[0] || !strcmp(t->status.run_id, t->resume.run_id))
        return 0;
    return mt_err_set(
        err, MT_ERR_DATA,
        "%s: is a checkpoint of another run; put the right one back, or train again with --force",
        t->checkpoint);
}

static int load_weights(struct trained *t, const char *which, struct mt_err *err)
{
    if (!(t->checkpoint = checkpoint_path(t, which, err)))
        return -1;
    if (!mt_file_exists(t->checkpoint))
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: there is no such checkpoint; train the run first, or give --checkpoint",
                          t->checkpoint);
    if (mt_checkpoint_load(t->checkpoint, &t->setup.model->tensors, NULL, &t->resume, err) < 0) {
        struct mt_err why = *err;
        return why.kind != MT_ERR_DATA || is_named(which)
                   ? -1
                   : mt_err_set(err, why.kind, "%s; 'metric-train verify %s' looks through the run", why.text,
                                t->run);
    }
    return check_owner(t, which, err);
}

static int check_folder(const char *run, struct mt_err *err)
{
    char *config = mt_path_join(run, "config.yaml");
    if (!config)
        return mt_err_memory(err, run, strlen(run));
    bool there = mt_file_exists(config);
    free(config);
    return there ? 0
                 : mt_err_set(err, MT_ERR_DATA,
                              "%s: is not a run folder, for it holds no config.yaml; give the folder "
                              "that train printed",
                              run);
}

static int check_sources(const struct mt_dataset *d, const char *recorded, struct mt_err *err)
{
    for (int i = 0; i < d->n_sources; i++)
        if (!strstr(recorded, d->source[i].sha256))
            return mt_err_set(
                err, MT_ERR_DATA,
                "%s: is not what this run was trained on, for its checksum is not in data.json; "
                "put the file back, or train again",
                d->source[i].path);
    return 0;
}

/* Other data would be split, scaled and named anew, and samples trained on be judged as if they were not. */
static int check_data(const struct trained *t, struct mt_err *err)
{
    const struct mt_splits *s = &t->setup.splits;
    size_t len;
    char *text, *path = mt_path_join(t->run, MT_RECORD);
    int rc = path ? mt_file_read(path, MT_RECORD_MAX_BYTES, &text, &len, err) : mt_err_memory(err, t->run, 1);
    free(path);
    if (rc < 0)
        return -1;
    if (check_sources(&s->train_data, text, err) < 0 || check_sources(&s->validation_data, text, err) < 0 ||
        check_sources(&s->test_data, text, err) < 0)
        rc = -1;
    free(text);
    return rc;
}

static int check_memory(const struct trained *t, struct mt_err *err)
{
    struct mt_needs needs;
    struct mt_memory_there there;
    mt_needs_of(&needs, &t->setup, &t->file.e);
    mt_memory_there(&there);
    return mt_needs_check(&needs, &there, "use fewer --threads, or a machine with more", err);
}

/* Figures of a run that came to nothing look like any others. */
static void say_state(const struct trained *t)
{
    if (t->status.state == MT_RUN_DIVERGED)
        mt_talk_text(&t->talker, MT_TALK_WARNING,
                     "training has diverged: %s; these are the last weights before that", t->status.reason);
    else if (t->status.state == MT_RUN_COLLAPSED)
        mt_talk_text(&t->talker, MT_TALK_WARNING, "training has collapsed: %s", t->status.reason);
}

int trained_open(struct trained *t, const char *run, bool data, const struct args *a)
{
    struct mt_err err;
    const char *key;
    int64_t threads;
    memset(t, 0, sizeof *t);
    t->run = run;
    int rc = args_int(a, "threads", 0, 1, 1024, &threads);
    if (rc || (rc = progress_init(&t->progress, "lines", args_has(a, "quiet"))))
        return rc;
    t->talker = progress_talker(&t->progress);
    if (check_folder(run, &err) < 0 || mt_status_read(run, &t->status, &err) < 0)
        return say_error(&err);
    if ((rc = experiment_load(&t->file, run, a)) != 0)
        return rc;
    struct mt_setup_options options = {
        .threads = (int)threads, .cpu_limit = args_get(a, "cpu"), .record = data ? NULL : run};
    if (mt_setup_open(&t->setup, &t->file.e, &options, &t->talker, &key, &err) < 0 ||
        check_data(t, &err) < 0 || check_memory(t, &err) < 0 || mt_model_commit(t->setup.model, &err) < 0 ||
        load_weights(t, args_get(a, "checkpoint"), &err) < 0)
        return say_error(&err);
    if ((rc = guard_sources(a, &t->setup.splits)) != 0)
        return rc;
    mt_talk_text(&t->talker, MT_TALK_NOTE, "weights: %s, epoch %lld", t->checkpoint,
                 (long long)t->resume.epoch);
    say_state(t);
    return 0;
}

void trained_release(struct trained *t)
{
    free(t->checkpoint);
    mt_resume_release(&t->resume);
    mt_setup_release(&t->setup);
    experiment_release(&t->file);
}

int trained_split(const struct trained *t, const struct args *a, enum mt_split_bit *which)
{
    static const enum mt_split_bit order[] = {MT_SPLIT_TEST, MT_SPLIT_VALIDATION, MT_SPLIT_TRAIN};
    const char *name = args_get(a, "split");
    for (int i = 0; i < 3; i++) {
        const struct mt_view *v = mt_splits_view(&t->setup.splits, order[i]);
        *which = order[i];
        if (name ? !strcmp(name, mt_split_name(order[i])) : v->n > 0) {
            if (v->n > 0)
                return 0;
            say_line("metric-train %s: error: --split: the experiment has no data.%s", a->command->name,
                     name);
            return 2;
        }
    }
    say_line("metric-train %s: error: --split: expected test, validation or train, got '%s'",
             a->command->name, name);
    return 2;
}
