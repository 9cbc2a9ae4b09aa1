/* Tests of the projections (lib/eval): principal components by what defines them, trustworthiness against a
 * plain count, and the same bytes for any number of threads. */
#include "tests/test.h"

#include <math.h>

#include "lib/conf/conf.h"
#include "lib/core/rng.h"
#include "lib/eval/pca.h"
#include "lib/eval/projection.h"
#include "lib/eval/trust.h"
#include "lib/math/gemm.h"

#define MOST 4096

/* n points of D dimensions in three clouds, stretched differently along each axis. */
static void some_points(float *x, int n, int dim)
{
    struct mt_rng rng;
    mt_rng_init(&rng, 11, MT_STREAM_TEST, (uint32_t)n, (uint32_t)dim);
    for (int i = 0; i < n; i++)
        for (int d = 0; d < dim; d++)
            x[i * dim + d] = (float)(4 * (i % 3) * (d % 2) + (1 + d % 5) * mt_rng_normal(&rng) + 100);
}

static double distance(const float *a, const float *b, int dim)
{
    double sum = 0;
    for (int d = 0; d < dim; d++)
        sum += ((double)a[d] - b[d]) * ((double)a[d] - b[d]);
    return sqrt(sum);
}

static int setup(void **state)
{
    (void)state;
    return mt_gemm_open(NULL);
}

/* --- principal components --- */

static double product_of(const float *y, int n, int a, int b)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)y[3 * i + a] * y[3 * i + b];
    return sum;
}

/* Along the components coordinates are not correlated and spread less and less; three components of three
 * dimensions keep every distance. Together that is all there is to say about them but their signs. */
static void components_turn_points(void **state)
{
    (void)state;
    static float x[MOST], y[MOST];
    double explained;
    struct mt_err err;
    for (int n = 4; n <= 1300; n += n < 20 ? 3 : 419) {
        some_points(x, n, 3);
        assert_int_equal(mt_pca(x, n, 3, 3, y, &explained, &err), 0);
        assert_float_equal(explained, 1, 1e-12);
        double spread = product_of(y, n, 0, 0);
        for (int a = 0; a < 3; a++) {
            double most = 0, mean = 0;
            assert_true(product_of(y, n, a, a) <= spread);
            spread = product_of(y, n, a, a);
            for (int b = 0; b < a; b++)
                assert_float_equal(product_of(y, n, a, b), 0, 1e-5 * spread + 1e-6);
            for (int i = 0; i < n; i++) {
                most = fabs(y[3 * i + a]) > fabs(most) ? y[3 * i + a] : most;
                mean += y[3 * i + a];
            }
            assert_true(most > 0);
            assert_float_equal(mean / n, 0, 1e-5);
        }
        for (int i = 1; i < n; i++)
            assert_float_equal(distance(y, y + 3 * i, 3), distance(x, x + 3 * i, 3), 2e-5);
    }
}

/* Fewer points than dimensions: the other matrix, the same geometry. */
static void few_points_of_many_dimensions(void **state)
{
    (void)state;
    static float x[4 * 300], y[4 * 3];
    double explained;
    struct mt_err err;
    some_points(x, 4, 300);
    assert_int_equal(mt_pca(x, 4, 300, 3, y, &explained, &err), 0);
    assert_float_equal(explained, 1, 1e-12);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            assert_float_equal(distance(y + 3 * i, y + 3 * j, 3), distance(x + 300 * i, x + 300 * j, 300),
                               1e-3);
}

static void rank_is_respected(void **state)
{
    (void)state;
    static float x[100 * 5], y[100 * 3];
    double explained;
    struct mt_err err;
    for (int i = 0; i < 100; i++) /* a line in five dimensions, two of them constant */
        for (int d = 0; d < 5; d++)
            x[5 * i + d] = d < 2 ? 0.1f : (float)(i * (d + 1));
    assert_int_equal(mt_pca(x, 100, 5, 3, y, &explained, &err), 0);
    assert_float_equal(explained, 1, 1e-12);
    for (int i = 0; i < 100; i++) {
        assert_float_equal(y[3 * i], (49.5 - i) * sqrt(9 + 16 + 25),
                           1e-3); /* the first end is the positive one */
        assert_true(y[3 * i + 1] == 0 && y[3 * i + 2] == 0);
    }
    for (int i = 0; i < 500; i++)
        x[i] = 0.1f;
    assert_int_equal(mt_pca(x, 100, 5, 3, y, &explained, &err), 0);
    assert_true(isnan(explained));
    for (int i = 0; i < 300; i++)
        assert_true(y[i] == 0);
    assert_int_equal(mt_pca(x, 1, 5, 2, y, &explained, &err), 0);
    assert_true(y[0] == 0 && y[1] == 0);
}

/* --- trustworthiness --- */

/* By the formula, without any thought of speed. */
static double plain_trust(const float *x, int dim, const float *y, int axes, int n, int k)
{
    double excess = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            int rank = 1, place = 1;
            if (i == j)
                continue;
            for (int l = 0; l < n; l++) {
                double in = distance(x + i * dim, x + l * dim, dim),
                       out = distance(y + i * axes, y + l * axes, axes);
                double out_j = distance(y + i * axes, y + j * axes, axes);
                if (l == i)
                    continue;
                rank += in < distance(x + i * dim, x + j * dim, dim) * (1 - 1e-13);
                place += out < out_j || (out == out_j && l < j);
            }
            if (place <= k && rank > k)
                excess += rank - k;
        }
    }
    return 1 - 2 / ((double)n * k * (2.0 * n - 3.0 * k - 1)) * excess;
}

static void trust_is_what_it_says(void **state)
{
    (void)state;
    static float x[130 * 7], y[130 * 2];
    struct mt_pool *pool[2];
    struct mt_err err;
    mt_pool_new(&pool[0], 1, &err);
    mt_pool_new(&pool[1], 3, &err);
    some_points(x, 130, 7);
    some_points(y, 130, 2);
    for (int i = 0; i < 20; i++) /* some points stand where others do */
        memcpy(x + 7 * (i + 40), x + 7 * i, 7 * sizeof *x);
    for (int n = 3; n <= 130; n += 31)
        for (int k = 1; 2 * k < n; k += 4) {
            double trust[2];
            int64_t judged;
            for (int p = 0; p < 2; p++)
                assert_int_equal(mt_trustworthiness(x, 7, y, 2, n, k, pool[p], &trust[p], &judged, &err), 0);
            assert_int_equal(judged, n);
            assert_true(trust[0] == trust[1]);
            assert_float_equal(trust[0], plain_trust(x, 7, y, 2, n, k), 1e-12);
        }
    double trust;
    int64_t judged;
    assert_int_equal(mt_trustworthiness(x, 7, y, 2, 24, 12, pool[0], &trust, &judged, &err), 0);
    assert_true(isnan(trust));
    mt_pool_free(pool[0]);
    mt_pool_free(pool[1]);
}

/* --- every method --- */

static void nothing_and_too_much_are_refused(void **state)
{
    (void)state;
    float x[4] = {1, 2, 3, 4}, y[4];
    double measure;
    int metric = 1;
    struct mt_err err;
    for (const struct mt_kind *const *k = mt_projection_table.row; *k; k++) {
        const struct mt_projection_method *m = (const void *)*k;
        struct mt_projection_job job = {.x = x, .n = 0, .dim = 2, .axes = 2};
        assert_int_equal(mt_project(m, &metric, &job, y, &measure, &err), -1);
        job.n = m->most + 1;
        assert_int_equal(mt_project(m, &metric, &job, y, &measure, &err), -1);
        assert_non_null(strstr(err.text, "--limit"));
        job.n = 2;
        x[3] = NAN;
        assert_int_equal(mt_project(m, &metric, &job, y, &measure, &err), -1);
        assert_non_null(strstr(err.text, "not finite"));
        x[3] = 4;
    }
}

/* A method with its defaults but for what `more` says, as `project` binds them. To be freed. */
static struct mt_conf *configure(const char *method, const char *more, struct mt_variant *out)
{
    static const struct mt_field fields[] = {
        {.name = "options", .type = MT_VARIANT, .table = &mt_projection_table, .tag = "method", .help = "x"},
        {0}};
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    char text[128];
    snprintf(text, sizeof text, "options: {method: %s%s}\n", method, more);
    assert_int_equal(mt_conf_load_text(&conf, "test", ".", text, strlen(text), NULL, 0, &diag), 0);
    assert_int_equal(mt_conf_bind(conf, fields, out, &diag), 0);
    mt_diag_release(&diag);
    return conf;
}

static void assert_finite(const float *y, int n)
{
    for (int i = 0; i < n; i++)
        assert_true(isfinite(y[i]));
}

/* Three clouds: any number of threads and each set that has a fused multiply-add give the same bytes, and
 * near points are drawn near. */
static void threads_do_not_show(void **state)
{
    (void)state;
    enum { N = 210, D = 7 };
    static float x[N * D], first[N * 3], y[N * 3];
    const struct mt_kernels *set[3];
    int sets = mt_kernels_all(set);
    struct mt_err err;
    some_points(x, N, D);
    for (const struct mt_kind *const *k = mt_projection_table.row; *k; k++)
        for (int axes = 2; axes <= 3; axes++) {
            struct mt_variant v = {0};
            const char *more = strcmp((*k)->name, "tsne") ? strcmp((*k)->name, "umap") ? "" : ", epochs: 60"
                                                          : ", iterations: 150, exaggerated: 50";
            struct mt_conf *conf = configure((*k)->name, more, &v);
            double measure[2], trust;
            int64_t judged;
            for (int threads = 1; threads <= 3; threads += 2)
                for (int s = 0; s < sets && (s == 0 || strcmp(set[s]->name, "c")); s++) {
                    bool begin = threads == 1 && s == 0;
                    struct mt_projection_job job = {
                        .x = x, .n = N, .dim = D, .axes = axes, .seed = 3, .kernels = set[s]};
                    assert_int_equal(mt_pool_new(&job.pool, threads, &err), 0);
                    assert_int_equal(mt_project((const void *)v.kind, v.cfg, &job, begin ? first : y,
                                                &measure[!begin], &err),
                                     0);
                    if (!begin) {
                        assert_memory_equal(y, first, (size_t)(N * axes) * sizeof *y);
                        assert_memory_equal(&measure[0], &measure[1], sizeof *measure);
                    } else if (axes == 2) {
                        assert_int_equal(
                            mt_trustworthiness(x, D, first, axes, N, 12, job.pool, &trust, &judged, &err), 0);
                        assert_true(trust > 0.75);
                    }
                    mt_pool_free(job.pool);
                }
            mt_conf_free(conf);
        }
}

/* Points at one place, two points, one point. */
static void little_to_see(void **state)
{
    (void)state;
    static const char *const small[][2] = {
        {"pca", ""}, {"tsne", ", perplexity: 1.5"}, {"umap", ", neighbors: 2"}};
    float x[40], y[120];
    double measure;
    struct mt_err err;
    struct mt_projection_job job = {.x = x, .dim = 1, .kernels = mt_kernels_pick(NULL)};
    mt_pool_new(&job.pool, 2, &err);
    for (int m = 0; m < 3; m++) {
        struct mt_variant v = {0};
        struct mt_conf *conf = configure(small[m][0], small[m][1], &v);
        for (job.axes = 2; job.axes <= 3; job.axes++) {
            for (int i = 0; i < 40; i++)
                x[i] = 3;
            job.n = 40;
            assert_int_equal(mt_project((const void *)v.kind, v.cfg, &job, y, &measure, &err), 0);
            assert_finite(y, 40 * job.axes);
            x[1] = 1e30f;
            job.n = 2;
            assert_int_equal(mt_project((const void *)v.kind, v.cfg, &job, y, &measure, &err), 0);
            assert_finite(y, 2 * job.axes);
            job.n = 1;
            if (mt_project((const void *)v.kind, v.cfg, &job, y, &measure, &err) < 0)
                assert_non_null(strstr(err.text, "there are 1; give a smaller --"));
            else
                assert_finite(y, job.axes);
        }
        mt_conf_free(conf);
    }
    mt_pool_free(job.pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_turn_points),
        cmocka_unit_test(few_points_of_many_dimensions),
        cmocka_unit_test(rank_is_respected),
        cmocka_unit_test(trust_is_what_it_says),
        cmocka_unit_test(nothing_and_too_much_are_refused),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(little_to_see),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
