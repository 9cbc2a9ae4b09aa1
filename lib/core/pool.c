#include "lib/core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* A worker that finds nothing to do looks this often before it sleeps: steps follow one another within
 * microseconds. */
#define SPINS 4000

struct mt_pool {
    int threads, started;
    pthread_t *thread;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    atomic_uint round; /* grows with every run */
    atomic_int next;   /* first task nobody has taken */
    atomic_int busy;   /* helpers that have not finished this round */
    atomic_bool stop;
    mt_task_fn *fn;
    void *arg;
    int n_tasks;
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

static void take_tasks(struct mt_pool *pool, int worker)
{
    int task;
    while ((task = atomic_fetch_add(&pool->next, 1)) < pool->n_tasks)
        pool->fn(pool->arg, task, worker);
}

static void wait_for_round(struct mt_pool *pool, unsigned seen)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool->round) != seen)
            return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->round) == seen)
        pthread_cond_wait(&pool->work, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void *helper(void *arg)
{
    struct mt_pool *pool = ((struct start *)arg)->pool;
    int worker = ((struct start *)arg)->worker;
    free(arg);
    for (unsigned seen = 0;; seen++) {
        wait_for_round(pool, seen);
        if (atomic_load(&pool->stop))
            return NULL;
        take_tasks(pool, worker);
        if (atomic_fetch_sub(&pool->busy, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static void next_round(struct mt_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->round, 1);
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
    atomic_store(&pool->stop, true);
    next_round(pool);
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

void mt_pool_run(struct mt_pool *pool, int n_tasks, mt_task_fn *fn, void *arg)
{
    if (pool->threads == 1 || n_tasks <= 1) {
        for (int i = 0; i < n_tasks; i++)
            fn(arg, i, 0);
        return;
    }
    pool->fn = fn;
    pool->arg = arg;
    pool->n_tasks = n_tasks;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->busy, pool->threads - 1);
    next_round(pool);
    take_tasks(pool, 0);
    for (int i = 0; i < SPINS && atomic_load(&pool->busy); i++)
        relax();
    if (!atomic_load(&pool->busy))
        return;
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->busy))
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

int mt_pool_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}
