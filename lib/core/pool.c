#include "lib/core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A thread that finds nothing to do goes on looking before it sleeps: rounds follow one another within
 * microseconds, and waking a thread takes tens of them. Not where there are fewer processors than threads: it
 * would hold up those that have work. Nor does it offer its processor to others while it looks: another
 * program would keep it for milliseconds. */
#define LOOKS 64                  /* between two readings of the clock */
#define LOOK_FOR ((int64_t)50000) /* nanoseconds */

#define LINE 64 /* what one processor writes must not share a cache line with what another reads */

/* What is left of one worker's tasks, [next, end), in one number, so that it changes in one step. The worker
 * takes from the front, others, when they have done their own, from the back. */
struct slot {
    _Alignas(LINE) _Atomic uint64_t left;
    atomic_bool sleeps; /* waits for `wake` */
    pthread_cond_t wake;
};

struct mt_pool {
    int threads, started;
    bool crowded; /* more threads than processors */
    pthread_t *thread;
    pthread_mutex_t lock; /* for falling asleep and waking up only */
    pthread_cond_t done;
    atomic_bool caller_sleeps, stop;
    mt_task_fn *fn; /* valid while a task of the round is not finished */
    void *arg;
    _Alignas(LINE) atomic_uint round;
    _Alignas(LINE) atomic_int finished; /* tasks of this round that are done */
    struct slot slot[];
};

struct start {
    struct mt_pool *pool;
    int worker;
};

/* ---- waiting ---- */

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static int64_t nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Whether what `there` asks for came true while it was worth looking. */
static bool look(const struct mt_pool *pool, bool (*there)(const struct mt_pool *, int), int which)
{
    if (pool->crowded)
        return there(pool, which);
    int64_t until = nanoseconds() + LOOK_FOR;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (there(pool, which))
                return true;
            relax();
        }
    } while (nanoseconds() < until);
    return false;
}

static bool other_round(const struct mt_pool *pool, int seen)
{
    return atomic_load(&pool->round) != (unsigned)seen || atomic_load(&pool->stop);
}

static bool all_finished(const struct mt_pool *pool, int tasks)
{
    return atomic_load(&pool->finished) == tasks;
}

/* ---- tasks ---- */

static uint64_t range(uint32_t next, uint32_t end)
{
    return (uint64_t)end << 32 | next;
}

/* Takes a task from the front or the back; -1 when none is left. */
static int64_t take(struct slot *s, bool front)
{
    uint64_t left = atomic_load(&s->left);
    for (;;) {
        uint32_t next = (uint32_t)left, end = (uint32_t)(left >> 32);
        if (next >= end)
            return -1;
        uint64_t rest = front ? range(next + 1, end) : range(next, end - 1);
        if (atomic_compare_exchange_weak(&s->left, &left, rest))
            return front ? next : end - 1;
    }
}

static void work(struct mt_pool *pool, int worker)
{
    int done = 0;
    for (int i = 0; i < pool->threads; i++) {
        struct slot *s = &pool->slot[(worker + i) % pool->threads];
        for (int64_t task; (task = take(s, i == 0)) >= 0; done++)
            pool->fn(pool->arg, (int)task, worker);
    }
    if (!done)
        return;
    atomic_fetch_add(&pool->finished, done);
    if (atomic_load(&pool->caller_sleeps)) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_signal(&pool->done);
        pthread_mutex_unlock(&pool->lock);
    }
}

/* ---- helpers ---- */

static void wait_for_round(struct mt_pool *pool, int worker, unsigned seen)
{
    struct slot *s = &pool->slot[worker];
    if (look(pool, other_round, (int)seen))
        return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&s->sleeps, true);
    while (!other_round(pool, (int)seen))
        pthread_cond_wait(&s->wake, &pool->lock);
    atomic_store(&s->sleeps, false);
    pthread_mutex_unlock(&pool->lock);
}

static void *helper(void *arg)
{
    struct mt_pool *pool = ((struct start *)arg)->pool;
    int worker = ((struct start *)arg)->worker;
    unsigned seen = 0;
    free(arg);
    for (;;) {
        wait_for_round(pool, worker, seen);
        if (atomic_load(&pool->stop))
            return NULL;
        seen = atomic_load(&pool->round);
        work(pool, worker);
    }
}

/* Wakes those of workers 1..n-1 that sleep. */
static void wake(struct mt_pool *pool, int n)
{
    for (int i = 1; i < n; i++) {
        if (!atomic_load(&pool->slot[i].sleeps))
            continue;
        pthread_mutex_lock(&pool->lock);
        pthread_cond_signal(&pool->slot[i].wake);
        pthread_mutex_unlock(&pool->lock);
    }
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

static struct mt_pool *allocate(int threads)
{
    size_t size = sizeof(struct mt_pool) + (size_t)threads * sizeof(struct slot);
    struct mt_pool *pool = aligned_alloc(LINE, size);
    if (!pool)
        return NULL;
    memset(pool, 0, size);
    if (!(pool->thread = calloc((size_t)threads, sizeof *pool->thread))) {
        free(pool);
        return NULL;
    }
    pool->threads = threads;
    pool->crowded = threads > mt_pool_cpus();
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (int i = 0; i < threads; i++)
        pthread_cond_init(&pool->slot[i].wake, NULL);
    return pool;
}

static double stack_bytes(void)
{
    pthread_attr_t attr;
    size_t size = 0;
    if (pthread_attr_init(&attr) == 0) {
        pthread_attr_getstacksize(&attr, &size);
        pthread_attr_destroy(&attr);
    }
    return (double)size;
}

int mt_pool_new(struct mt_pool **out, int threads, struct mt_err *err)
{
    struct mt_pool *pool = allocate(threads);
    *out = NULL;
    if (!pool)
        return mt_err_memory(err, "the thread pool", (size_t)threads * sizeof(struct slot));
    for (int i = 1; i < threads; i++) {
        if (start_helper(pool, i) < 0) {
            mt_pool_free(pool);
            return mt_err_set(
                err, MT_ERR_RUN,
                "cannot start thread %d of %d, whose stack takes %.1f MiB of address space; use fewer "
                "--threads, or raise the limits (ulimit -v, -d, -u)",
                i + 1, threads, stack_bytes() / 0x1p20);
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
    for (int i = 1; i <= pool->started; i++)
        pthread_cond_signal(&pool->slot[i].wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i <= pool->started; i++)
        pthread_join(pool->thread[i], NULL);
    for (int i = 0; i < pool->threads; i++)
        pthread_cond_destroy(&pool->slot[i].wake);
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
    if (look(pool, all_finished, tasks))
        return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->caller_sleeps, true);
    while (!all_finished(pool, tasks))
        pthread_cond_wait(&pool->done, &pool->lock);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->lock);
}

void mt_pool_run(struct mt_pool *pool, int n_tasks, mt_task_fn *fn, void *arg)
{
    int n = n_tasks < pool->threads ? n_tasks : pool->threads;
    if (n <= 1) {
        for (int i = 0; i < n_tasks; i++)
            fn(arg, i, 0);
        return;
    }
    pool->fn = fn;
    pool->arg = arg;
    atomic_store(&pool->finished, 0);
    for (int i = 0; i < n; i++)
        atomic_store(&pool->slot[i].left,
                     range((uint32_t)((int64_t)i * n_tasks / n), (uint32_t)((int64_t)(i + 1) * n_tasks / n)));
    atomic_fetch_add(&pool->round, 1);
    wake(pool, n);
    work(pool, 0);
    wait_until_finished(pool, n_tasks);
}

int mt_pool_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}
