#include "lib/eval/neighbors.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/eval/nearest_k.h"
#include "lib/math/gemm.h"

#define QUERIES 256    /* per task, and per product */
#define REFERENCES 512 /* per product */
#define GROUP 32       /* products compared before a branch */
#define UNIT_ROUNDOFF 0x1p-24

struct mt_neighbors {
    int64_t n;
    int dim;
    enum mt_metric metric;
    float *x;       /* (n, D), of length 1 for cosine */
    bool *zero;     /* (n) cosine: a vector without direction */
    float *squared; /* (n) |x|^2 */
};

/* What one thread works in. */
struct scratch {
    float *query;              /* (QUERIES, D) */
    float *product;            /* (QUERIES, REFERENCES) */
    struct mt_candidate *heap; /* (QUERIES, k) */
    struct mt_nearest_k nearest[QUERIES];
    double squared[QUERIES];
    bool zero[QUERIES];
};

struct search {
    const struct mt_neighbors *nb;
    const float *query;
    int64_t n, self;
    int k; /* at most the number of references */
    struct scratch *scratch;
    int32_t *index;
    double *distance;
    int out_k;
};

static double squared_length(const float *x, int dim)
{
    double sum = 0.0;
    for (int d = 0; d < dim; d++)
        sum += (double)x[d] * x[d];
    return sum;
}

/* The distance, squared (for cosine: twice the distance). Four running sums, whose order is part of the
 * definition. */
static double exact(const float *a, const float *b, int dim)
{
    double s[4] = {0};
    int d = 0;
    for (; d + 4 <= dim; d += 4)
        for (int j = 0; j < 4; j++) {
            double diff = (double)a[d + j] - b[d + j];
            s[j] += diff * diff;
        }
    for (int j = 0; d < dim; d++, j++) {
        double diff = (double)a[d] - b[d];
        s[j] += diff * diff;
    }
    return (s[0] + s[1]) + (s[2] + s[3]);
}

/* Copies a vector, scaled to length 1 for cosine. Returns its squared length as copied. */
static double prepare(float *to, const float *from, int dim, enum mt_metric metric, bool *zero)
{
    *zero = false;
    memcpy(to, from, (size_t)dim * sizeof *to);
    if (metric != MT_METRIC_COSINE)
        return squared_length(to, dim);
    double length = sqrt(squared_length(from, dim));
    *zero = length == 0.0;
    for (int d = 0; d < dim && length > 0.0; d++)
        to[d] = (float)(from[d] / length);
    return squared_length(to, dim);
}

static int check_finite(const float *x, int64_t n, int dim, const char *what, struct mt_err *err)
{
    for (int64_t i = 0; i < n * dim; i++)
        if (!isfinite(x[i]))
            return mt_err_set(err, MT_ERR_DIVERGED, "the %s %" PRId64 " holds a number that is not finite",
                              what, i / dim);
    return 0;
}

static void *allocate(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - 64)
        return NULL;
    return aligned_alloc(64, (bytes + 64) / 64 * 64);
}

uint64_t mt_neighbors_bytes(int64_t n, int dim)
{
    const struct mt_neighbors *nb = NULL;
    return (uint64_t)n * ((uint64_t)dim * sizeof *nb->x + sizeof *nb->zero + sizeof *nb->squared);
}

int mt_neighbors_new(struct mt_neighbors **out, const float *ref, int64_t n, int dim, enum mt_metric metric,
                     struct mt_err *err)
{
    *out = NULL;
    if (n > INT32_MAX)
        return mt_err_set(err, MT_ERR_DATA,
                          "%" PRId64 " references are more than neighbors can be searched in", n);
    if (check_finite(ref, n, dim, "reference embedding", err) < 0)
        return -1;
    struct mt_neighbors *nb = calloc(1, sizeof *nb);
    size_t D = (size_t)dim, N = (size_t)n;
    if (nb) {
        *nb = (struct mt_neighbors){.n = n, .dim = dim, .metric = metric};
        nb->x = allocate(N * D, sizeof *nb->x);
        nb->zero = allocate(N, sizeof *nb->zero);
        nb->squared = allocate(N, sizeof *nb->squared);
    }
    if (!nb || !nb->x || !nb->zero || !nb->squared) {
        mt_neighbors_free(nb);
        return mt_err_memory(err, "the neighbor search", N * D * sizeof *nb->x);
    }
    for (int64_t i = 0; i < n; i++)
        nb->squared[i] = (float)prepare(nb->x + i * dim, ref + i * dim, dim, metric, &nb->zero[i]);
    *out = nb;
    return 0;
}

int64_t mt_neighbors_count(const struct mt_neighbors *nb)
{
    return nb->n;
}

int mt_neighbors_dim(const struct mt_neighbors *nb)
{
    return nb->dim;
}

void mt_neighbors_free(struct mt_neighbors *nb)
{
    if (!nb)
        return;
    free(nb->x);
    free(nb->zero);
    free(nb->squared);
    free(nb);
}

/* The smallest float that is certainly not less. */
static float round_up(double v)
{
    return v < FLT_MAX ? nextafterf((float)v, INFINITY) : INFINITY;
}

/* Measures reference r for query i of the block that starts at query `first`. */
static void offer(const struct search *s, struct scratch *w, int64_t first, int i, int64_t r)
{
    const struct mt_neighbors *nb = s->nb;
    if (s->self >= 0 && s->self + first + i == r)
        return;
    double d = exact(w->query + (int64_t)i * nb->dim, nb->x + r * nb->dim, nb->dim);
    if (w->zero[i] || nb->zero[r]) /* cosine 0 */
        d = 2.0;
    mt_nearest_k_offer(&w->nearest[i], (struct mt_candidate){d, (int32_t)r});
}

/* What the k-th distance so far rules out: references come in the order of their indices, so an equal
 * distance no longer helps. */
static double limit_of(const struct scratch *w, int i)
{
    double limit = mt_nearest_k_limit(&w->nearest[i]);
    return limit == 0.0 || (w->zero[i] && limit < INFINITY) ? -1.0 : limit;
}

/* Limit of |r|^2 - 2 q.r: without |q|^2, with the error bound, for references no longer than the square root
 * of `longest`. */
static float product_limit(const struct search *s, const struct scratch *w, int i, double longest)
{
    double limit = limit_of(w, i), u = UNIT_ROUNDOFF,
           slack = (s->nb->dim + 8) * u * (w->squared[i] + longest);
    return limit < 0.0 ? -INFINITY : round_up(limit - w->squared[i] + slack + s->nb->dim * (double)FLT_MIN);
}

static void scan_products(const struct search *s, struct scratch *w, int64_t first, int i, int64_t start,
                          int n, double longest)
{
    const float *product = w->product + (size_t)i * REFERENCES, *squared = s->nb->squared + start;
    float limit = product_limit(s, w, i, longest);
    for (int j = 0; j < n; j += GROUP) {
        int end = j + GROUP < n ? j + GROUP : n, any = 0;
        for (int l = j; l < end; l++)
            any |= !(squared[l] + product[l] > limit);
        if (!any)
            continue;
        for (int l = j; l < end; l++)
            if (!(squared[l] + product[l] > limit)) {
                offer(s, w, first, i, start + l);
                limit = product_limit(s, w, i, longest);
            }
    }
}

static void product_search(const struct search *s, struct scratch *w, int64_t first, int n)
{
    const struct mt_neighbors *nb = s->nb;
    int D = nb->dim;
    for (int64_t start = 0; start < nb->n; start += REFERENCES) {
        int refs = start + REFERENCES < nb->n ? REFERENCES : (int)(nb->n - start);
        float longest = 0.0f;
        for (int j = 0; j < refs; j++)
            longest = fmaxf(longest, nb->squared[start + j]);
        mt_sgemm(false, true, n, refs, D, -2.0f, w->query, D, nb->x + start * D, D, 0.0f, w->product,
                 REFERENCES);
        for (int i = 0; i < n; i++)
            scan_products(s, w, first, i, start, refs, longest);
    }
}

static void deliver(const struct search *s, struct scratch *w, int64_t query, int i)
{
    struct mt_nearest_k *nearest = &w->nearest[i];
    int32_t *index = s->index + query * s->out_k;
    double *distance = s->distance + query * s->out_k;
    mt_nearest_k_sort(nearest);
    for (int j = 0; j < s->out_k; j++) {
        bool found = j < nearest->n;
        double d = found ? nearest->heap[j].distance : INFINITY;
        index[j] = found ? nearest->heap[j].index : -1;
        distance[j] = s->nb->metric == MT_METRIC_COSINE ? d / 2.0 : sqrt(d);
    }
}

static void search_block(void *arg, int task, int worker)
{
    const struct search *s = arg;
    const struct mt_neighbors *nb = s->nb;
    struct scratch *w = &s->scratch[worker];
    int64_t first = (int64_t)task * QUERIES;
    int n = s->n - first < QUERIES ? (int)(s->n - first) : QUERIES;
    for (int i = 0; i < n; i++) {
        w->nearest[i] = (struct mt_nearest_k){.heap = w->heap + (size_t)i * (size_t)s->k, .k = s->k};
        w->squared[i] = prepare(w->query + (int64_t)i * nb->dim, s->query + (first + i) * nb->dim, nb->dim,
                                nb->metric, &w->zero[i]);
    }
    product_search(s, w, first, n);
    for (int i = 0; i < n; i++)
        deliver(s, w, first + i, i);
}

static void scratch_free(struct scratch *scratch, int threads)
{
    for (int t = 0; scratch && t < threads; t++) {
        free(scratch[t].query);
        free(scratch[t].product);
        free(scratch[t].heap);
    }
    free(scratch);
}

static struct scratch *scratch_new(const struct mt_neighbors *nb, int k, int threads)
{
    struct scratch *scratch = calloc((size_t)threads, sizeof *scratch);
    for (int t = 0; scratch && t < threads; t++) {
        struct scratch *w = &scratch[t];
        w->query = allocate((size_t)QUERIES * (size_t)nb->dim, sizeof *w->query);
        w->product = allocate((size_t)QUERIES * REFERENCES, sizeof *w->product);
        w->heap = allocate((size_t)QUERIES * (size_t)k, sizeof *w->heap);
        if (!w->query || !w->product || !w->heap) {
            scratch_free(scratch, threads);
            return NULL;
        }
    }
    return scratch;
}

int mt_neighbors_find(const struct mt_neighbors *nb, const float *query, int64_t n, int64_t self, int k,
                      struct mt_pool *pool, int32_t *index, double *distance, struct mt_err *err)
{
    int room = nb->n < k ? (int)nb->n : k, threads = mt_pool_threads(pool);
    if (check_finite(query, n, nb->dim, "embedding", err) < 0)
        return -1;
    struct search s = {.nb = nb,
                       .query = query,
                       .n = n,
                       .self = self,
                       .k = room,
                       .out_k = k,
                       .index = index,
                       .distance = distance,
                       .scratch = scratch_new(nb, room, threads)};
    if (!s.scratch)
        return mt_err_memory(err, "the neighbor search",
                             (size_t)threads * QUERIES * (size_t)nb->dim * sizeof(float));
    mt_pool_run(pool, (int)((n + QUERIES - 1) / QUERIES), search_block, &s);
    scratch_free(s.scratch, threads);
    return 0;
}
