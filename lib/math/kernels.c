#include "lib/math/kernels.h"
#include "lib/math/kernels_sets.h"

#include <stdbool.h>
#include <string.h>

static bool runs_here(const struct mt_kernels *set)
{
#ifdef __x86_64__
    if (set == &mt_kernels_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (set == &mt_kernels_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return set == &mt_kernels_c;
}

static const struct mt_kernels *const sets[] = {
#ifdef __x86_64__
    &mt_kernels_avx512,
    &mt_kernels_avx2,
#endif
    &mt_kernels_c,
};

int mt_kernels_all(const struct mt_kernels *set[3])
{
    int n = 0;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (runs_here(sets[i]))
            set[n++] = sets[i];
    return n;
}

const struct mt_kernels *mt_kernels_pick(const char *limit)
{
    bool allowed = !limit;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        allowed = allowed || !strcmp(sets[i]->name, limit);
        if (allowed && runs_here(sets[i]))
            return sets[i];
    }
    return !limit || strcmp(limit, "avx512") == 0 || strcmp(limit, "avx2") == 0 ? &mt_kernels_c : NULL;
}
