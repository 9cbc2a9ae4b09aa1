/* Tests of lib/math: matrix products, lanes, sums over lanes, random bits. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/math/gemm.h"
#include "lib/math/kernels.h"
#include "lib/math/lanes.h"

static float *random_floats(size_t n, uint32_t a)
{
    struct mt_rng rng;
    mt_rng_init(&rng, 5, MT_STREAM_TEST, a, 0);
    float *v = malloc(n * sizeof *v);
    assert_non_null(v);
    for (size_t i = 0; i < n; i++)
        v[i] = mt_rng_unit(&rng) * 2.0f - 1.0f;
    return v;
}

/* alpha op(A) op(B) + beta C against a sum in double, all four transpositions, leading dimensions larger than
 * the rows. */
static void gemm_matches_double(void **state)
{
    (void)state;
    struct mt_err err;
    assert_int_equal(mt_gemm_open(&err), 0);
    assert_int_equal(mt_gemm_open(&err), 0); /* a second call does nothing */
    static const int size[][3] = {{1, 1, 1}, {3, 5, 7}, {17, 33, 65}, {64, 10, 300}};
    for (unsigned i = 0; i < 4 * sizeof size / sizeof *size; i++) {
        const bool ta = i & 1, tb = i & 2;
        const int M = size[i / 4][0], N = size[i / 4][1], K = size[i / 4][2];
        const int lda = (ta ? M : K) + 3, ldb = (tb ? K : N) + 1, ldc = N + 2;
        float *A = random_floats((size_t)lda * (size_t)(ta ? K : M), 3 * i);
        float *B = random_floats((size_t)ldb * (size_t)(tb ? N : K), 3 * i + 1);
        float *C = random_floats((size_t)ldc * (size_t)M, 3 * i + 2),
              *before = random_floats((size_t)ldc * (size_t)M, 3 * i + 2);
        mt_sgemm(ta, tb, M, N, K, 1.5f, A, lda, B, ldb, -0.5f, C, ldc);
        for (int m = 0; m < M; m++) {
            for (int n = 0; n < ldc; n++) {
                double sum = 0;
                for (int k = 0; n < N && k < K; k++)
                    sum += (double)(ta ? A[k * lda + m] : A[m * lda + k]) *
                           (tb ? B[n * ldb + k] : B[k * ldb + n]);
                const double old = before[m * ldc + n];
                assert_true(fabs(C[m * ldc + n] - (n < N ? 1.5 * sum - 0.5 * old : old)) < 1e-5 * sqrt(K));
            }
        }
        free(A);
        free(B);
        free(C);
        free(before);
    }
}

static void gemm_says_what_it_runs(void **state)
{
    (void)state;
    struct mt_err err;
    assert_int_equal(mt_gemm_open(&err), 0);
    assert_non_null(strstr(mt_gemm_version(), "OpenBLAS"));
    const char *wanted = getenv("OPENBLAS_CORETYPE");
#ifdef __x86_64__
    if (!wanted && __builtin_cpu_supports("avx512f"))
        assert_null(strstr("Haswell Zen Prescott", mt_gemm_core()));
#endif
    if (wanted)
        assert_string_equal(mt_gemm_core(), wanted);
    assert_null(getenv("OPENBLAS_NUM_THREADS")); /* the environment is as it was */
}

static void every_block_finds_its_shard(void **state)
{
    (void)state;
    for (int blocks = 1; blocks < 100; blocks++) {
        const int shards = mt_shards(blocks);
        int seen = 0;
        for (int s = 0; s < shards; s++)
            for (int b = mt_shard_start(s, shards, blocks); b < mt_shard_start(s + 1, shards, blocks);
                 b++, seen++)
                assert_int_equal(mt_shard_of(b, shards, blocks), s);
        assert_int_equal(seen, blocks);
    }
}

/* Lane l is added to lane l + 8, then l + 4, l + 2, l + 1, by every set and however many vectors there are.
 */
static void lanes_are_added_in_order(void **state)
{
    (void)state;
    enum { N = 45, STRIDE = 48 };
    static float acc[N * STRIDE] __attribute__((aligned(64)));
    const struct mt_kernels *set[3];
    struct mt_rng rng;
    mt_rng_init(&rng, 8, MT_STREAM_TEST, 8, 0);
    for (int i = 0; i < N * STRIDE; i++)
        acc[i] = (float)mt_rng_normal(&rng);
    for (int k = mt_kernels_all(set) - 1; k >= 0; k--) {
        for (int n = 1; n <= N; n++) {
            float out[N + 1] = {0};
            out[n] = 7;
            set[k]->conv.lane_sums(acc, STRIDE, n, out, false);
            set[k]->conv.lane_sums(acc, STRIDE, n, out, true);
            for (int i = 0; i < n; i++) {
                float lane[16];
                memcpy(lane, acc + i * STRIDE, sizeof lane);
                for (int half = 8; half; half /= 2)
                    for (int l = 0; l < half; l++)
                        lane[l] += lane[l + half];
                assert_true(out[i] == lane[0] + lane[0]);
            }
            assert_true(out[n] == 7);
        }
    }
}

/* Every kernel set compares the 16-bit numbers of sixteen generators as mt_rng_u32 gives them, at both ends
 * of the range of limits and with every rest of eight numbers. */
static void random_bits_are_the_generators(void **state)
{
    (void)state;
    enum { MOST = 8 * 300 + 7, NUMBERS = 16 };
    const uint32_t limits[] = {0, 1, 13107, 32768, 65535, 65536};
    const struct mt_kernels *set[3];
    for (int k = mt_kernels_all(set) - 1; k >= 0; k--) {
        for (int n = MOST - 7; n <= MOST; n++) {
            const uint32_t limit = limits[n % 6];
            uint16_t keep[MOST + 1];
            struct mt_rng lane[NUMBERS];
            for (int l = 0; l < NUMBERS; l++)
                mt_rng_init(&lane[l], 0x123456789abcdefu, MT_STREAM_TEST, 0xfffffff0u,
                            (uint32_t)l * 77777777);
            keep[n] = 0x5a5a;
            set[k]->random.at_least(lane, limit, keep, (size_t)n);
            assert_int_equal(keep[n], 0x5a5a);
            for (int i = 0; i < n; i += 2) {
                unsigned low = 0, high = 0;
                for (int l = 0; l < NUMBERS; l++) {
                    const uint32_t word = mt_rng_u32(&lane[l]);
                    low |= (unsigned)((word & 0xffff) >= limit) << l;
                    high |= (unsigned)(word >> 16 >= limit) << l;
                }
                assert_int_equal(keep[i], low);
                assert_true(i + 1 == n || keep[i + 1] == high);
            }
        }
    }
}

int main(void)
{
    unsetenv("OPENBLAS_NUM_THREADS");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gemm_matches_double),
        cmocka_unit_test(gemm_says_what_it_runs),
        cmocka_unit_test(every_block_finds_its_shard),
        cmocka_unit_test(lanes_are_added_in_order),
        cmocka_unit_test(random_bits_are_the_generators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
