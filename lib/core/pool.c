#include "lib/core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* A thread that finds nothing to do looks this often before it sleeps: steps follow one another within
 * microseconds. */
#define SPINS 2000

/* A ticket is (round, number of tasks, next task), so that one atomic addition takes a task of a known round:
 * a helper that wakes late draws a number past the end and goes back to waiting. The caller never waits for a
 * helper that has taken nothing. */
#define INDEX_BITS 20
#define MOST_TASKS ((1 << INDEX_BITS) - 1 - 4096) /* room for late draws */

struct mt_pool {
    int threads, started;
    pthread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    _Atomic uint64_t ticket;
    atomic_int finished; /* tasks of this round that are done */
    atomic_int sleepers; /* helpers that wait for `work` */
    atomic_bool caller_sleeps, stop;
    mt_task_fn *fn; /* valid while a task of the round is not finished */
    void *arg;
};

struct start {
    struct mt_pool *pool;
    int worker;
};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static int ticket_next(uint64_t ticket)
{
    return (int)(ticket & ((1u << INDEX_BITS) - 1));
}

static int ticket_tasks(uint64_t ticket)
{
    return (int)(ticket >> INDEX_BITS & ((1u << INDEX_BITS) - 1));
}

static bool has_work(struct mt_pool *pool)
{
    uint64_t ticket = atomic_load(&pool->ticket);
    return ticket_next(ticket) < ticket_tasks(ticket);
}

static void take_tasks(struct mt_pool *pool, int worker)
{
    while (has_work(pool)) {
        uint64_t ticket = atomic_fetch_add(&pool->ticket, 1);
        int tasks = ticket_tasks(ticket);
        if (ticket_next(ticket) >= tasks)
            return;
        pool->fn(pool->arg, ticket_next(ticket), worker);
        if (atomic_fetch_add(&pool->finished, 1) + 1 == tasks && atomic_load(&pool->caller_sleeps)) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static void wait_for_work(struct mt_pool *pool)
{
    for (int i = 0; i < SPINS; i++) {
        if (has_work(pool) || atomic_load(&pool->stop))
            return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while (!has_work(pool) && !atomic_load(&pool->stop))
        pthread_cond_wait(&pool->work, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
}

static void *helper(void *arg)
{
    struct mt_pool *pool = ((struct start *)arg)->pool;
    int worker = ((struct start *)arg)->worker;
    free(arg);
    while (!atomic_load(&pool->stop)) {
        wait_for_work(pool);
        take_tasks(pool, worker);
    }
    return NULL;
}

static void wake_sleepers(struct mt_pool *pool)
{
    if (!atomic_load(&pool->sleepers))
        return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

/* Signals go to the main thread alone: helpers start with all of them blocked. */
static int start_helper(struct mt_pool *pool, int worker)
{
    struct start *s = malloc(sizeof *s);
    if (!s)
        return -1;
    *s = (struct start){pool, worker};
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&pool->thread[worker], NULL, helper, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc != 0) {
        free(s);
        return -1;
    }
    pool->started++;
    return 0;
}

int mt_pool_new(struct mt_pool **out, int threads, struct mt_err *err)
{
    struct mt_pool *pool = calloc(1, sizeof *pool);
    *out = NULL;
    if (!pool || !(pool->thread = calloc((size_t)threads, sizeof *pool->thread))) {
        free(pool);
        return mt_err_memory(err, "the thread pool", (size_t)threads * sizeof *pool->thread);
    }
    pool->threads = threads;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (int i = 1; i < threads; i++) {
        if (start_helper(pool, i) < 0) {
            mt_pool_free(pool);
            return mt_err_set(err, MT_ERR_RUN, "cannot start thread %d of %d; use fewer --threads", i + 1,
                              threads);
        }
    }
    *out = pool;
    return 0;
}

void mt_pool_free(struct mt_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i <= pool->started; i++)
        pthread_join(pool->thread[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool->thread);
    free(pool);
}

int mt_pool_threads(const struct mt_pool *pool)
{
    return pool->threads;
}

static void wait_until_finished(struct mt_pool *pool, int tasks)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool->finished) == tasks)
            return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->caller_sleeps, true);
    while (atomic_load(&pool->finished) != tasks)
        pthread_cond_wait(&pool->done, &pool->lock);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->lock);
}

static void run_round(struct mt_pool *pool, int n_tasks, mt_task_fn *fn, void *arg)
{
    uint64_t round = atomic_load(&pool->ticket) >> (2 * INDEX_BITS);
    pool->fn = fn;
    pool->arg = arg;
    atomic_store(&pool->finished, 0);
    atomic_store(&pool->ticket, (round + 1) << (2 * INDEX_BITS) | (uint64_t)n_tasks << INDEX_BITS);
    wake_sleepers(pool);
    take_tasks(pool, 0);
    wait_until_finished(pool, n_tasks);
}

struct part {
    mt_task_fn *fn;
    void *arg;
    int first;
};

static void run_part(void *arg, int task, int worker)
{
    const struct part *p = arg;
    p->fn(p->arg, p->first + task, worker);
}

void mt_pool_run(struct mt_pool *pool, int n_tasks, mt_task_fn *fn, void *arg)
{
    if (pool->threads == 1 || n_tasks <= 1) {
        for (int i = 0; i < n_tasks; i++)
            fn(arg, i, 0);
        return;
    }
    for (int first = 0; first < n_tasks; first += MOST_TASKS) {
        int n = n_tasks - first < MOST_TASKS ? n_tasks - first : MOST_TASKS;
        struct part part = {fn, arg, first};
        run_round(pool, n, run_part, &part);
    }
}

int mt_pool_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}
