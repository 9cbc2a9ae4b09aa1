#include "lib/launch/local.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/core/plain.h"
#include "lib/head/arrangement.h"
#include "lib/launch/halving.h"
#include "lib/launch/outcome.h"
#include "lib/launch/share.h"
#include "lib/launch/task.h"
#include "lib/launch/worker.h"
#include "lib/math/gemm.h"

#define LOOK 0.2 /* seconds between two looks at how far the runs are */

struct local {
    const struct mt_sweep *s;
    const struct mt_sweep_folder *folder;
    const struct mt_sweep_local_options *o;
    struct mt_sweep_tally *tally;
    struct mt_sweep_index index;
    struct mt_sweep_share share;
    struct mt_workers *workers;
    struct mt_arrangements *arrangements; /* in memory that all runs share */
    struct mt_halving *halving;           /* NULL: all runs train to the end */
    bool unlogged;                        /* it was said that log.txt lacks lines */
    bool fewer; /* the machine has no processes left for as many as there should be */
    bool *due;  /* (n_tasks) is to be run now */
    int *queue; /* those, the ones with the same data side by side */
    int n, next;
    double *started;   /* (n_tasks) when a run was started, by mt_clock */
    double begun;      /* when the first one was */
    double work, done; /* all that is to be trained since then, and what is of it, in whole runs */
};

/* ---- in the child ---- */

struct child {
    struct mt_board *board;
    double before; /* part of the run that earlier starts have trained */
};

static void say_progress(void *arg, const struct mt_talk *t)
{
    struct child *c = arg;
    if (t->unlogged)
        mt_err_set(&c->board->warning, MT_ERR_RUN, "%s", t->text);
    if (t->kind != MT_TALK_STEP)
        return;
    double at = ((double)(t->epoch - 1) + (double)t->batch / (double)t->batches) / (double)t->epochs;
    c->board->done = fmax(at - c->before, 0);
}

static double part_before(const struct local *l, int task)
{
    const struct mt_sweep_row *row = &l->index.row[task];
    return row->begun && row->status.epochs > 0 ? (double)row->status.epochs_done / (double)row->status.epochs
                                                : 0;
}

static int64_t pause_after(const struct local *l)
{
    return l->halving ? mt_halving_pause(l->halving) : 0;
}

static int train_task(void *arg, int task, struct mt_board *board)
{
    const struct local *l = arg;
    struct mt_run_result result;
    struct child child = {board, part_before(l, task)};
    char reason[64];
    struct mt_run_options options = {
        .setup = {.threads = l->o->threads,
                  .cpu_limit = l->o->cpu_limit,
                  .training = true,
                  .splits = mt_sweep_share_of(&l->share, task),
                  .arrangements = l->arrangements},
        .force_memory = l->o->force_memory,
        .mix_kernels = l->o->mix_kernels,
        .argc = l->o->argc,
        .argv = l->o->argv,
        .stop = &board->stop,
        .pause_after = pause_after(l),
        .pause_reason = reason,
        .talker = {say_progress, &child},
    };
    snprintf(reason, sizeof reason, MT_SWEEP_PAUSED "%lld", (long long)options.pause_after);
    if (mt_sweep_task_run(l->s, task, &options, &result, &board->err) < 0)
        return (int)board->err.kind;
    return result.end == MT_RUN_END_INTERRUPTED ? MT_ERR_STOPPED : 0;
}

/* ---- what is said and logged ---- */

static bool is_dropped(const struct local *l, int task)
{
    return l->halving && mt_halving_dropped(l->halving, l->s->task[task].cell);
}

static int count_ended(const struct local *l)
{
    int ended = 0;
    for (int i = 0; i < l->s->n_tasks; i++)
        ended += mt_sweep_row_has_ended(&l->index.row[i]) || is_dropped(l, i);
    return ended;
}

static void say(struct local *l, struct mt_sweep_news *news)
{
    double done = l->done + mt_workers_done(l->workers), took = mt_clock() - l->begun;
    news->ended = count_ended(l);
    news->running = mt_workers_running(l->workers);
    news->left = done > 0 ? took / done * fmax(l->work - done, 0) : NAN;
    if (l->o->say)
        l->o->say(l->o->arg, news);
}

/* A line that cannot be logged is no reason to stop, but the outside is told, once. */
__attribute__((format(printf, 2, 3))) static void write_log(struct local *l, const char *fmt, ...)
{
    char line[2048];
    struct mt_err why;
    va_list ap;
    va_start(ap, fmt);
    mt_plain_format(line, sizeof line, fmt, ap);
    va_end(ap);
    if (mt_sweep_folder_log(l->folder, line, &why) == 0 || l->unlogged)
        return;
    struct mt_sweep_news news = {.task = -1, .note = why.text};
    l->unlogged = true;
    say(l, &news);
}

/* Into the log, and to the outside. */
static void announce(struct local *l, const char *text)
{
    write_log(l, "%s", text);
    say(l, &(struct mt_sweep_news){.task = -1, .note = text});
}

/* ---- what is to be run ---- */

/* Those with the same data follow one another. */
static void fill_queue(struct local *l)
{
    const struct mt_sweep *s = l->s;
    l->n = l->next = 0;
    for (int i = 0; i < s->n_tasks; i++)
        for (int k = i; l->due[i] && k < s->n_tasks; k++)
            if (l->due[k] && mt_sweep_same_data(s, i, k)) {
                l->queue[l->n++] = k;
                if (k > i)
                    l->due[k] = false;
            }
}

/* What a run of the queue trains, in whole runs. */
static double part_of(const struct local *l, int task)
{
    double to = pause_after(l) ? (double)pause_after(l) / (double)l->halving->rungs.epochs : 1;
    return fmax(to - part_before(l, task), 0);
}

static void add_up_work(struct local *l)
{
    l->work = l->done;
    for (int i = 0; i < l->n; i++)
        l->work += part_of(l, l->queue[i]);
    if (l->halving)
        l->work += (double)mt_rungs_total(&l->halving->rungs, l->halving->rung + 1) /
                   (double)l->halving->rungs.epochs * l->s->n_tasks / l->s->n_cells;
}

/* The samples of the next task are opened here where another task needs them too. Where they cannot be, each
 * run opens them by itself, and says what is wrong with them; of the machine's failures, which may have
 * passed by then, nobody else would hear. */
static void share_data(struct local *l)
{
    struct mt_err why;
    int task = l->queue[l->next];
    bool another = l->next + 1 < l->n && mt_sweep_same_data(l->s, task, l->queue[l->next + 1]);
    bool tried = l->share.task >= 0 && mt_sweep_same_data(l->s, task, l->share.task);
    if (tried)
        return;
    mt_sweep_share_close(&l->share);
    if (another && mt_sweep_share_open(&l->share, task, l->o->threads * l->o->jobs, &why) < 0 &&
        why.kind == MT_ERR_RUN)
        say(l, &(struct mt_sweep_news){.task = -1, .note = why.text});
}

static bool stopping(const struct local *l)
{
    return l->tally->stopped || (l->o->stop && *l->o->stop);
}

/* Where no process can be started, those that run go on, and it is tried again after a while. */
static int go_on_with_fewer(struct local *l, const struct mt_err *why)
{
    if (mt_workers_running(l->workers) == 0)
        return -1;
    struct mt_err words;
    mt_err_set(&words, why->kind, "%s; going on with fewer runs at a time", why->text);
    if (!l->fewer)
        announce(l, words.text);
    l->fewer = true;
    return 0;
}

static int start_runs(struct local *l, struct mt_err *err)
{
    while (!stopping(l) && l->next < l->n && mt_workers_idle(l->workers)) {
        int task = l->queue[l->next];
        if (mt_sweep_folder_check(l->folder, err) < 0)
            return -1;
        share_data(l);
        l->started[task] = mt_clock();
        if (mt_workers_start(l->workers, task, train_task, l, err) < 0)
            return go_on_with_fewer(l, err);
        l->next++;
    }
    return 0;
}

/* ---- what becomes of it ---- */

static int end_run(struct local *l, struct mt_job_end *end, struct mt_err *err)
{
    const struct mt_sweep_row *row = &l->index.row[end->job];
    bool failed, busy = end->code == MT_ERR_BUSY;
    l->done += part_of(l, end->job);
    if (mt_sweep_folder_check(l->folder, err) < 0 || mt_sweep_note_end(&l->index, end, &failed, err) < 0 ||
        mt_sweep_index_write(&l->index, err) < 0)
        return -1;
    l->tally->failed += failed;
    l->tally->busy += busy;
    l->tally->stopped |= failed && l->o->fail_fast;
    write_log(l, "%s: %s%s%s", l->s->task[end->job].run, mt_sweep_row_state(row),
              *row->status.reason ? ": " : "", row->status.reason);
    struct mt_sweep_news news = {.task = end->job,
                                 .row = row,
                                 .failure = failed ? end->err.text : NULL,
                                 .busy = busy ? end->err.text : NULL,
                                 .note = *end->warning.text ? end->warning.text : NULL,
                                 .seconds = mt_clock() - l->started[end->job]};
    say(l, &news);
    return 0;
}

static void drain(struct local *l)
{
    struct mt_job_end end;
    mt_workers_stop(l->workers);
    while (mt_workers_running(l->workers))
        mt_workers_wait(l->workers, LOOK, &end);
}

static int run_queue(struct local *l, struct mt_err *err)
{
    struct mt_job_end end;
    int rc = start_runs(l, err);
    while (rc == 0 && mt_workers_running(l->workers)) {
        if (stopping(l))
            mt_workers_stop(l->workers);
        if (mt_workers_wait(l->workers, LOOK, &end)) {
            rc = end_run(l, &end, err);
        } else {
            struct mt_sweep_news news = {.task = -1};
            say(l, &news);
        }
        if (rc == 0)
            rc = start_runs(l, err);
    }
    drain(l);
    return rc;
}

/* ---- rungs ---- */

static void say_rungs(struct local *l, int from)
{
    for (int r = from; r < l->halving->rung; r++) {
        struct mt_buf text = {0};
        mt_halving_words(l->halving, r, &text);
        if (!text.failed)
            announce(l, text.data);
        mt_buf_release(&text);
    }
}

/* Decides the rungs that can be decided, and writes down what became of them. Returns how many. */
static int advance(struct local *l, struct mt_err *err)
{
    int decided = mt_halving_advance(l->halving, &l->index, l->due, err);
    if (decided < 0 || mt_halving_write(l->halving, err) < 0 ||
        mt_sweep_note_dropped(&l->index, l->halving, err) < 0 || mt_sweep_index_write(&l->index, err) < 0)
        return -1;
    return decided;
}

/* All runs; by halving, those of one rung after the other. */
static int run_all(struct local *l, struct mt_err *err)
{
    int rc = 0;
    for (int t = 0; t < l->s->n_tasks; t++)
        l->due[t] = !mt_sweep_row_has_ended(&l->index.row[t]);
    if (l->halving && advance(l, err) < 0)
        return -1;
    l->begun = mt_clock();
    do {
        fill_queue(l);
        add_up_work(l);
        rc = run_queue(l, err);
        if (rc < 0 || !l->halving || stopping(l) || l->tally->failed || l->tally->busy)
            return rc;
        int before = l->halving->rung;
        rc = advance(l, err);
        if (rc > 0)
            say_rungs(l, before);
    } while (rc > 0);
    return rc;
}

/* Runs that other processes had may be over by now. */
static int look_again(struct local *l, struct mt_err *err)
{
    for (int i = 0; i < l->n; i++)
        if (!mt_sweep_row_has_ended(&l->index.row[l->queue[i]]) &&
            mt_sweep_index_update(&l->index, l->queue[i], err) < 0)
            return -1;
    return 0;
}

/* ---- all of it ---- */

static int share_arrangements(struct local *l, struct mt_err *err)
{
    const size_t bytes = sizeof *l->arrangements;
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return mt_err_memory(err, "arrangements of classes", bytes);
    l->arrangements = at;
    return 0;
}

static int check_memory(const struct local *l, struct mt_err *err)
{
    int left = l->s->n_tasks - count_ended(l);
    return l->o->force_memory
               ? 0
               : mt_sweep_share_fits(&l->o->memory, left < l->o->jobs ? left : l->o->jobs, err);
}

static int begin(struct local *l, struct mt_err *err)
{
    size_t n = (size_t)l->s->n_tasks;
    l->queue = calloc(n, sizeof *l->queue);
    l->started = calloc(n, sizeof *l->started);
    l->due = calloc(n, sizeof *l->due);
    mt_sweep_share_init(&l->share, l->s);
    if (!l->queue || !l->started || !l->due)
        return mt_err_memory(err, "the runs of the sweep", n * sizeof *l->started);
    /* Before the children, so that they need not load it again. */
    if (mt_gemm_open(err) < 0 || share_arrangements(l, err) < 0 ||
        mt_sweep_index_open(&l->index, l->s, err) < 0 || check_memory(l, err) < 0)
        return -1;
    return mt_workers_new(&l->workers, l->o->jobs, err);
}

int mt_sweep_local(const struct mt_sweep *s, const struct mt_sweep_folder *folder,
                   const struct mt_sweep_local_options *options, struct mt_sweep_tally *tally,
                   struct mt_err *err)
{
    struct local l = {.s = s, .folder = folder, .o = options, .tally = tally};
    struct mt_halving halving = {0};
    *tally = (struct mt_sweep_tally){0};
    int rc = begin(&l, err);
    if (rc == 0 && mt_sweep_is_halving(&s->base.sweep)) {
        l.halving = &halving;
        rc = mt_halving_open(&halving, s, err);
    }
    if (rc == 0)
        rc = mt_sweep_index_write(&l.index, err);
    if (rc == 0)
        rc = run_all(&l, err);
    if (rc == 0 && tally->busy)
        rc = look_again(&l, err);
    if (rc == 0) {
        tally->ended = count_ended(&l);
        tally->stopped |= options->stop && *options->stop;
    }
    mt_workers_free(l.workers);
    mt_sweep_share_close(&l.share);
    if (l.arrangements)
        munmap(l.arrangements, sizeof *l.arrangements);
    if (l.index.row)
        mt_sweep_index_release(&l.index);
    mt_halving_release(&halving);
    free(l.started);
    free(l.queue);
    free(l.due);
    return rc;
}
