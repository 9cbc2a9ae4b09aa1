/* run_log.c: what a run says goes to the caller and, but for single steps, to log.txt. A line that cannot be
 * logged is no reason to stop. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/train/run_state.h"

/* Goes past log.txt, and is said once. */
static void say_unlogged(struct mt_run *r, const struct mt_err *why)
{
    const struct mt_talker *to = &r->options->talker;
    struct mt_talk talk = {.kind = MT_TALK_WARNING, .text = why->text, .unlogged = true};
    if (!r->unlogged_said && to->say)
        to->say(to->arg, &talk);
    r->unlogged_said = true;
}

static void log_line(struct mt_run *r, const char *line)
{
    struct mt_err why;
    if (!r->folder)
        mt_buf_printf(&r->unlogged, "%s\n", line);
    else if (mt_rundir_log(r->folder, line, &why) < 0)
        say_unlogged(r, &why);
}

static void log_epoch(struct mt_run *r, const struct mt_talk *t)
{
    char line[256];
    int len = snprintf(line, sizeof line, "epoch %lld/%lld  loss %.6g  accuracy %.4f", (long long)t->epoch,
                       (long long)t->epochs, t->loss, t->accuracy);
    if (!isnan(t->val_accuracy))
        snprintf(line + len, sizeof line - (size_t)len, "  val_loss %.6g  val_accuracy %.4f", t->val_loss,
                 t->val_accuracy);
    log_line(r, line);
}

static void tell(void *arg, const struct mt_talk *t)
{
    struct mt_run *r = arg;
    if (t->kind == MT_TALK_EPOCH)
        log_epoch(r, t);
    else if (t->kind != MT_TALK_STEP)
        log_line(r, t->text);
    if (r->options->talker.say)
        r->options->talker.say(r->options->talker.arg, t);
}

void mt_run_talk_init(struct mt_run *r)
{
    r->talker = (struct mt_talker){tell, r};
}

void mt_run_log_pending(struct mt_run *r)
{
    struct mt_err why;
    char *line = r->unlogged.data, *end;
    if (r->unlogged.failed) {
        mt_err_memory(&why, "log.txt", r->unlogged.len);
        say_unlogged(r, &why);
    }
    for (; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        log_line(r, line);
    }
    mt_buf_release(&r->unlogged);
}
