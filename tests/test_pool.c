/* Tests of lib/core/pool: every task once, workers that differ, tasks that others take over, sleep. */
#include "tests/test.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/pool.h"

#define TASKS 40

struct round {
    atomic_int ran[TASKS];
    atomic_bool busy[64]; /* by worker */
    atomic_int clashes, done;
};

static void count(void *arg, int task, int worker)
{
    struct round *r = arg;
    r->clashes += atomic_exchange(&r->busy[worker], true);
    r->ran[task]++;
    r->done++;
    atomic_store(&r->busy[worker], false);
}

static struct mt_pool *pool_of(int threads)
{
    struct mt_pool *pool;
    struct mt_err err;
    assert_int_equal(mt_pool_new(&pool, threads, &err), 0);
    assert_int_equal(mt_pool_threads(pool), threads);
    return pool;
}

/* As many rounds with 0, 1, 2, ... tasks, more and fewer than threads and processors. */
static void every_task_runs_once(void **state)
{
    (void)state;
    const int many = mt_pool_cpus() < 32 ? 2 * mt_pool_cpus() + 1 : 64;
    const int threads[] = {1, 2, 3, many};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        struct mt_pool *pool = pool_of(threads[i]);
        for (int n = 0; n < 5 * TASKS; n++) {
            struct round r = {0};
            mt_pool_run(pool, n % (TASKS + 1), count, &r);
            for (int task = 0; task < TASKS; task++)
                assert_int_equal(r.ran[task], task < n % (TASKS + 1));
            assert_int_equal(r.clashes, 0);
        }
        mt_pool_free(pool);
    }
}

static void wait_for_others(void *arg, int task, int worker)
{
    struct round *r = arg;
    if (task == 0)
        while (r->done < TASKS - 1)
            sched_yield();
    count(arg, task, worker);
}

/* A worker that is held up by one task leaves the rest of its own to the others. */
static void others_take_over(void **state)
{
    (void)state;
    struct mt_pool *pool = pool_of(2);
    struct round r = {0};
    alarm(60); /* they would wait for ever */
    mt_pool_run(pool, TASKS, wait_for_others, &r);
    alarm(0);
    assert_int_equal(r.done, TASKS);
    mt_pool_free(pool);
}

/* Pauses in which every thread falls asleep, and tasks so long that the caller does. */
static void sleepers_wake(void **state)
{
    (void)state;
    const struct timespec pause = {0, 2000000};
    struct mt_pool *pool = pool_of(3);
    for (int n = 2; n < 6; n++) {
        struct round r = {0};
        nanosleep(&pause, NULL);
        mt_pool_run(pool, n, count, &r);
        assert_int_equal(r.done, n);
    }
    mt_pool_free(pool);
}

static void doze(void *arg, int task, int worker)
{
    const struct timespec pause = {0, task == 1 ? 5000000 : 0};
    nanosleep(&pause, NULL);
    count(arg, task, worker);
}

static void caller_waits_for_the_last(void **state)
{
    (void)state;
    struct mt_pool *pool = pool_of(2);
    for (int n = 0; n < 3; n++) {
        struct round r = {0};
        mt_pool_run(pool, 2, doze, &r);
        assert_int_equal(r.done, 2);
    }
    mt_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_runs_once),
        cmocka_unit_test(others_take_over),
        cmocka_unit_test(sleepers_wake),
        cmocka_unit_test(caller_waits_for_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
