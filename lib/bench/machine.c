#include "lib/bench/machine.h"

#include <math.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/core/file.h"

#define TRIES 8
#define LEAST_ARRAYS ((size_t)192 << 20)
#define PIECE ((size_t)1 << 18) /* floats of one task of the triad */

/* ---- multiply-adds ---- */

struct peak_task {
    float (*run)(size_t rounds);
    size_t rounds, round_flops;
    float *sum; /* (threads) */
};

static void run_peak(void *arg, int task, int worker)
{
    const struct peak_task *p = arg;
    (void)worker;
    p->sum[task] = p->run(p->rounds);
}

static double peak_seconds(struct mt_pool *pool, int tasks, struct peak_task *p)
{
    double start = mt_clock();
    if (pool)
        mt_pool_run(pool, tasks, run_peak, p);
    else
        run_peak(p, 0, 0);
    return mt_clock() - start;
}

/* As many rounds as take `seconds`. */
static void find_rounds(struct peak_task *p, double seconds)
{
    for (p->rounds = 1000; peak_seconds(NULL, 1, p) < seconds && p->rounds < SIZE_MAX / 4;)
        p->rounds *= 2;
}

/* With pool NULL on the calling thread alone. */
static double peak_rate(struct mt_pool *pool, struct peak_task *p)
{
    int tasks = pool ? mt_pool_threads(pool) : 1;
    double best = INFINITY;
    for (int i = 0; i < TRIES; i++)
        best = fmin(best, peak_seconds(pool, tasks, p));
    return (double)p->rounds * (double)p->round_flops * tasks / best * 1e-9;
}

/* One thread, and all of the pool; both in `seconds`, about. */
static void measure_peak(struct peak_task *p, struct mt_pool *pool, double seconds, double *one, double *all)
{
    find_rounds(p, seconds / 2 / TRIES);
    *one = peak_rate(NULL, p);
    *all = mt_pool_threads(pool) > 1 ? peak_rate(pool, p) : *one;
}

/* ---- memory ---- */

struct triad_task {
    const struct mt_kernels *kernels;
    float *a, *b, *c;
    size_t n; /* floats of each */
};

static size_t piece_at(const struct triad_task *t, int task, size_t *first)
{
    *first = (size_t)task * PIECE;
    return t->n - *first < PIECE ? t->n - *first : PIECE;
}

static void fill_piece(void *arg, int task, int worker)
{
    const struct triad_task *t = arg;
    size_t first, n = piece_at(t, task, &first);
    (void)worker;
    for (size_t i = first; i < first + n; i++) {
        t->a[i] = 0.0f;
        t->b[i] = 1.0f;
        t->c[i] = 2.0f;
    }
}

static void triad_piece(void *arg, int task, int worker)
{
    const struct triad_task *t = arg;
    size_t first, n = piece_at(t, task, &first);
    (void)worker;
    t->kernels->peak.triad(t->a + first, t->b + first, t->c + first, n);
}

/* The best of some tries that take `seconds` in all; with pool NULL on the calling thread alone. */
static double triad_peak(struct mt_pool *pool, struct triad_task *t, double seconds)
{
    int tasks = (int)((t->n - 1) / PIECE + 1);
    double best = INFINITY, begun = mt_clock();
    for (int i = 0; i < TRIES && (i < 2 || mt_clock() - begun < seconds); i++) {
        double start = mt_clock();
        if (pool)
            mt_pool_run(pool, tasks, triad_piece, t);
        for (int task = 0; !pool && task < tasks; task++)
            triad_piece(t, task, 0);
        best = fmin(best, mt_clock() - start);
    }
    return 3.0 * sizeof(float) * (double)t->n / best * 1e-9;
}

static size_t positive(long value)
{
    return value > 0 ? (size_t)value : 0;
}

static size_t arrays_size(size_t cache)
{
    size_t wanted = 2 * cache < LEAST_ARRAYS ? LEAST_ARRAYS : 2 * cache;
    size_t memory = positive(sysconf(_SC_PHYS_PAGES)) * positive(sysconf(_SC_PAGESIZE));
    return memory && wanted > memory / 4 ? memory / 4 : wanted;
}

static int measure_memory(struct mt_machine *m, const struct mt_kernels *kernels, struct mt_pool *pool,
                          double seconds, struct mt_err *err)
{
#ifdef _SC_LEVEL3_CACHE_SIZE
    m->cache_bytes = positive(sysconf(_SC_LEVEL3_CACHE_SIZE));
#endif
    size_t array = arrays_size(m->cache_bytes) / 3 / 64 * 64;
    m->array_bytes = 3 * array;
    float *block = mmap(NULL, m->array_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return mt_err_memory(err, "the measurement of memory", m->array_bytes);
    madvise(block, m->array_bytes, MADV_HUGEPAGE); /* as for the memory of training */
    size_t n = array / sizeof(float);
    struct triad_task t = {kernels, block, block + n, block + 2 * n, n};
    mt_pool_run(pool, (int)((n - 1) / PIECE + 1), fill_piece, &t);
    m->bandwidth_one = triad_peak(NULL, &t, seconds / 2);
    m->bandwidth_all = triad_peak(pool, &t, seconds / 2);
    munmap(block, m->array_bytes);
    return 0;
}

int mt_machine_measure(struct mt_machine *m, const struct mt_kernels *kernels, struct mt_pool *pool,
                       double seconds, struct mt_err *err)
{
    float sum[1024];
    int threads = mt_pool_threads(pool);
    const struct mt_bf16_engine *bf16 = mt_bf16_pick(kernels);
    struct peak_task fma = {kernels->peak.fma, 0, kernels->peak.round_flops, sum},
                     products = {bf16->peak, 0, bf16->round_flops, sum};
    *m = (struct mt_machine){.bf16 = bf16};
    if (threads > (int)(sizeof sum / sizeof *sum))
        return mt_err_set(err, MT_ERR_USAGE, "bench measures at most %zu threads", sizeof sum / sizeof *sum);
    measure_peak(&fma, pool, seconds / 4, &m->fma_one, &m->fma_all);
    m->bf16_one = m->fma_one;
    m->bf16_all = m->fma_all;
    if (bf16->peak)
        measure_peak(&products, pool, seconds / 4, &m->bf16_one, &m->bf16_all);
    return measure_memory(m, kernels, pool, seconds / 2, err);
}
