/* Tests of lib/head: known answers, golden figures, every angle. */
#include "tests/head_fixture.h"

#include <math.h>

/* --- known answers: N = 3, C = 4, D = 3; the three targets stand at 15, 118 and 164 degrees --- */

static const float known_x[9] = {.9f, .4f, -.3f, -.2f, -.5f, 1.1f, .5f, -1.6f, .8f};
static const float known_w[12] = {1, .2f, -.5f, .1f, .7f, .9f, -.6f, 1.5f, -.3f, .3f, -.8f, -.6f};
static const float known_b[4] = {.1f, -.2f, .3f, 0};
static const float known_centers[12] = {.5f, .5f, 0, 0, 0, 0, -.1f, .3f, .2f, 1, -1, .5f};
static const int32_t known_y[3] = {0, 2, 2};

struct known {
    const char *head, *settings;
    double loss, dx, dx_sum, dw, dw_sum;
};

static const struct known known[] = {
    {"softmax", "", 2.203824296146, 0.8680807483, -2.4399952402, 1.0837294109, +0.8282292251},
    {"center", "lambda=.1 alpha=.5", 2.304657629480, 0.9328478376, -2.6166619068, 1.0837294109,
     +0.8282292251},
    {"modified_softmax", "", 1.953601592318, 0.5763832915, -1.3228759425, 0.5461172723, +0.8584194885},
    {"sphereface", "m=4 base=0 lambda_min=0", 6.989077083556, 3.3400680004, -9.1144012979, 2.4302987706,
     -13.8294248118},
    {"sphereface", "m=4 base=5.6", 2.761658704178, 1.0247171818, -2.6868411785, 0.8095648238, -1.5174469408},
    {"sphereface", "m=1.7 base=0 lambda_min=0", 2.910952491571, 1.1784873766, -4.2269552865, 0.9360800258,
     -2.7564311289},
    {"cosface", "s=4 m=.35", 4.281758078324, 0.9971620371, -2.5564878036, 1.6940719032, +0.3357395324},
    {"arcface", "s=4 m=.5 pi_rule=none grad=exact", 3.813430423609, 0.7233311868, +1.7239423239, 1.4450782069,
     +3.8259607901},
    {"arcface", "s=4 m=.5 pi_rule=none grad=detached", 3.813430423609, 0.9909840429, -2.6579705734,
     1.6992140886, -0.2042505667},
    {"arcface", "s=4 m=.5 pi_rule=insightface grad=exact", 4.118171685981, 0.9513433243, -0.9432502918,
     1.5735297823, +1.0579778752},
    {"arcface", "s=4 m=.5 pi_rule=insightface grad=detached", 4.118171685981, 0.9917464785, -2.6668801383,
     1.7002776838, -0.1992027255},
    {"arcface", "s=4 m=.5 pi_rule=easy grad=exact", 3.321034726173, 1.0003772475, -2.3527807252, 1.6907487366,
     -0.4515790807},
    {"arcface", "s=4 m=.5 pi_rule=easy grad=detached", 3.321034726173, 0.9828580021, -2.7119225450,
     1.6817078552, -0.1170250653},
    {"arcface", "s=4 m=.5 pi_rule=drop grad=exact", 3.799080804797, 0.9504901475, -0.9336866213, 1.5723505969,
     +1.0525594412},
    {"arcface", "s=4 m=.5 pi_rule=drop grad=detached", 3.799080804797, 0.9909280889, -2.6573164678,
     1.6991360260, -0.2046211595},
    {"arcface", "s=4 m=.5 pi_rule=clamp grad=exact", 3.847913753811, 0.8161633442, +0.5072163764,
     1.4915379325, +2.5590659691},
    {"arcface", "s=4 m=.5 pi_rule=clamp grad=detached", 3.847913753811, 0.9911090642, -2.6594319593,
     1.6993885052, -0.2034225976},
    {"arcface", "s=4 m=.5 pi_rule=psi grad=exact", 3.882406321410, 0.9282703100, -0.7099584530, 1.5582812941,
     +1.2914722341},
    {"arcface", "s=4 m=.5 pi_rule=psi grad=detached", 3.882406321410, 0.9912218397, -2.6607500570,
     1.6995458334, -0.2026758106},
    {"arcface", "s=4 m=2 pi_rule=psi grad=exact", 7.412277839822, 1.8202220635, -2.9237114327, 2.2587043061,
     -0.4780552613},
    {"combined", "s=4 m1=1 m2=.3 m3=.2 grad=exact", 4.237901961394, 0.8440294765, -0.2683798557, 1.5385305850,
     +2.0951013834},
    {"combined", "s=4 m1=.9 m2=.4 m3=.15 grad=exact", 3.980748770971, 0.8955827855, -0.8863703420,
     1.5740332237, +1.4491604875},
    {"combined", "s=4 m1=1 m2=-.4 m3=.4 grad=exact", 3.675554244681, 1.2227447495, -5.1030035859,
     1.9166873131, -1.9512071317},
    {"combined", "s=4 m1=2.5 m2=.7 m3=.1 grad=exact", 11.276545503380, 3.4651771142, -7.6230279499,
     3.8750854281, -15.9685533306},
    {"curricularface", "s=4 t0=.3", 4.062476290179, 0.8238370508, -4.8516979830, 1.3672234688, +0.8702692562},
    {"curricularface", "s=4 t0=.3 t_rule=n2 pi_rule=none", 3.759854671301, 0.5230642662, -2.1436749642,
     1.2263331040, +3.6736441866},
};

static double norm_of(const float *v, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    return sqrt(sum);
}

static double weighted_sum(const float *v, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (i + 1) * (double)v[i];
    return sum;
}

static void assert_close(const char *what, const struct known *k, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fabs(want)))
        fail_msg("%s %s: %s is %.10g, not %.10g", k->head, k->settings, what, got, want);
}

static void known_set(struct head_fixture *f)
{
    memcpy(f->h->weight->data, known_w, sizeof known_w);
    if (f->h->bias)
        memcpy(f->h->bias->data, known_b, sizeof known_b);
    struct mt_tensor *centers = mt_tensors_find(&f->tensors, "head/centers");
    if (centers)
        memcpy(centers->data, known_centers, sizeof known_centers);
}

static void known_answers(void **state)
{
    struct mt_pool *pool = *state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct known *k = &known[i];
        struct head_fixture f;
        struct mt_head_stats sum = {0};
        float dx[9];
        head_make(&f, k->head, k->settings, 4, 3, 3, pool);
        known_set(&f);
        f.type->step(f.h, 3, known_x, known_y, dx, &sum);
        assert_int_equal(sum.n, 3);
        assert_close("the loss", k, sum.loss / 3, k->loss, 1e-6);
        assert_close("|dX|", k, norm_of(dx, 9), k->dx, 1e-6);
        assert_close("|dW|", k, norm_of(f.h->weight->grad, 12), k->dw, 1e-6);
        assert_close("sum of n dX_n", k, weighted_sum(dx, 9), k->dx_sum, 1e-5);
        assert_close("sum of n dW_n", k, weighted_sum(f.h->weight->grad, 12), k->dw_sum, 1e-5);
        if (f.h->bias)
            assert_close("|db|", k, norm_of(f.h->bias->grad, 4), 0.6796017743, 1e-6);
        head_drop(&f);
    }
}

static void states_move_as_known(void **state)
{
    struct mt_head_stats sum = {0};
    struct head_fixture f;
    float dx[9];
    head_make(&f, "curricularface", "s=4 t0=.3", 4, 3, 3, *state);
    known_set(&f);
    f.type->step(f.h, 3, known_x, known_y, dx, &sum);
    assert_float_equal(head_tensor(&f, "head/t")[0], 0.295420087577, 1e-7);
    assert_float_equal(f.type->gauge(f.h), 0.295420087577, 1e-7);
    head_drop(&f);

    head_make(&f, "curricularface", "s=4 t0=.3 t_rule=n2 pi_rule=none", 4, 3, 3, *state);
    known_set(&f);
    f.type->step(f.h, 3, known_x, known_y, dx, &sum);
    assert_float_equal(head_tensor(&f, "head/t")[0], -0.356489836704, 1e-7);
    head_drop(&f);

    static const double c0[3] = {0.6, 0.475, -0.075}, c2[3] = {-0.0166666667, -0.15, 0.45};
    head_make(&f, "center", "lambda=.1 alpha=.5", 4, 3, 3, *state);
    known_set(&f);
    f.type->step(f.h, 3, known_x, known_y, dx, &sum);
    const float *centers = head_tensor(&f, "head/centers");
    for (int d = 0; d < 3; d++) {
        assert_float_equal(centers[d], c0[d], 1e-6);
        assert_float_equal(centers[3 + d], known_centers[3 + d], 0); /* no sample: stays */
        assert_float_equal(centers[6 + d], c2[d], 1e-6);
    }
    head_drop(&f);

    head_make(&f, "center", "rule=facenet alpha=.8", 4, 3, 3, *state); /* c - 0.2 sum(c - x) */
    known_set(&f);
    f.type->step(f.h, 3, known_x, known_y, dx, &sum);
    centers = head_tensor(&f, "head/centers");
    for (int d = 0; d < 3; d++) {
        assert_float_equal(centers[d], .8 * known_centers[d] + .2 * known_x[d], 1e-6);
        assert_float_equal(centers[6 + d], .6 * known_centers[6 + d] + .2 * (known_x[3 + d] + known_x[6 + d]),
                           1e-6);
    }
    head_drop(&f);

    head_make(&f, "sphereface", "", 4, 3, 3, *state);
    known_set(&f);
    assert_float_equal(f.type->gauge(f.h), 1000, 1e-9);
    for (int i = 0; i < 3; i++)
        f.type->step(f.h, 3, known_x, known_y, dx, &sum);
    assert_float_equal(head_tensor(&f, "head/iteration")[0], 3, 0);
    assert_float_equal(f.type->gauge(f.h), 1000 / 1.36, 1e-9);
    head_tensor(&f, "head/iteration")[0] = 1e6f;
    assert_float_equal(f.type->gauge(f.h), 5, 0);
    head_drop(&f);
}

/* --- golden figures: the inputs are those of scripts/torch_reference.py --- */

static double noise(const char *name, uint64_t step, uint64_t i)
{
    uint64_t key = 0xCBF29CE484222325;
    for (; *name; name++)
        key = (key ^ (unsigned char)*name) * 0x100000001B3;
    uint64_t z = key + step * 0xD1342543DE82EF95 + (i + 1) * 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    z ^= z >> 31;
    return (double)(z >> 40) * 0x1p-24;
}

static void fill_noise(const char *name, int step, int n, float *v)
{
    for (int i = 0; i < n; i++)
        v[i] = (float)(2 * noise(name, (uint64_t)step, (uint64_t)i) - 1);
}

static double probe(const char *name, int n, const float *v)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (noise(name, 0, (uint64_t)i) < 0.5 ? 1 : -1) * (double)v[i];
    return sum;
}

#define GOLDEN_N 64
#define GOLDEN_C 20
#define GOLDEN_D 16

static void golden_inputs(int N, int C, int D, const float *w, float *x, int32_t *label)
{
    static const double pull[8] = {0, -3, 0, 3, 0, -1, 0, 1};
    for (int i = 0; i < N; i++) {
        label[i] = (int32_t)(noise("heads/label", 0, (uint64_t)i) * C);
        for (int d = 0; d < D; d++) {
            int k = i * D + d;
            x[k] = (float)(2 * (2 * noise("heads/x", (uint64_t)D, (uint64_t)k) - 1) +
                           pull[i % 8] * (double)w[label[i] * D + d]);
        }
    }
}

static void golden_line(int N, int C, int D, const char *head, char *settings, const double *want,
                        struct mt_pool *pool)
{
    float x[GOLDEN_N * GOLDEN_D], dx[GOLDEN_N * GOLDEN_D];
    int32_t label[GOLDEN_N];
    struct mt_head_stats sum = {0};
    struct head_fixture f;
    for (char *c = settings; *c; c++)
        *c = *c == ',' ? ' ' : *c;
    struct known k = {.head = head, .settings = *settings == '-' ? "" : settings};
    head_make(&f, head, k.settings, C, D, N, pool);
    fill_noise("heads/w", D, C * D, f.h->weight->data);
    golden_inputs(N, C, D, f.h->weight->data, x, label);
    if (f.h->bias)
        fill_noise("heads/b", D, C, f.h->bias->data);
    if (!strcmp(head, "center"))
        fill_noise("heads/c", D, C * D, head_tensor(&f, "head/centers"));
    f.type->step(f.h, N, x, label, dx, &sum);
    const float *dw = f.h->weight->grad;
    assert_close("the loss", &k, sum.loss / N, want[0], 1e-6);
    assert_close("|dX|", &k, norm_of(dx, N * D), want[1], 2e-6);
    assert_close("|dW|", &k, norm_of(dw, C * D), want[4], 2e-6);
    const double probes[4] = {probe("heads/dx/probe0", N * D, dx), probe("heads/dx/probe1", N * D, dx),
                              probe("heads/dw/probe0", C * D, dw), probe("heads/dw/probe1", C * D, dw)};
    for (int i = 0; i < 4; i++)
        if (!(fabs(probes[i] - want[i < 2 ? 2 + i : 3 + i]) <= 5e-6 * want[i < 2 ? 1 : 4]))
            fail_msg("%s %s: probe %d is %.10g, not %.10g", head, k.settings, i, probes[i],
                     want[i < 2 ? 2 + i : 3 + i]);
    if (!strcmp(head, "curricularface"))
        assert_float_equal(head_tensor(&f, "head/t")[0], want[7], 1e-7);
    head_drop(&f);
}

static void golden_figures(void **state)
{
    FILE *in = fopen("tests/golden/heads.txt", "r");
    char line[1024];
    int lines = 0;
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        int N, C, D;
        char head[32], settings[128];
        double v[8];
        if (*line == '#')
            continue;
        int n = sscanf(line, "%d %d %d %31s %127s %lf %lf %lf %lf %lf %lf %lf %lf", &N, &C, &D, head,
                       settings, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);
        assert_int_equal(n, 13);
        assert_true(N <= GOLDEN_N && C <= GOLDEN_C && D <= GOLDEN_D);
        golden_line(N, C, D, head, settings, v, *state);
        lines++;
    }
    fclose(in);
    assert_int_equal(lines, 88);
}

/* --- every angle: embeddings around 0, pi and pi - m from their class, moved by noise from nothing to 1 %
 * --- */

#define ANGLE_N 48
#define ANGLE_C 4

static void place(int D, const float *w, double theta, double noise_size, uint32_t stream, float *x)
{
    double ww = 0, vw = 0, vv = 0;
    float *v = malloc((size_t)D * sizeof *v);
    assert_non_null(v);
    fill_normal(v, (size_t)D, 1, stream);
    for (int d = 0; d < D; d++) {
        ww += (double)w[d] * (double)w[d];
        vw += (double)v[d] * (double)w[d];
    }
    for (int d = 0; d < D; d++) {
        v[d] -= (float)(vw / ww) * w[d];
        vv += (double)v[d] * (double)v[d];
    }
    fill_normal(x, (size_t)D, noise_size, stream + 1);
    for (int d = 0; d < D; d++)
        x[d] += (float)(cos(theta) * (double)w[d] + sin(theta) * sqrt(ww / vv) * (double)v[d]);
    free(v);
}

/* All numbers finite, the pull bounded (s q h and s sum q_j are at most s each, CurricularFace's twice that),
 * and, where the norm is not free, no radial part. */
static void angles_of(const char *head, const char *settings, double bound, int D, double theta, double size,
                      struct mt_pool *pool)
{
    struct head_fixture f;
    struct mt_head_stats sum = {0};
    int32_t label[ANGLE_N];
    float *x = calloc((size_t)(ANGLE_N * D), sizeof *x), *dx = calloc((size_t)(ANGLE_N * D), sizeof *dx);
    assert_true(x && dx);
    head_make(&f, head, settings, ANGLE_C, D, ANGLE_N, pool);
    fill_labels(label, ANGLE_N, ANGLE_C, 1);
    for (int i = 0; i < ANGLE_N; i++)
        place(D, f.h->weight->data + label[i] * D, theta, size, (uint32_t)(2 * i), x + i * D);
    f.type->step(f.h, ANGLE_N, x, label, dx, &sum);
    assert_true(isfinite(sum.loss) && isfinite(sum.score_loss) && isfinite(sum.target_cos));
    for (size_t i = 0; i < f.h->weight->count; i++)
        assert_true(isfinite(f.h->weight->grad[i]));
    for (int i = 0; i < ANGLE_N; i++) {
        const float *g = dx + i * D;
        double radial = 0, length = norm_of(x + i * D, D), pull = norm_of(g, D) * length * ANGLE_N;
        for (int d = 0; d < D; d++)
            radial += (double)g[d] * (double)x[i * D + d] * ANGLE_N;
        if (!(pull <= bound * 1.001) || (!f.type->free_norm && fabs(radial) > 1e-5 * bound))
            fail_msg("%s %s, D %d, theta %g, noise %g: pull %g, radial %g", head, settings, D, theta, size,
                     pull, radial);
    }
    head_drop(&f);
    free(x);
    free(dx);
}

static void every_angle_is_finite(void **state)
{
    static const struct {
        const char *head, *settings;
        double bound;
    } heads[] = {{"arcface", "s=64", 128},
                 {"arcface", "s=64 pi_rule=insightface", 128},
                 {"arcface", "s=64 pi_rule=clamp epsilon=1e-6", 128},
                 {"arcface", "s=64 pi_rule=none grad=detached", 128},
                 {"cosface", "s=64", 128},
                 {"combined", "s=64 m1=2.5 m2=-0.5", 64 * 3.5},
                 {"curricularface", "s=64 t0=1", 64 * 4},
                 {"modified_softmax", "", 1e9},
                 {"sphereface", "base=0 lambda_min=0", 1e9}};
    static const double angles[] = {0, 3.14159265358979, 3.14159265358979 - 0.5, 1.5707963};
    static const double sizes[] = {0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2};
    static const int dims[] = {2, 3, 32, 512};
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++)
        for (size_t d = 0; d < 4; d++)
            for (size_t a = 0; a < 4; a++)
                for (size_t k = 0; k < 7; k++)
                    angles_of(heads[h].head, heads[h].settings, heads[h].bound, dims[d], angles[a], sizes[k],
                              *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(states_move_as_known),
        cmocka_unit_test(golden_figures),
        cmocka_unit_test(every_angle_is_finite),
    };
    return cmocka_run_group_tests(tests, head_pool, head_pool_free);
}
