#include "lib/launch/local.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/core/memory.h"
#include "lib/head/arrangement.h"
#include "lib/launch/share.h"
#include "lib/launch/task.h"
#include "lib/launch/worker.h"
#include "lib/math/gemm.h"

#define MIB 1048576.0
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
    int *queue; /* tasks that are to be run, those with the same data side by side */
    int n, next;
    double *started; /* (n_tasks) when a run was started, by mt_clock */
    double begun;    /* when the queue was */
    int done;        /* of the queue */
};

/* ---- in the child ---- */

static void say_progress(void *arg, const struct mt_talk *t)
{
    struct mt_board *board = arg;
    if (t->kind == MT_TALK_STEP)
        board->done = ((double)(t->epoch - 1) + (double)t->batch / (double)t->batches) / (double)t->epochs;
}

static int train_task(void *arg, int task, struct mt_board *board)
{
    const struct local *l = arg;
    struct mt_run_result result;
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
        .talker = {say_progress, board},
    };
    if (mt_sweep_task_run(l->s, task, &options, &result, &board->err) < 0)
        return (int)board->err.kind;
    return result.end == MT_RUN_END_INTERRUPTED ? MT_ERR_STOPPED : 0;
}

/* ---- what is to be run ---- */

/* Those with the same data follow one another. */
static void fill_queue(struct local *l)
{
    const struct mt_sweep *s = l->s;
    for (int i = 0; i < s->n_tasks; i++) {
        bool later = mt_sweep_row_has_ended(&l->index.row[i]);
        for (int k = 0; k < l->n && !later; k++)
            later = l->queue[k] == i;
        for (int k = i; k < s->n_tasks && !later; k++)
            if (!mt_sweep_row_has_ended(&l->index.row[k]) && mt_sweep_same_data(s, i, k))
                l->queue[l->n++] = k;
    }
}

/* The samples of the next task are opened here where another task needs them too. Where they cannot be, each
 * run says so itself. */
static void share_data(struct local *l)
{
    struct mt_err ignored;
    int task = l->queue[l->next];
    bool another = l->next + 1 < l->n && mt_sweep_same_data(l->s, task, l->queue[l->next + 1]);
    bool tried = l->share.task >= 0 && mt_sweep_same_data(l->s, task, l->share.task);
    if (tried)
        return;
    mt_sweep_share_close(&l->share);
    if (another)
        mt_sweep_share_open(&l->share, task, l->o->threads * l->o->jobs, &ignored);
}

static bool stopping(const struct local *l)
{
    return l->tally->stopped || (l->o->stop && *l->o->stop);
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
            return -1;
        l->next++;
    }
    return 0;
}

/* ---- what becomes of it ---- */

static int count_ended(const struct local *l)
{
    int ended = 0;
    for (int i = 0; i < l->s->n_tasks; i++)
        ended += mt_sweep_row_has_ended(&l->index.row[i]);
    return ended;
}

static void say(struct local *l, struct mt_sweep_news *news)
{
    double done = l->done + mt_workers_done(l->workers), took = mt_clock() - l->begun;
    news->ended = count_ended(l);
    news->running = mt_workers_running(l->workers);
    news->left = done > 0 ? took / done * (l->n - done) : NAN;
    if (l->o->say)
        l->o->say(l->o->arg, news);
}

static void signal_text(int signal, char text[64])
{
    const char *name = sigabbrev_np(signal);
    snprintf(text, 64, "was ended by signal %d%s%s%s", signal, name ? " (SIG" : "", name ? name : "",
             name ? ")" : "");
}

/* Whether a run has failed: diverged and collapsed are results, and being stopped or left alone is neither.
 */
static bool has_failed(int code)
{
    return code != 0 && code != MT_ERR_DIVERGED && code != MT_ERR_STOPPED && code != MT_ERR_BUSY;
}

/* Says for a run that could not say it itself why it failed. */
static void speak_for(const struct local *l, struct mt_job_end *end)
{
    struct mt_err ignored;
    char text[64];
    if (end->signal)
        signal_text(end->signal, text);
    else
        snprintf(text, sizeof text, "ended with exit code %d", end->code);
    mt_err_set(&end->err, MT_ERR_RUN, "%s", text);
    mt_sweep_task_failed(l->s, end->job, end->code, text, &ignored);
}

/* What its status.json could not be made to say stands in the index alone. */
static int note_failure(struct local *l, struct mt_job_end *end, struct mt_err *err)
{
    struct mt_sweep_row *row = &l->index.row[end->job];
    if (end->signal || !*end->err.text)
        speak_for(l, end);
    if (mt_sweep_index_update(&l->index, end->job, err) < 0)
        return -1;
    if (row->begun && row->status.state == MT_RUN_FAILED)
        return 0;
    row->begun = true;
    row->status.state = MT_RUN_FAILED;
    row->status.exit_code = end->code;
    snprintf(row->status.reason, sizeof row->status.reason, "%.500s", end->err.text);
    return 0;
}

/* A run may say that it is over, and its figures cannot be read. */
static int note_end(struct local *l, struct mt_job_end *end, bool *failed, struct mt_err *err)
{
    const struct mt_sweep_row *row = &l->index.row[end->job];
    if ((*failed = has_failed(end->code)))
        return note_failure(l, end, err);
    if (mt_sweep_index_update(&l->index, end->job, err) < 0)
        return -1;
    *failed = end->code == 0 && row->begun && row->status.state == MT_RUN_FAILED;
    if (*failed)
        mt_err_set(&end->err, MT_ERR_DATA, "%s", row->status.reason);
    return 0;
}

static int end_run(struct local *l, struct mt_job_end *end, struct mt_err *err)
{
    const struct mt_sweep_row *row = &l->index.row[end->job];
    bool failed, busy = end->code == MT_ERR_BUSY;
    l->done++;
    if (mt_sweep_folder_check(l->folder, err) < 0 || note_end(l, end, &failed, err) < 0 ||
        mt_sweep_index_write(&l->index, err) < 0)
        return -1;
    l->tally->failed += failed;
    l->tally->busy += busy;
    l->tally->stopped |= failed && l->o->fail_fast;
    mt_sweep_folder_log(l->folder, "%s: %s%s%s", l->s->task[end->job].run, mt_sweep_row_state(row),
                        *row->status.reason ? ": " : "", row->status.reason);
    struct mt_sweep_news news = {.task = end->job,
                                 .row = row,
                                 .failure = failed ? end->err.text : NULL,
                                 .busy = busy ? end->err.text : NULL,
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
    l->begun = mt_clock();
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

/* Runs that other processes had may be over by now. */
static int look_again(struct local *l, struct mt_err *err)
{
    for (int i = 0; i < l->n; i++)
        if (!mt_sweep_row_has_ended(&l->index.row[l->queue[i]]) &&
            mt_sweep_index_update(&l->index, l->queue[i], err) < 0)
            return -1;
    return 0;
}

static int share_arrangements(struct local *l, struct mt_err *err)
{
    const size_t bytes = sizeof *l->arrangements;
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return mt_err_memory(err, "arrangements of classes", bytes);
    l->arrangements = at;
    return 0;
}

/* Each run checks what it needs by itself; this is about several at a time. */
static int check_memory(const struct local *l, struct mt_err *err)
{
    const struct mt_sweep_memory *m = &l->o->memory;
    const uint64_t there = mt_memory_total();
    uint64_t n = (uint64_t)(l->s->n_tasks - count_ended(l));
    n = n < (uint64_t)l->o->jobs ? n : (uint64_t)l->o->jobs;
    if (l->o->force_memory || n < 2 || m->shared + n * m->each <= there || m->shared + m->each > there)
        return 0;
    return mt_err_set(err, MT_ERR_RUN,
                      "%llu runs at a time need %.1f MiB, more than the %.1f MiB that there are: %.1f MiB "
                      "each, and %.1f MiB of samples that they share; -j %llu fits, or try all the same with "
                      "--force-memory",
                      (unsigned long long)n, (double)(m->shared + n * m->each) / MIB, (double)there / MIB,
                      (double)m->each / MIB, (double)m->shared / MIB,
                      (unsigned long long)((there - m->shared) / m->each));
}

static int begin(struct local *l, struct mt_err *err)
{
    size_t n = (size_t)l->s->n_tasks;
    l->queue = calloc(n, sizeof *l->queue);
    l->started = calloc(n, sizeof *l->started);
    mt_sweep_share_init(&l->share, l->s);
    if (!l->queue || !l->started)
        return mt_err_memory(err, "the runs of the sweep", n * sizeof *l->started);
    /* Before the children, so that they need not load it again. */
    if (mt_gemm_open(err) < 0 || share_arrangements(l, err) < 0 ||
        mt_sweep_index_open(&l->index, l->s, err) < 0 || check_memory(l, err) < 0)
        return -1;
    fill_queue(l);
    return mt_workers_new(&l->workers, l->o->jobs, err);
}

int mt_sweep_local(const struct mt_sweep *s, const struct mt_sweep_folder *folder,
                   const struct mt_sweep_local_options *options, struct mt_sweep_tally *tally,
                   struct mt_err *err)
{
    struct local l = {.s = s, .folder = folder, .o = options, .tally = tally};
    *tally = (struct mt_sweep_tally){0};
    int rc = begin(&l, err);
    if (rc == 0)
        rc = mt_sweep_index_write(&l.index, err);
    if (rc == 0)
        rc = run_queue(&l, err);
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
    free(l.started);
    free(l.queue);
    return rc;
}
