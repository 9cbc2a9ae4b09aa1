#include "lib/math/gemm.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

/* What the library maps for each thread that calls it, and a little more. It writes to a small part only. */
#define WORKSPACE ((size_t)132 << 20)
/* What its constructors ask for, and more; less than what malloc takes a mapping for. */
#define CONSTRUCTORS ((size_t)100 << 10)

/* LAPACK's dsyevr as Fortran calls it; the lengths of the three letters stand last. */
typedef void syevr_fn(const char *jobz, const char *range, const char *uplo, const int *n, double *a,
                      const int *lda, const double *vl, const double *vu, const int *il, const int *iu,
                      const double *abstol, int *m, double *w, double *z, const int *ldz, int *isuppz,
                      double *work, const int *lwork, int *iwork, const int *liwork, int *info,
                      size_t jobz_len, size_t range_len, size_t uplo_len);

/* Set once by mt_gemm_open, before threads start. */
static struct {
    void *library;
    __typeof__(cblas_sgemm) *sgemm;
    __typeof__(cblas_dgemm) *dgemm;
    syevr_fn *syevr; /* NULL: built without LAPACK */
    __typeof__(openblas_get_corename) *corename;
    __typeof__(openblas_get_config) *config;
    __typeof__(openblas_set_num_threads) *set_num_threads;
} blas;

/* The library reads these names while it is loaded, and only then. */
struct env_var {
    const char *name;
    char *before; /* NULL: was not set */
};

static int env_set(struct env_var *var, const char *value, struct mt_err *err)
{
    const char *before = getenv(var->name);
    var->before = before ? strdup(before) : NULL;
    if ((!before || var->before) && setenv(var->name, value, 1) == 0)
        return 0;
    free(var->before);
    return mt_err_memory(err, var->name, strlen(value));
}

static void env_restore(struct env_var *var)
{
    if (var->before)
        setenv(var->name, var->before, 1);
    else
        unsetenv(var->name);
    free(var->before);
}

static int find(void *fn, const char *name, struct mt_err *err)
{
    void *symbol = dlsym(blas.library, name);
    memcpy(fn, &symbol, sizeof symbol);
    return symbol
               ? 0
               : mt_err_set(err, MT_ERR_RUN,
                            "libopenblas.so.0 has no %s, so it is not OpenBLAS: install the Debian package "
                            "libopenblas0-pthread",
                            name);
}

static void unload(void)
{
    if (blas.library)
        dlclose(blas.library);
    memset(&blas, 0, sizeof blas);
}

/* libgfortran, which OpenBLAS brings along, ends the program in its constructor, or crashes, where malloc
 * gives it nothing. What is freed here stays with malloc for it. */
static int reserve_for_constructors(struct mt_err *err)
{
    void *volatile room = malloc(CONSTRUCTORS);
    if (!room)
        return mt_err_memory(err, "OpenBLAS", CONSTRUCTORS);
    free(room);
    return 0;
}

/* `core` names the kernels to take; NULL leaves the choice to the library. */
static int load(const char *core, struct mt_err *err)
{
    struct env_var threads = {"OPENBLAS_NUM_THREADS", NULL}, coretype = {"OPENBLAS_CORETYPE", NULL};
    if (reserve_for_constructors(err) < 0 || env_set(&threads, "1", err))
        return -1;
    int failed = core ? env_set(&coretype, core, err) : 0;
    if (!failed) {
        blas.library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
        if (core)
            env_restore(&coretype);
    }
    env_restore(&threads);
    if (failed)
        return -1;
    if (!blas.library)
        return mt_err_set(err, MT_ERR_RUN,
                          "cannot load OpenBLAS: %s: install the Debian package libopenblas0-pthread, or "
                          "raise ulimit -v where it is installed",
                          dlerror());
    void *syevr = dlsym(blas.library, "dsyevr_");
    memcpy(&blas.syevr, &syevr, sizeof syevr);
    if (find(&blas.sgemm, "cblas_sgemm", err) || find(&blas.dgemm, "cblas_dgemm", err) ||
        find(&blas.corename, "openblas_get_corename", err) ||
        find(&blas.config, "openblas_get_config", err) ||
        find(&blas.set_num_threads, "openblas_set_num_threads", err)) {
        unload();
        return -1;
    }
    blas.set_num_threads(1); /* for builds that take the number from OpenMP */
    return 0;
}

/* Debian 12's 0.3.21 runs its Haswell kernels on every AMD processor, at about half the speed of its AVX-512
 * ones. Cores whose kernels use AVX-512 in some release: */
static bool core_is_avx512(const char *core)
{
    static const char *const known[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcasecmp(core, known[i]))
            return true;
    return false;
}

static bool cpu_has_avx512(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

int mt_gemm_open(struct mt_err *err)
{
    if (blas.library)
        return 0;
    if (load(NULL, err))
        return -1;
    if (getenv("OPENBLAS_CORETYPE") || !cpu_has_avx512() || core_is_avx512(blas.corename()))
        return 0;
    unload();
    return load("SkylakeX", err);
}

size_t mt_gemm_workspace(int threads)
{
    return (size_t)threads * WORKSPACE;
}

int mt_gemm_check_memory(int threads, struct mt_err *err)
{
    size_t size = mt_gemm_workspace(threads);
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return mt_err_set(err, MT_ERR_RUN,
                          "OpenBLAS needs %zu MiB of address space for %d thread%s, and there is less: raise "
                          "the limit (ulimit -v) or use fewer --threads",
                          size >> 20, threads, threads == 1 ? "" : "s");
    munmap(at, size);
    return 0;
}

void mt_sgemm(bool trans_a, bool trans_b, int M, int N, int K, float alpha, const float *A, int lda,
              const float *B, int ldb, float beta, float *C, int ldc)
{
    blas.sgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans, M, N,
               K, alpha, A, lda, B, ldb, beta, C, ldc);
}

void mt_dgemm(bool trans_a, bool trans_b, int M, int N, int K, double alpha, const double *A, int lda,
              const double *B, int ldb, double beta, double *C, int ldc)
{
    blas.dgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans, M, N,
               K, alpha, A, lda, B, ldb, beta, C, ldc);
}

/* dsyevr's eigenvalues come in rising order. */
static void turn_around(int N, int count, double *values, double *vectors)
{
    for (int i = 0, j = count - 1; i < j; i++, j--) {
        double *a = vectors + (size_t)i * (size_t)N, *b = vectors + (size_t)j * (size_t)N, value = values[i];
        values[i] = values[j];
        values[j] = value;
        for (int k = 0; k < N; k++) {
            double t = a[k];
            a[k] = b[k];
            b[k] = t;
        }
    }
}

int mt_symmetric_eigen(int N, double *A, int count, double *values, double *vectors, struct mt_err *err)
{
    int first = N - count + 1, found = 0, info = 0, integers = 10 * N, doubles = -1, ask = -1;
    double none = 0, wanted = 0;
    if (!blas.syevr)
        return mt_err_set(err, MT_ERR_RUN,
                          "libopenblas.so.0 was built without LAPACK: install the Debian package "
                          "libopenblas0-pthread");
    int *support = malloc(2 * (size_t)N * sizeof *support), *iwork = malloc((size_t)integers * sizeof *iwork);
    double *work = NULL, *all = malloc((size_t)N * sizeof *all);
    if (support && iwork && all) {
        /* The first call only says how much room the second one wants. */
        blas.syevr("V", "I", "L", &N, A, &N, &none, &none, &first, &N, &none, &found, all, vectors, &N,
                   support, &wanted, &ask, iwork, &integers, &info, 1, 1, 1);
        doubles = (int)wanted;
        work = malloc((size_t)doubles * sizeof *work);
    }
    int rc = work ? 0 : mt_err_memory(err, "eigenvalues", (size_t)N * 32 * sizeof *work);
    if (work) {
        blas.syevr("V", "I", "L", &N, A, &N, &none, &none, &first, &N, &none, &found, all, vectors, &N,
                   support, work, &doubles, iwork, &integers, &info, 1, 1, 1);
        if (info || found != count)
            rc = mt_err_set(err, MT_ERR_RUN, "LAPACK found %d of %d eigenvalues (dsyevr: %d)", found, count,
                            info);
        memcpy(values, all, (size_t)count * sizeof *values);
        turn_around(N, count, values, vectors);
    }
    free(support);
    free(iwork);
    free(all);
    free(work);
    return rc;
}

const char *mt_gemm_core(void)
{
    return blas.corename();
}

const char *mt_gemm_version(void)
{
    return blas.config();
}
