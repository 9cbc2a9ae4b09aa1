/* pool.h: a fixed set of threads that run numbered tasks.
 *
 * Which thread runs which task is left open, so a task's result may depend on its number alone: then every result is the
 * same for any number of threads. */
#ifndef MT_CORE_POOL_H
#define MT_CORE_POOL_H

#include "lib/core/err.h"

struct mt_pool;

/* `worker` is in [0, threads) and differs between tasks that run at the same time: it picks per-thread scratch. */
typedef void mt_task_fn(void *arg, int task, int worker);

int mt_pool_new(struct mt_pool **out, int threads, struct mt_err *err); /* threads >= 1, the caller's included */
void mt_pool_free(struct mt_pool *pool);
int mt_pool_threads(const struct mt_pool *pool);
/* Runs fn(arg, 0..n_tasks-1, worker) and returns when all are done. Not to be called from inside a task. */
void mt_pool_run(struct mt_pool *pool, int n_tasks, mt_task_fn *fn, void *arg);
int mt_pool_cpus(void); /* processors this process may use */

#endif
