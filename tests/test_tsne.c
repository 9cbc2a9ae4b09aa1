/* Tests of t-SNE: its kernel against plain sums, affinities against scikit-learn's, the gradient against
 * finite differences. */
#include "lib/eval/tsne.h"

#include "lib/core/rng.h"
#include "lib/eval/affinity.h"
#include "lib/math/gemm.h"
#include "tests/projection_points.h"

static int setup(void **state)
{
    (void)state;
    return mt_gemm_open(NULL);
}

/* --- the kernel --- */

#define ROOM 112

struct forces {
    float y[3][ROOM], push[3][ROOM], z[ROOM];
} __attribute__((aligned(64)));

static void run_kernel(const struct mt_kernels *set, int axes, size_t room, size_t from, size_t to,
                       struct forces *f)
{
    const float *y[3] = {f->y[0], f->y[1], f->y[2]};
    float *push[3] = {f->push[0], f->push[1], f->push[2]};
    memset(f->push, 0, sizeof f->push);
    memset(f->z, 0, sizeof f->z);
    set->repulsion.push(axes, room, from, to, y, push, f->z);
}

static void assert_plain(const struct forces *f, int axes, int n, int i)
{
    double z = 0, push[3] = {0};
    for (int j = 0; j < n; j++) {
        double square = 0;
        for (int d = 0; d < axes; d++)
            square += pow((double)f->y[d][i] - f->y[d][j], 2);
        z += 1 / (1 + square);
        for (int d = 0; d < axes; d++)
            push[d] += ((double)f->y[d][i] - f->y[d][j]) / ((1 + square) * (1 + square));
    }
    assert_float_equal(f->z[i], z, 1e-5 * z);
    for (int d = 0; d < axes; d++)
        assert_float_equal(f->push[d][i], push[d], 1e-5 * n);
}

static void points_push_each_other(void **state)
{
    (void)state;
    static struct forces f, first;
    const struct mt_kernels *set[3];
    const int sets = mt_kernels_all(set), counts[] = {1, 2, 15, 16, 17, 100};
    struct mt_rng rng;
    mt_rng_init(&rng, 5, MT_STREAM_TEST, 0, 0);
    for (int c = 0; c < 6; c++)
        for (int axes = 2; axes <= 3; axes++) {
            int n = counts[c];
            size_t room = (size_t)(n + 15) / 16 * 16;
            for (int d = 0; d < 3; d++)
                for (int i = 0; i < ROOM; i++)
                    f.y[d][i] = i < n ? (float)((i % 4 ? 1 : 300) * mt_rng_normal(&rng)) : MT_REPULSION_FAR;
            for (int k = 0; k < sets; k++) {
                run_kernel(set[k], axes, room, 0, room, &f);
                for (int i = 0; i < n; i++)
                    assert_plain(&f, axes, n, i);
                if (k == 0)
                    first = f;
                else if (strcmp(set[k]->name, "c"))
                    assert_memory_equal(&f, &first, sizeof f);
                run_kernel(set[k], axes, room, 6, 8, &f); /* rows of their own, and no others */
                assert_true(f.z[5] == 0 && f.z[8] == 0 && f.push[0][5] == 0);
                if (n > 7)
                    assert_plain(&f, axes, n, 7);
            }
        }
}

/* --- affinities --- */

/* scikit-learn 1.2.1, sklearn.manifold._t_sne._joint_probabilities_nn, perplexity 3. */
static const double affinity[KNOWN_PAIRS] = {
    0.00861292567,  0.00229491357,  0.000516744781, 1.39339979e-05, 0.000276492738,
    0.00487303251,  1.75657018e-05, 0.000715189157, 7.3845164e-05,  0,
    0.0551650811,   0.0123302724,   0.00382653148,  5.45873717e-06, 0.000695643969,
    0.0563293681,   9.34009137e-06, 1.98894533e-05, 0.000134693338, 4.30178684e-07,
    0.0106533523,   0.000239373085, 4.12329589e-05, 0.0550198728,   0.00499018074,
    0.000224479908, 8.88414727e-07, 0.000258702451, 0.000343530367, 0.00870042058,
    0.00161578681,  9.17562379e-05, 0.0159350476,   0.00055550775,  0.0021072325,
    0.0301654017,   7.88013757e-05, 0.000251364603, 0.000845719588, 3.08848727e-05,
    0.0372026251,   0.0217304018,   0.035494269,    0.0194935591,   5.36296345e-06,
    0.000384746751, 0.004428314,    0.000142086521, 0.00115510343,  0.00935650421,
    0.000947603659, 3.52446552e-05, 5.94712634e-05, 0.000557009824, 3.92150097e-07,
    0.00457742992,  0.00506390579,  0.0187732781,   0.041586195,    1.03304998e-05,
    0.0142210716,   0.00039355933,  0.000510581297, 0.00577163437,  3.81337583e-05,
    2.97072634e-07};

static void affinities_are_scikit_learns(void **state)
{
    (void)state;
    float x[KNOWN * 3];
    struct mt_graph p;
    struct mt_pool *pool;
    struct mt_err err;
    known_points(x);
    mt_pool_new(&pool, 2, &err);
    assert_int_equal(mt_affinities(&p, x, KNOWN, 3, 3, pool, &err), 0);
    assert_known_weights(&p, affinity, 1e-6);
    mt_graph_release(&p);
    for (int i = 0; i < KNOWN * 3; i++) /* far apart or at one place: as alike as can be, and finite */
        x[i] = i < 18 ? 1e18f * (float)i : 7;
    assert_int_equal(mt_affinities(&p, x, KNOWN, 3, 3, pool, &err), 0);
    double sum = 0;
    for (int64_t e = 0; e < p.start[KNOWN]; e++)
        sum += (double)p.weight[e];
    assert_float_equal(sum, 1, 1e-6);
    mt_graph_release(&p);
    mt_pool_free(pool);
}

/* --- the gradient --- */

static double divergence_at(struct mt_tsne *t)
{
    mt_tsne_forces(t);
    return mt_tsne_divergence(t);
}

/* The divergence without the kernels, from every pair. */
static double plain_divergence(const struct mt_tsne *t)
{
    double z = 0, sum = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < KNOWN; i++)
            for (int j = 0; j < KNOWN; j++) {
                double square = 0, p = i == j ? 0 : (double)weight_of(t->p, i, j);
                for (int d = 0; d < t->axes; d++)
                    square += pow((double)t->y[d][i] - t->y[d][j], 2);
                z += pass == 0 && i != j ? 1 / (1 + square) : 0;
                sum += pass == 1 && p > 0 ? p * log(p * z * (1 + square)) : 0;
            }
    return sum;
}

static void forces_are_the_gradient(void **state)
{
    (void)state;
    float x[KNOWN * 3];
    struct mt_graph p;
    struct mt_pool *pool;
    struct mt_err err;
    struct mt_rng rng;
    known_points(x);
    mt_pool_new(&pool, 2, &err);
    mt_rng_init(&rng, 6, MT_STREAM_TEST, 0, 0);
    assert_int_equal(mt_affinities(&p, x, KNOWN, 3, 3, pool, &err), 0);
    for (int axes = 2; axes <= 3; axes++) {
        struct mt_tsne t;
        assert_int_equal(mt_tsne_init(&t, &p, axes, pool, mt_kernels_pick(NULL), &err), 0);
        for (int d = 0; d < axes; d++)
            for (int i = 0; i < KNOWN; i++)
                t.y[d][i] = (float)mt_rng_normal(&rng);
        assert_float_equal(divergence_at(&t), plain_divergence(&t), 1e-6);
        for (int d = 0; d < axes; d++)
            for (int i = 0; i < KNOWN; i++) {
                const float h = 0x1p-7f, at = t.y[d][i];
                mt_tsne_forces(&t);
                double gradient = 4 * ((double)t.pull[d][i] - (double)t.push[d][i] / t.sum);
                t.y[d][i] = at + h;
                double up = plain_divergence(&t);
                t.y[d][i] = at - h;
                double down = plain_divergence(&t);
                t.y[d][i] = at;
                assert_float_equal(gradient, (up - down) / (2 * (double)h), 1e-4);
            }
        mt_tsne_release(&t);
    }
    mt_graph_release(&p);
    mt_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_push_each_other),
        cmocka_unit_test(affinities_are_scikit_learns),
        cmocka_unit_test(forces_are_the_gradient),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
