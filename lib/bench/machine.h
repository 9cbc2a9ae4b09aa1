/* machine.h: what this machine can do at best: the yardsticks that a network's rates are held against. */
#ifndef MT_BENCH_MACHINE_H
#define MT_BENCH_MACHINE_H

#include <stddef.h>

#include "lib/core/pool.h"
#include "lib/math/kernels.h"

struct mt_machine {
    double fma_one, fma_all; /* float32 multiply-adds on registers, GFLOP/s: one thread, all at once */
    const struct mt_bf16_engine *bf16; /* what would multiply bf16 numbers */
    double bf16_one, bf16_all;         /* its products on registers; float32's where it has none of its own */
    double bandwidth_one, bandwidth_all; /* a = b + 3 c over arrays in memory, GB/s, 12 bytes per element */
    size_t array_bytes;                  /* of the three arrays together */
    size_t cache_bytes;                  /* of the last-level cache, as the system tells; 0: it does not */
};

/* The best of several tries that take about `seconds` in all. The arrays are twice as large as the last-level
 * cache, but no more than a quarter of the memory: where the system tells of a cache that many guests share,
 * that is still far more than they get of it. */
int mt_machine_measure(struct mt_machine *m, const struct mt_kernels *kernels, struct mt_pool *pool,
                       double seconds, struct mt_err *err);

#endif
