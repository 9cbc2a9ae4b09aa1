/* test_bench.c: what `bench` measures with: medians, the clock of the layers, random data, the four networks.
 */
#include <string.h>

#include "lib/bench/layers.h"
#include "lib/bench/memory.h"
#include "lib/bench/random_data.h"
#include "lib/bench/workloads.h"
#include "lib/conf/conf.h"
#include "tests/test.h"

static void median_of_repeats(void **state)
{
    (void)state;
    struct mt_repeats odd = {.value = {5, 1, 3}, .n = 3}, even = {.value = {4, 1, 8, 2}, .n = 4}, none = {0};
    struct mt_spread s = mt_repeats_spread(&odd);
    assert_true(s.median == 3 && s.min == 1 && s.max == 5 && s.n == 3);
    s = mt_repeats_spread(&even);
    assert_true(s.median == 3 && s.min == 1 && s.max == 8);
    s = mt_repeats_spread(&none);
    assert_true(s.median == 0 && s.n == 0);
    for (int i = 0; i < MT_REPEATS + 5; i++)
        mt_repeats_add(&none, i);
    assert_int_equal(none.n, MT_REPEATS);
}

/* Chains of x/2 + 1 end at 2, whatever they start from. */
static void peak_kernels_compute(void **state)
{
    (void)state;
    const struct mt_kernels *set[3];
    int n = mt_kernels_all(set);
    _Alignas(64) float a[48], b[48], c[48];
    for (int k = 0; k < n; k++) {
        float chains = (float)set[k]->peak.round_flops / 2 / 4; /* four steps per round */
        assert_float_equal(set[k]->peak.fma(100), 2 * chains, 1e-3);
        for (int i = 0; i < 48; i++) {
            b[i] = (float)i;
            c[i] = 0.5f * (float)i;
            a[i] = -1;
        }
        set[k]->peak.triad(a, b, c, 32);
        for (int i = 0; i < 48; i++)
            assert_true(a[i] == (i < 32 ? 2.5f * (float)i : -1.0f));
    }
}

static struct mt_pool *new_pool(int threads)
{
    struct mt_pool *pool;
    struct mt_err err;
    assert_int_equal(mt_pool_new(&pool, threads, &err), 0);
    return pool;
}

static void random_data_is_the_same_for_any_threads(void **state)
{
    (void)state;
    struct mt_dataset d[2];
    struct mt_err err;
    struct mt_shape shape = {3, 5, 7};
    int seen[4] = {0};
    for (int i = 0; i < 2; i++) {
        struct mt_pool *pool = new_pool(1 + 2 * i);
        assert_int_equal(mt_random_data(&d[i], 333, shape, 4, pool, &err), 0);
        mt_pool_free(pool);
    }
    assert_memory_equal(d[0].pixels, d[1].pixels, 333 * 105);
    assert_memory_equal(d[0].label, d[1].label, 333 * sizeof(int32_t));
    assert_memory_not_equal((char *)d[0].pixels, (char *)d[0].pixels + 105, 105);
    for (int i = 0; i < 333; i++)
        seen[d[0].label[i]]++;
    for (int c = 0; c < 4; c++)
        assert_true(seen[c] > 40);
    mt_dataset_release(&d[0]);
    mt_dataset_release(&d[1]);
    struct mt_pool *pool = new_pool(1);
    assert_int_equal(mt_random_data(&d[0], 0, shape, 4, pool, &err), -1);
    assert_int_equal(mt_random_data(&d[0], 10, shape, 1, pool, &err), -1);
    mt_pool_free(pool);
}

static void memory_is_seen(void **state)
{
    (void)state;
    size_t size = (size_t)64 << 20, before = mt_rss_now();
    if (!before)
        skip();
    char *block = malloc(size);
    assert_non_null(block);
    memset(block, 1, size);
    assert_true(mt_rss_now() >= before + size / 2);
    assert_true(mt_rss_peak() >= before + size / 2);
    free(block);
}

/* Each of the four is a right experiment, and has as many trained weights as its notebook says, the head
 * apart. */
static void workloads_are_the_published_networks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t weights;
    } known[] = {{"n0", 55653}, {"n1", 222964}, {"n2", 98819}, {"n4", 11216000}};
    const struct mt_bench_workload *w = mt_bench_workloads;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++, w++) {
        struct mt_conf *conf = NULL;
        struct mt_diag diag = {0};
        struct mt_experiment e = {0};
        struct mt_model *m;
        struct mt_err err;
        const char *key;
        assert_string_equal(w->name, known[i].name);
        assert_int_equal(mt_conf_load_text(&conf, w->name, ".", w->text, strlen(w->text), NULL, 0, &diag), 0);
        assert_int_equal(mt_conf_bind(conf, mt_experiment_fields, &e, &diag), 0);
        assert_true(e.train.batch_size <= w->random.n);
        struct mt_model_options o = {.input = w->random.shape,
                                     .classes = w->random.classes,
                                     .training = true,
                                     .kernels = mt_kernels_pick(NULL),
                                     .pool = new_pool(1)};
        assert_int_equal(mt_model_new(&m, &e, &o, &key, &err), 0);
        assert_int_equal(mt_tensors_count(&m->tensors, true) - m->head->weight->count, known[i].weights);
        mt_model_free(m);
        mt_pool_free(o.pool);
        mt_conf_free(conf);
        mt_diag_release(&diag);
    }
    assert_null(w->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_of_repeats),
        cmocka_unit_test(peak_kernels_compute),
        cmocka_unit_test(random_data_is_the_same_for_any_threads),
        cmocka_unit_test(memory_is_seen),
        cmocka_unit_test(workloads_are_the_published_networks),
    };
    return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
