#include "lib/math/bf16.h"

#include <string.h>

#include "lib/math/bf16_engines.h"
#include "lib/math/kernels.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REQUEST_PERMISSION 0x1023 /* ARCH_REQ_XCOMP_PERM of arch_prctl, Linux 5.16 */
#define TILE_DATA 18              /* state component XTILEDATA */

/* Tiles are large, so Linux hands them out on demand: once for all threads of the process. */
static bool amx_runs_here(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d >> 22 & 1) || !(d >> 24 & 1)) /* AMX-BF16, AMX-TILE */
        return false;
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

static bool dot_products_run_here(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1); /* AVX512-BF16 */
}
#endif

int mt_bf16_all(const struct mt_kernels *kernels, const struct mt_bf16_engine *engine[MT_BF16_ENGINES])
{
    int n = 0;
#ifdef __x86_64__
    if (!strcmp(kernels->name, "avx512")) {
        if (amx_runs_here())
            engine[n++] = &mt_bf16_amx;
        if (dot_products_run_here())
            engine[n++] = &mt_bf16_avx512;
    }
#endif
    engine[n++] = kernels->bf16.engine;
    return n;
}

const struct mt_bf16_engine *mt_bf16_pick(const struct mt_kernels *kernels)
{
    const struct mt_bf16_engine *engine[MT_BF16_ENGINES];
    mt_bf16_all(kernels, engine);
    return engine[0];
}
