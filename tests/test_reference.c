/* Tests of the training embeddings that vote: all of them, or a bounded number, and none for itself. */
#include "tests/test.h"

#include "lib/core/rng.h"
#include "lib/math/gemm.h"
#include "lib/train/evaluate.h"

#define N 50
#define D 3

static double squared(const float *a, const float *b)
{
    double sum = 0;
    for (int d = 0; d < D; d++)
        sum += ((double)a[d] - b[d]) * ((double)a[d] - b[d]);
    return sum;
}

/* The label of the nearest voter other than training sample `self`. */
static int32_t nearest(const struct mt_reference *r, int64_t voters, const float *x, int64_t self)
{
    int64_t best = -1;
    for (int64_t v = 0; v < voters; v++) {
        int64_t i = v * N / voters;
        if (i != self && (best < 0 || squared(x, r->train.x + i * D) < squared(x, r->train.x + best * D)))
            best = i;
    }
    return r->train.label[best];
}

static void a_bounded_number_votes(void **state)
{
    (void)state;
    float x[N * D], other[N * D];
    int32_t label[N], pred[N], second[N];
    float probability[N], margin[N];
    struct mt_rng rng;
    assert_int_equal(mt_gemm_open(NULL), 0);
    mt_rng_init(&rng, 8, MT_STREAM_TEST, 0, 0);
    for (int i = 0; i < N * D; i++) {
        x[i] = (float)mt_rng_below(&rng, 10000);
        other[i] = (float)mt_rng_below(&rng, 10000);
    }
    for (int i = 0; i < N; i++)
        label[i] = i; /* every sample a class: a vote tells who cast it */
    static const int64_t most[] = {2, 7, 25, 49, 50, 1000};
    for (size_t m = 0; m < sizeof most / sizeof *most; m++) {
        struct mt_reference r = {.train = {.n = N, .dim = D, .classes = N, .x = x, .label = label}, .k = 1};
        struct mt_ranking out = {
            .pred = pred, .second = second, .probability = probability, .margin = margin};
        struct mt_pool *pool;
        int64_t voters = most[m] < N ? most[m] : N;
        assert_int_equal(mt_pool_new(&pool, 2, NULL), 0);
        assert_int_equal(mt_reference_choose(&r, most[m], MT_METRIC_EUCLIDEAN, NULL), 0);
        assert_int_equal(r.voters, voters);
        assert_int_equal(mt_reference_vote(&r, other, N, pool, &out, NULL), 0);
        for (int i = 0; i < N; i++)
            assert_int_equal(pred[i], nearest(&r, voters, other + i * D, -1));
        assert_int_equal(mt_reference_vote(&r, r.train.x, N, pool, &out, NULL), 0);
        for (int i = 0; i < N; i++) {
            assert_int_equal(pred[i], nearest(&r, voters, x + i * D, i));
            assert_int_not_equal(pred[i], i);
            assert_true(probability[i] == 1 && margin[i] == 1 && second[i] == -1);
        }
        r.train = (struct mt_embedded){0}; /* is not ours to free */
        mt_reference_release(&r);
        mt_pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_bounded_number_votes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
