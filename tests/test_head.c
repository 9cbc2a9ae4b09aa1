/* Tests of lib/head: known answers, every angle, threads, scratch. */
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
    {"sphereface", "m=4 lambda_base=0 lambda_min=0", 6.989077083556, 3.3400680004, -9.1144012979,
     2.4302987706, -13.8294248118},
    {"sphereface", "m=4 lambda_base=5.6", 2.761658704178, 1.0247171818, -2.6868411785, 0.8095648238,
     -1.5174469408},
    {"sphereface", "m=1.7 lambda_base=0 lambda_min=0", 2.910952491571, 1.1784873766, -4.2269552865,
     0.9360800258, -2.7564311289},
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

static int set_up(void **state)
{
    struct mt_pool *pool;
    struct mt_err err;
    if (mt_gemm_open(&err) < 0 || mt_pool_new(&pool, 2, &err) < 0)
        return -1;
    *state = pool;
    return 0;
}

static int tear_down(void **state)
{
    mt_pool_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
