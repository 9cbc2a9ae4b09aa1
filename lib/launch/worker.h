/* worker.h: jobs in child processes, so many at a time.
 *
 * A child is a fork, so it has all that its parent has in memory and shares those pages until one of the two
 * writes to them. No thread may live in the parent when one is started. What a child dies of does not reach
 * its parent; when the parent dies, its children are killed with it. */
#ifndef MT_LAUNCH_WORKER_H
#define MT_LAUNCH_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/core/err.h"

/* What parent and child tell one another, in memory that both see. */
struct mt_board {
    volatile sig_atomic_t stop; /* the child shall save and end */
    volatile double done;       /* part of the job that is done, by the child */
    struct mt_err err;          /* why the job failed, by the child */
    struct mt_err warning;      /* what went wrong and was no reason to fail, by the child */
};

/* Runs in the child; what it returns is its exit code. */
typedef int mt_job_fn(void *arg, int job, struct mt_board *board);

struct mt_job_end {
    int job;
    int code;   /* exit code; 128 + signal where one ended the child */
    int signal; /* that signal; 0 */
    struct mt_err err, warning;
};

struct mt_workers;

/* At most `n` children at a time. SIGCHLD is taken over until mt_workers_free. */
int mt_workers_new(struct mt_workers **out, int n, struct mt_err *err);
void mt_workers_free(struct mt_workers *w); /* kills those that still run */

bool mt_workers_idle(const struct mt_workers *w); /* whether there is room for another child */
int mt_workers_running(const struct mt_workers *w);
int mt_workers_start(struct mt_workers *w, int job, mt_job_fn *fn, void *arg, struct mt_err *err);

/* Waits for a child to end. Returns 1 with *end filled, or 0 when `seconds` have passed, a signal has come or
 * no child runs. */
int mt_workers_wait(struct mt_workers *w, double seconds, struct mt_job_end *end);

void mt_workers_stop(struct mt_workers *w);         /* asks all that run to save and end */
double mt_workers_done(const struct mt_workers *w); /* sum of the parts that those that run have done */

#endif
