/* sweep_run.c: `sweep CONFIG` and `sweep task DIR INDEX`: the runs of a sweep, all of them on this machine or
 * one. */

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "cmd/stop.h"
#include "cmd/sweep.h"
#include "lib/launch/local.h"
#include "lib/launch/task.h"

#define EXIT_SOME_FAILED 5

/* ---- what is said on the way ---- */

struct lines {
    const struct mt_sweep *s;
    bool redraw; /* one line that is drawn again and again */
    bool drawn;
    int failed;
};

static void clear(struct lines *l)
{
    if (l->drawn)
        fputs("\r\033[K", stderr);
    l->drawn = false;
}

static void draw(struct lines *l, const struct mt_sweep_news *news)
{
    char left[32] = "--:--", failed[32] = "", line[160];
    if (!isnan(news->left))
        progress_time(news->left, left, sizeof left);
    if (l->failed)
        snprintf(failed, sizeof failed, "  %d failed", l->failed);
    snprintf(line, sizeof line, "%d/%d runs  %d running%s  ETA %s", news->ended, l->s->n_tasks, news->running,
             failed, left);
    fprintf(stderr, "\r\033[K%.*s", progress_columns() - 1, line);
    l->drawn = true;
}

/* "head.s=8 head.m=0.1 seed=0" */
static void put_values(const struct mt_sweep *s, int task, struct mt_buf *b)
{
    for (int p = 0; p < s->n_parameters; p++) {
        mt_buf_puts(b, "  ");
        mt_buf_plain(b, s->parameter[p]);
        mt_buf_puts(b, "=");
        mt_buf_plain(b, s->task[task].value[p]);
    }
}

static void put_outcome(const struct mt_sweep *s, const struct mt_sweep_news *news, struct mt_buf *b)
{
    char metric[128];
    snprintf(metric, sizeof metric, "best_%s", s->section->metric.name);
    double value = mt_sweep_row_figure(news->row, metric);
    mt_buf_printf(b, "  %s",
                  news->failure ? "failed"
                  : news->busy  ? "left alone"
                                : mt_sweep_row_state(news->row));
    if (!isnan(value))
        mt_buf_printf(b, "  %s %.4f", metric, value);
    const char *why = news->failure ? news->failure : news->busy ? news->busy : news->row->status.reason;
    if (*why) {
        mt_buf_puts(b, ": ");
        mt_buf_plain(b, why);
    }
}

static void print_end(struct lines *l, const struct mt_sweep_news *news)
{
    struct mt_buf b = {0};
    char took[32], left[32] = "";
    progress_time(news->seconds, took, sizeof took);
    mt_buf_printf(&b, "%d/%d  ", news->ended, l->s->n_tasks);
    mt_buf_plain(&b, l->s->task[news->task].run);
    put_values(l->s, news->task, &b);
    put_outcome(l->s, news, &b);
    mt_buf_printf(&b, "  %s", took);
    if (!isnan(news->left)) {
        progress_time(news->left, left, sizeof left);
        mt_buf_printf(&b, "  ETA %s", left);
    }
    clear(l);
    say_line("%s", b.failed ? "out of memory" : b.data);
    mt_buf_release(&b);
}

static bool is_well(const struct mt_status *s)
{
    return s->state == MT_RUN_COMPLETE ||
           (s->state == MT_RUN_INTERRUPTED && !strncmp(s->reason, MT_SWEEP_PAUSED, strlen(MT_SWEEP_PAUSED)));
}

/* On a terminal what went well is only counted. */
static void say(void *arg, const struct mt_sweep_news *news)
{
    struct lines *l = arg;
    bool well = news->row && !news->failure && is_well(&news->row->status);
    l->failed += news->failure != NULL;
    if (news->task >= 0 && (!l->redraw || !well))
        print_end(l, news);
    if (news->note) {
        clear(l);
        say_line("%s", news->note);
    }
    if (l->redraw)
        draw(l, news);
}

static bool can_redraw(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* ---- all runs ---- */

static int run_local(const struct args *a, const struct sweep_file *f, const struct mt_sweep *s,
                     const struct mt_sweep_folder *folder)
{
    struct lines lines = {.s = s, .redraw = can_redraw()};
    struct mt_sweep_tally tally;
    struct mt_err err;
    struct mt_sweep_local_options o = {.jobs = (int)f->jobs,
                                       .threads = f->threads,
                                       .memory = mt_sweep_plan_memory(&f->plan, f->jobs),
                                       .cpu_limit = args_get(a, "cpu"),
                                       .force_memory = args_has(a, "force-memory"),
                                       .mix_kernels = args_has(a, "mix-kernels"),
                                       .fail_fast = args_has(a, "fail-fast"),
                                       .argc = a->argc,
                                       .argv = a->argv,
                                       .stop = stop_on_signal("stopping all runs, saving"),
                                       .say = say,
                                       .arg = &lines};
    int rc = mt_sweep_local(s, folder, &o, &tally, &err);
    clear(&lines);
    if (rc < 0)
        return say_error(&err);
    bool stopped = *o.stop != 0;
    if (tally.failed && !stopped) {
        say_line("%d run%s failed; the same command tries %s again", tally.failed,
                 tally.failed == 1 ? "" : "s", tally.failed == 1 ? "it" : "them");
        return EXIT_SOME_FAILED;
    }
    if (tally.ended == s->n_tasks)
        return tally.failed ? EXIT_SOME_FAILED : 0;
    if (tally.busy && !stopped) {
        fprintf(stderr,
                "%d of %d runs are left to other processes; the same command goes on with what these leave\n",
                s->n_tasks - tally.ended, s->n_tasks);
        return MT_ERR_BUSY;
    }
    fprintf(stderr, "stopped after %d of %d runs; the same command goes on\n", tally.ended, s->n_tasks);
    return MT_ERR_STOPPED;
}

static int run_planned(const struct args *a, const struct sweep_file *f, const struct mt_sweep_folder *folder)
{
    struct mt_sweep s;
    struct mt_err err;
    if (mt_sweep_open(&s, folder->dir, &err) < 0)
        return say_error(&err);
    int rc = run_local(a, f, &s, folder), told = rc == MT_ERR_RUN ? 0 : sweep_answer(a, &s);
    mt_sweep_release(&s);
    return rc ? rc : told;
}

int sweep_run(const struct args *a, const char *path)
{
    struct sweep_file f;
    struct mt_sweep_folder folder;
    struct mt_err err;
    enum mt_text_format format;
    int rc = output_format(a, &format); /* before the runs, not after them */
    if (rc)
        return rc;
    rc = sweep_plan_load(&f, path, a, false);
    char *dir = rc == 0 ? sweep_folder_path(&f, a) : NULL;
    if (rc == 0 && !dir)
        rc = mt_err_memory(&err, "a path", 1);
    if (rc == 0 && (rc = mt_sweep_folder_open(&folder, dir, &err)) == 0) {
        if ((rc = mt_sweep_plan_write(&f.plan, dir, &err)) == 0)
            rc = run_planned(a, &f, &folder);
        mt_sweep_folder_close(&folder);
    }
    free(dir);
    sweep_file_release(&f);
    return rc < 0 ? say_error(&err) : rc;
}

/* ---- one run ---- */

static int print_task(const struct mt_run_result *r)
{
    static const char *const end[] = {[MT_RUN_END_COMPLETE] = "done",
                                      [MT_RUN_END_ALREADY] = "already complete",
                                      [MT_RUN_END_INTERRUPTED] = "interrupted; the same command goes on"};
    struct mt_buf out = {0};
    say_line("%s: %lld epochs", end[r->end], (long long)r->epochs);
    if (*r->collapsed)
        say_line("warning: the run has collapsed: %s", r->collapsed);
    mt_buf_printf(&out, "%s\n", r->dir);
    int rc = print_result(&out);
    return rc ? rc : r->end == MT_RUN_END_INTERRUPTED ? MT_ERR_STOPPED : 0;
}

static int run_task(const struct args *a, const struct mt_sweep *s, int index)
{
    struct mt_run_result result;
    struct progress progress;
    struct mt_err err;
    int64_t threads;
    int rc = args_int(a, "threads", 0, 1, 1024, &threads);
    if (rc || (rc = progress_init(&progress, "auto", false)))
        return rc;
    struct mt_run_options o = {
        .setup = {.threads = (int)threads, .cpu_limit = args_get(a, "cpu"), .training = true},
        .force_memory = args_has(a, "force-memory"),
        .mix_kernels = args_has(a, "mix-kernels"),
        .argc = a->argc,
        .argv = a->argv,
        .stop = stop_on_signal("stopping after this batch, saving"),
        .talker = progress_talker(&progress),
    };
    int failed = mt_sweep_task_run(s, index, &o, &result, &err);
    progress_clear(&progress);
    if (failed) {
        rc = say_error(&err);
    } else {
        rc = print_task(&result);
    }
    free(result.dir);
    return rc;
}

int sweep_task(const struct args *a, const char *dir, const char *index)
{
    struct mt_sweep s;
    struct mt_err err;
    char *end;
    if (mt_sweep_open(&s, dir, &err) < 0)
        return say_error(&err);
    long task = strtol(index, &end, 10);
    int rc = 2;
    if (mt_sweep_is_halving(&s.base.sweep))
        say_line("metric-train sweep: error: %s: with method: halving the other runs decide how far this one "
                 "goes; "
                 "use 'metric-train sweep CONFIG -o %s', or plan with -s sweep.method=grid",
                 dir, dir);
    else if (!isdigit((unsigned char)*index) || *end || task < 0 || task >= s.n_tasks)
        say_line("metric-train sweep: error: %s: expected the index of a task, 0 to %d, got '%s'", dir,
                 s.n_tasks - 1, index);
    else
        rc = run_task(a, &s, (int)task);
    mt_sweep_release(&s);
    return rc;
}
