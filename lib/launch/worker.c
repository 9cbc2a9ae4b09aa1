#include "lib/launch/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/file.h"

struct worker {
    pid_t pid; /* 0: idle */
    int job;
};

struct mt_workers {
    int n;
    struct mt_board *board; /* (n) shared with the children */
    sigset_t mask_before;
    struct sigaction action_before;
    struct worker v[];
};

int mt_workers_new(struct mt_workers **out, int n, struct mt_err *err)
{
    const size_t bytes = (size_t)n * sizeof(struct mt_board);
    struct mt_workers *w = calloc(1, sizeof *w + (size_t)n * sizeof *w->v);
    *out = NULL;
    void *board =
        w ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) : MAP_FAILED;
    if (board == MAP_FAILED) {
        free(w);
        return mt_err_memory(err, "the workers", bytes);
    }
    w->n = n;
    w->board = board;
    /* Where it is ignored, children would vanish without their exit code. */
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigaction(SIGCHLD, &standard, &w->action_before);
    sigprocmask(SIG_BLOCK, &child, &w->mask_before);
    *out = w;
    return 0;
}

static void reap(struct worker *v)
{
    kill(v->pid, SIGKILL);
    while (waitpid(v->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    v->pid = 0;
}

void mt_workers_free(struct mt_workers *w)
{
    if (!w)
        return;
    for (int i = 0; i < w->n; i++)
        if (w->v[i].pid)
            reap(&w->v[i]);
    sigprocmask(SIG_SETMASK, &w->mask_before, NULL);
    sigaction(SIGCHLD, &w->action_before, NULL);
    munmap(w->board, (size_t)w->n * sizeof *w->board);
    free(w);
}

int mt_workers_running(const struct mt_workers *w)
{
    int running = 0;
    for (int i = 0; i < w->n; i++)
        running += w->v[i].pid != 0;
    return running;
}

bool mt_workers_idle(const struct mt_workers *w)
{
    return mt_workers_running(w) < w->n;
}

/* ---- in the child ---- */

/* The only state the child's signal handler may touch. */
static volatile sig_atomic_t *own_stop;

static void on_term(int sig)
{
    *own_stop = sig;
}

/* A terminal's Ctrl-C reaches every process of the group: the parent alone decides what it means. Signals are
 * blocked until then, so that none finds the parent's handlers here. */
static void set_signals(const struct mt_workers *w, struct mt_board *board)
{
    struct sigaction term = {.sa_handler = on_term, .sa_flags = SA_RESTART};
    own_stop = &board->stop;
    sigaction(SIGTERM, &term, NULL);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigprocmask(SIG_SETMASK, &w->mask_before, NULL);
}

static void stay_with_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* died before it could be asked for */
        _exit(MT_ERR_RUN);
}

/* ---- in the parent ---- */

int mt_workers_start(struct mt_workers *w, int job, mt_job_fn *fn, void *arg, struct mt_err *err)
{
    int i = 0;
    while (w->v[i].pid)
        i++;
    struct mt_board *board = &w->board[i];
    sigset_t all, before;
    memset(board, 0, sizeof *board);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        stay_with_parent(parent);
        set_signals(w, board);
        _exit(fn(arg, job, board));
    }
    int failure = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        return mt_err_set(err, MT_ERR_RUN, "cannot start another process: %s", strerror(failure));
    w->v[i] = (struct worker){pid, job};
    return 0;
}

/* Whether a child has ended; then it is idle again. */
static bool take_end(struct mt_workers *w, struct mt_job_end *end)
{
    for (int i = 0; i < w->n; i++) {
        int status;
        if (!w->v[i].pid || waitpid(w->v[i].pid, &status, WNOHANG) != w->v[i].pid)
            continue;
        *end =
            (struct mt_job_end){.job = w->v[i].job, .err = w->board[i].err, .warning = w->board[i].warning};
        end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        end->code = end->signal ? 128 + end->signal : WEXITSTATUS(status);
        w->v[i].pid = 0;
        return true;
    }
    return false;
}

int mt_workers_wait(struct mt_workers *w, double seconds, struct mt_job_end *end)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    double until = mt_clock() + seconds;
    while (mt_workers_running(w)) {
        if (take_end(w, end))
            return 1;
        double left = until - mt_clock();
        if (left <= 0)
            return 0;
        struct timespec t = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
        if (sigtimedwait(&child, NULL, &t) < 0)
            return errno == EAGAIN && take_end(w, end);
    }
    return 0;
}

void mt_workers_stop(struct mt_workers *w)
{
    for (int i = 0; i < w->n; i++)
        if (w->v[i].pid)
            w->board[i].stop = SIGTERM;
}

double mt_workers_done(const struct mt_workers *w)
{
    double done = 0;
    for (int i = 0; i < w->n; i++)
        done += w->v[i].pid ? w->board[i].done : 0;
    return done;
}
