/* eval_points.h: embeddings to evaluate, and their neighbors by the definition. */
#ifndef MT_TESTS_EVAL_POINTS_H
#define MT_TESTS_EVAL_POINTS_H

#include "tests/test.h"

#include <math.h>

#include "lib/core/pool.h"
#include "lib/core/rng.h"
#include "lib/eval/metric.h"
#include "lib/eval/nearest_k.h"
#include "lib/math/gemm.h"

enum kind { RANDOM, TIES, FAR, TIGHT, HUGE_VALUES, TINY_VALUES, KINDS };

/* Embeddings of several tempers; TIES are small integers, whose distances are exact in any order of
 * additions. */
static inline float *make_points(enum kind kind, int n, int dim, uint32_t seed)
{
    struct mt_rng r;
    float *x = malloc((size_t)n * (size_t)dim * sizeof *x + 1);
    assert_non_null(x);
    mt_rng_init(&r, 11, MT_STREAM_TEST, seed, (uint32_t)kind);
    for (int i = 0; i < n; i++)
        for (int d = 0; d < dim; d++) {
            double v = mt_rng_normal(&r);
            switch (kind) {
            case RANDOM:
                break;
            case TIES:
                v = (double)mt_rng_below(&r, 3) - 1;
                break;
            case FAR: /* a cloud far from the origin: |q|^2 + |r|^2 - 2 q.r cancels */
                v = 1000 + v;
                break;
            case TIGHT: /* as TIES, but around two directions, within the rounding of a product */
                v = (d == (i & 1)) + 0x1p-13 * ((double)mt_rng_below(&r, 3) - 1);
                break;
            case HUGE_VALUES:
                v *= 1e30;
                break;
            default:
                v *= 1e-30;
            }
            x[(size_t)i * (size_t)dim + (size_t)d] = (float)v;
        }
    return x;
}

static inline int by_distance(const void *a, const void *b)
{
    const struct mt_candidate *p = a, *q = b;
    return mt_farther(*p, *q) - mt_farther(*q, *p);
}

static inline double naive_distance(const float *q, const float *ref, int dim, enum mt_metric metric)
{
    long double dot = 0, qq = 0, rr = 0, diff = 0;
    for (int d = 0; d < dim; d++) {
        long double a = q[d], b = ref[d];
        dot += a * b;
        qq += a * a;
        rr += b * b;
        diff += (a - b) * (a - b);
    }
    if (metric == MT_METRIC_EUCLIDEAN)
        return (double)sqrtl(diff);
    return (double)(qq == 0 || rr == 0 ? 1 : 1 - dot / sqrtl(qq * rr));
}

/* Sorts all references but `self` by their distance from q; returns how many. */
static inline int naive_order(const float *q, const float *ref, int n, int dim, enum mt_metric metric,
                              int self, struct mt_candidate *out)
{
    int count = 0;
    for (int r = 0; r < n; r++)
        if (r != self)
            out[count++] = (struct mt_candidate){naive_distance(q, ref + r * dim, dim, metric), r};
    qsort(out, (size_t)count, sizeof *out, by_distance);
    return count;
}

static inline struct mt_pool *make_pool(int threads)
{
    struct mt_err err;
    struct mt_pool *pool;
    assert_int_equal(mt_pool_new(&pool, threads, &err), 0);
    return pool;
}

static inline int open_gemm(void **state)
{
    struct mt_err err;
    (void)state;
    return mt_gemm_open(&err);
}

#endif
