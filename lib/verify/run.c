/* run.c: a run folder, and what its owner can do. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/core/version.h"
#include "lib/sweep/sweep.h"
#include "lib/train/checkpoint.h"
#include "lib/verify/check.h"

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

static void say_about(struct mt_check *c)
{
    struct mt_buf *b = &c->verdict->about;
    long long done = (long long)c->status.epochs_done, all = (long long)c->status.epochs;
    if (!c->known)
        mt_buf_puts(b, "a run whose state is not known");
    else if (c->ended)
        mt_buf_printf(b, "%s, %lld epoch%s", mt_run_state_names[c->status.state], done, plural(done));
    else if (c->status.state == MT_RUN_RUNNING)
        mt_buf_printf(b, "running, %lld epochs planned; what is there so far", all);
    else if (c->last.good || c->prev.good) {
        const struct mt_checkpoint_found *f = c->last.good ? &c->last : &c->prev;
        mt_buf_printf(b, "%s, no manifest yet; checkpoint of epoch %lld of %lld, step %lld",
                      mt_run_state_names[c->status.state], (long long)f->epoch, all, (long long)f->step);
    } else {
        mt_buf_printf(b, "%s, no manifest and no checkpoint yet", mt_run_state_names[c->status.state]);
    }
}

/* Whether nothing is wrong but with spare checkpoints. */
static bool only_spare(const struct mt_verdict *v)
{
    for (int i = 0; i < v->n; i++)
        if (mt_finding_is_bad(&v->finding[i]) &&
            strcmp(v->finding[i].file, "checkpoints/" MT_CHECKPOINT_PREV))
            return false;
    return true;
}

static void say_remedy(struct mt_check *c)
{
    struct mt_buf *b = &c->verdict->remedy;
    const struct mt_checkpoint_found *f = c->last.good ? &c->last : &c->prev;
    if (!c->verdict->bad)
        return;
    if (c->ended && only_spare(c->verdict))
        mt_buf_puts(b, "remove checkpoints/" MT_CHECKPOINT_PREV "; a run that has ended does not need it");
    else if (c->ended || (!c->last.good && !c->prev.good && (c->last.there || c->prev.there)))
        mt_buf_puts(b, "metric-train train CONFIG --force makes the run anew, with the same bytes");
    else if (c->best.there && !c->best.good)
        mt_buf_puts(b, "the run can go on, but not be judged by its best epoch; "
                       "metric-train train CONFIG --force starts over");
    else if (!c->known && !c->has_status)
        mt_buf_puts(b, "metric-train train CONFIG goes on with the run, and writes " MT_STATUS_FILE " anew");
    else if (!c->known)
        mt_buf_puts(b, "remove " MT_STATUS_FILE "; metric-train train CONFIG then goes on with the run");
    else if (f->good)
        mt_buf_printf(b, "metric-train train CONFIG goes on from %s, epoch %lld, step %lld",
                      c->last.good ? MT_CHECKPOINT_LAST : MT_CHECKPOINT_PREV, (long long)f->epoch,
                      (long long)f->step);
    else
        mt_buf_puts(b, "metric-train train CONFIG begins the run again");
}

/* A file that is told of again, from the finding `from` on, is one file all the same. */
static void count_files(struct mt_verdict *v, int from)
{
    for (int i = from; i < v->n; i++)
        v->bad -= mt_finding_is_bad(&v->finding[i]) && mt_verdict_is_bad(v, i, v->finding[i].file);
}

static int examine(struct mt_check *c, struct mt_err *err)
{
    struct mt_err why;
    int known = mt_status_read(c->run, &c->status, &why);
    if (known < 0 && c->status.format > MT_RUN_FORMAT)
        return mt_err_set(err, why.kind, "%s", why.text);
    c->known = known == 1;
    c->has_status = known != 0;
    c->ended = c->known && (c->status.state == MT_RUN_COMPLETE || c->status.state == MT_RUN_COLLAPSED);
    if (known < 0 && mt_verdict_fault(c->verdict, err, MT_STATUS_FILE, &why) < 0)
        return -1;
    if (known == 0 && mt_verdict_add(c->verdict, err, MT_STATUS_FILE, MT_FOUND_MISSING,
                                     "what has become of the run is not known") < 0)
        return -1;
    if (mt_layout_survey(&c->files, c->run, err) < 0 || mt_check_manifest(c, err) < 0 ||
        mt_check_checkpoints(c, err) < 0)
        return -1;
    int files = c->verdict->n;
    if (mt_check_records(c, err) < 0)
        return -1;
    count_files(c->verdict, files);
    say_about(c);
    say_remedy(c);
    return 0;
}

int mt_verify_run(struct mt_verdicts *list, const char *run, struct mt_err *err)
{
    struct mt_check c = {.run = run, .rows = -1, .verdict = mt_verdicts_add(list, run, err)};
    if (!c.verdict)
        return -1;
    int rc = examine(&c, err);
    mt_manifest_release(&c.manifest);
    mt_layout_release(&c.files);
    return rc;
}

/* 1, also for a link that leads nowhere; 0, or -1. */
static int holds(const char *folder, const char *name, struct mt_err *err)
{
    struct stat st;
    char *file = mt_path_join(folder, name);
    if (!file)
        return mt_err_memory(err, folder, strlen(folder));
    int is = lstat(file, &st) == 0 ? 1 : mt_file_there(file, err);
    free(file);
    return is;
}

int mt_verify(struct mt_verdicts *list, const char *path, struct mt_err *err)
{
    static const struct {
        const char *file;
        int (*verify)(struct mt_verdicts *list, const char *path, struct mt_err *err);
    } kinds[] = {{MT_STATUS_FILE, mt_verify_run},
                 {"config.yaml", mt_verify_run},
                 {MT_MANIFEST_FILE, mt_verify_run},
                 {MT_SWEEP_TASKS, mt_verify_sweep},
                 {MT_SWEEP_FILE, mt_verify_sweep}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int is = holds(path, kinds[i].file, err);
        if (is)
            return is < 0 ? -1 : kinds[i].verify(list, path, err);
    }
    return mt_err_set(
        err, MT_ERR_DATA,
        "%s: is neither a run folder nor that of a sweep; give the folder that train or sweep printed", path);
}
