#include "lib/launch/share.h"

#include <string.h>

#include "lib/core/memory.h"

#define MIB 1048576.0

static bool is_data(const char *key)
{
    return !strncmp(key, "data", 4) && (!key[4] || key[4] == '.');
}

bool mt_sweep_same_data(const struct mt_sweep *s, int a, int b)
{
    for (int p = 0; p < s->n_parameters; p++)
        if (is_data(s->parameter[p]) && strcmp(s->task[a].value[p], s->task[b].value[p]) != 0)
            return false;
    return true;
}

void mt_sweep_share_init(struct mt_sweep_share *share, const struct mt_sweep *s)
{
    *share = (struct mt_sweep_share){.sweep = s, .task = -1};
}

void mt_sweep_share_close(struct mt_sweep_share *share)
{
    if (share->open) {
        mt_splits_release(&share->splits);
        mt_sweep_experiment_release(&share->x);
    }
    mt_sweep_share_init(share, share->sweep);
}

int mt_sweep_share_open(struct mt_sweep_share *share, int task, int threads, struct mt_err *err)
{
    struct mt_pool *pool;
    const char *key;
    mt_sweep_share_close(share);
    share->task = task;
    if (mt_sweep_task_experiment(&share->x, share->sweep, task, err) < 0)
        return -1;
    int rc = mt_pool_new(&pool, threads, err);
    if (rc == 0) {
        rc = mt_splits_open(&share->splits, &share->x.e, pool, &key, err);
        mt_pool_free(pool);
    }
    if (rc < 0)
        mt_sweep_experiment_release(&share->x);
    share->open = rc == 0;
    return rc;
}

const struct mt_splits *mt_sweep_share_of(const struct mt_sweep_share *share, int task)
{
    return share->open && mt_sweep_same_data(share->sweep, share->task, task) ? &share->splits : NULL;
}

int mt_sweep_share_fits(const struct mt_sweep_memory *m, int runs, struct mt_err *err)
{
    struct mt_memory_there now;
    mt_memory_there(&now);
    const uint64_t there = now.real, n = (uint64_t)runs;
    if (runs < 2 || m->shared + n * m->each <= there || m->largest + m->each > there)
        return 0;
    const uint64_t fit = m->shared + m->each < there ? (there - m->shared) / m->each : 1;
    return mt_err_set(
        err, MT_ERR_RUN,
        "%d runs at a time need %.1f MiB, more than the %.1f MiB that there are: %.1f MiB "
        "each, and %.1f MiB of samples of %lld data set%s that they share; -j %llu fits, or try all "
        "the same with --force-memory",
        runs, (double)(m->shared + n * m->each) / MIB, (double)there / MIB, (double)m->each / MIB,
        (double)m->shared / MIB, (long long)m->data_sets, m->data_sets == 1 ? "" : "s",
        (unsigned long long)fit);
}
