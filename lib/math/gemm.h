/* gemm.h: matrix products and eigenvalues through OpenBLAS, the only place that knows it.
 *
 * The library is opened at the first use, single-threaded, with the kernels that fit this processor (its own
 * choice is too low for AVX-512 processors that it does not know); a user's OPENBLAS_CORETYPE is respected.
 */
#ifndef MT_MATH_GEMM_H
#define MT_MATH_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/err.h"

/* Opens the library. To be called once, before any thread is started and before the functions below. */
int mt_gemm_open(struct mt_err *err);
/* Bytes of address space that `threads` threads that multiply take. */
size_t mt_gemm_workspace(int threads);
/* Whether `threads` threads can multiply under the limits of this process. The library maps a workspace for
 * each, and tries for ever where it gets none, so this is asked when all other memory has been taken. */
int mt_gemm_check_memory(int threads, struct mt_err *err);
/* C (M,N) = alpha * op(A) op(B) + beta * C, row-major, leading dimensions in elements; op(A) is (M,K), op(B)
 * is (K,N). */
void mt_sgemm(bool trans_a, bool trans_b, int M, int N, int K, float alpha, const float *A, int lda,
              const float *B, int ldb, float beta, float *C, int ldc);
void mt_dgemm(bool trans_a, bool trans_b, int M, int N, int K, double alpha, const double *A, int lda,
              const double *B, int ldb, double beta, double *C, int ldc);
/* The `count` largest eigenvalues (1 <= count <= N) of the symmetric A (N,N), largest first, and their
 * eigenvectors of length 1 as rows of `vectors` (count,N), whose signs are open. Reads the upper triangle of
 * A and overwrites it (LAPACK's dsyevr). */
int mt_symmetric_eigen(int N, double *A, int count, double *values, double *vectors, struct mt_err *err);
const char *mt_gemm_core(void);    /* "SkylakeX"; which kernels run */
const char *mt_gemm_version(void); /* "OpenBLAS 0.3.21 ..." */

#endif
