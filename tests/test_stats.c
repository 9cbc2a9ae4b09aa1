/* Tests of lib/stats: scipy's figures of tests/golden/stats.txt (scripts/make-golden-stats), and what must
 * hold of any. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/stats/holm.h"
#include "lib/stats/proportion.h"
#include "lib/stats/sample.h"
#include "lib/stats/signed_rank.h"
#include "lib/stats/tails.h"

#define MOST 128

struct reader {
    FILE *f;
    char word[32];
};

static double number(struct reader *r)
{
    double v;
    assert_int_equal(fscanf(r->f, "%lf", &v), 1);
    return v;
}

static int list(struct reader *r, double v[MOST])
{
    int n = (int)number(r);
    assert_in_range(n, 0, MOST);
    for (int i = 0; i < n; i++)
        v[i] = number(r);
    return n;
}

/* Within `tolerance` of the larger of the two; not-a-number equals itself. */
static void close_to(const struct reader *r, double got, double want, double tolerance)
{
    if (isnan(want) ? isnan(got) : fabs(got - want) <= tolerance * fmax(fabs(got), fabs(want)))
        return;
    fail_msg("%s: got %.17g, scipy has %.17g", r->word, got, want);
}

/* --- one kind of line each --- */

static void tail(struct reader *r)
{
    double a = number(r), b = number(r), x = number(r), want = number(r);
    close_to(r, mt_beta_inc(a, b, x, 1 - x), want, 1e-10);
}

static void t_tail(struct reader *r)
{
    double t = number(r), df = number(r), want = number(r);
    close_to(r, mt_t_two_sided(t, df), want, 1e-10);
    close_to(r, mt_t_two_sided(-t, df), want, 1e-10);
}

static void t_quantile(struct reader *r)
{
    double alpha = number(r), df = number(r), want = number(r);
    close_to(r, mt_t_quantile(alpha, df), want, 1e-10);
}

static void normal(struct reader *r)
{
    double alpha = number(r), want = number(r);
    close_to(r, mt_normal_quantile(alpha), want, 1e-12);
}

static void binomial(struct reader *r)
{
    double k = number(r), n = number(r), want = number(r);
    close_to(r, mt_fair_binomial_below((int64_t)k, (int64_t)n), want, 1e-10);
}

static void sample(struct reader *r)
{
    double x[MOST];
    int n = list(r, x);
    struct mt_sample s = mt_sample_of(x, n, MT_STATS_LEVEL, 0);
    close_to(r, s.n, number(r), 0);
    assert_int_equal(s.missing, n - s.n);
    close_to(r, s.mean, number(r), 1e-12);
    double sd = number(r);
    close_to(r, s.sd, sd, 1e-9);
    assert_int_equal(s.no_spread, sd == 0);
    close_to(r, s.low, number(r), 1e-9);
    close_to(r, s.high, number(r), 1e-9);
    close_to(r, s.t, number(r), 1e-9);
    close_to(r, s.p, number(r), 1e-9);
    close_to(r, mt_sample_p(x, n, 0), s.p, 0);
}

static void pairs(struct reader *r)
{
    double a[MOST], b[MOST];
    int n = list(r, a);
    assert_int_equal(list(r, b), n);
    for (int i = 0; i < n; i++)
        b[i] -= a[i];
    struct mt_sample s = mt_sample_of(b, n, MT_STATS_LEVEL, 0);
    close_to(r, s.t, number(r), 1e-9);
    close_to(r, s.p, number(r), 1e-9);
}

static void ranks(struct reader *r)
{
    double d[MOST];
    int n = list(r, d);
    struct mt_signed_rank s;
    assert_int_equal(mt_signed_rank_test(&s, d, n, 0, NULL), 0);
    close_to(r, s.n, number(r), 0);
    close_to(r, s.w, number(r), 0);
    close_to(r, s.p, number(r), 1e-9);
}

static void holm(struct reader *r)
{
    double p[MOST], want[MOST];
    int n = list(r, p);
    list(r, want);
    assert_int_equal(mt_holm_adjust(p, p, n, NULL), 0);
    for (int i = 0; i < n; i++)
        close_to(r, p[i], want[i], 1e-12);
}

static void wilson(struct reader *r)
{
    double k = number(r), n = number(r);
    struct mt_interval got = mt_wilson((int64_t)k, (int64_t)n, MT_STATS_LEVEL);
    close_to(r, got.low, number(r), 1e-9);
    close_to(r, got.high, number(r), 1e-9);
}

static void shares(struct reader *r)
{
    struct mt_two_by_two c;
    c.both = (int64_t)number(r);
    c.first = (int64_t)number(r);
    c.second = (int64_t)number(r);
    c.neither = (int64_t)number(r);
    struct mt_paired_shares s = mt_paired_shares_of(&c, MT_STATS_LEVEL);
    assert_int_equal(s.n, c.both + c.first + c.second + c.neither);
    close_to(r, s.difference, number(r), 1e-9);
    close_to(r, s.interval.low, number(r), 1e-9);
    close_to(r, s.interval.high, number(r), 1e-9);
    close_to(r, s.p, number(r), 1e-9);
}

static void test_golden(void **state)
{
    static const struct {
        const char *word;
        void (*check)(struct reader *);
        int least; /* lines that there must be */
    } kind[] = {
        {"beta", tail, 7},     {"t_tail", t_tail, 50},    {"t_quantile", t_quantile, 70},
        {"normal", normal, 7}, {"binomial", binomial, 9}, {"sample", sample, 14},
        {"pairs", pairs, 4},   {"ranks", ranks, 16},      {"holm", holm, 5},
        {"wilson", wilson, 7}, {"shares", shares, 9},
    };
    enum { KINDS = sizeof kind / sizeof *kind };
    int count[KINDS] = {0};
    struct reader r = {.f = fopen("tests/golden/stats.txt", "r")};
    (void)state;
    assert_non_null(r.f);
    assert_int_equal(fscanf(r.f, "#%*[^\n]"), 0);
    while (fscanf(r.f, "%31s", r.word) == 1) {
        int i = 0;
        while (i < KINDS && strcmp(kind[i].word, r.word))
            i++;
        assert_true(i < KINDS);
        kind[i].check(&r);
        count[i]++;
    }
    fclose(r.f);
    for (int i = 0; i < KINDS; i++)
        assert_true(count[i] >= kind[i].least);
}

/* A quantile and its tail undo one another. */
static void test_quantile(void **state)
{
    (void)state;
    for (int df = 1; df < 200; df += 7)
        for (double alpha = 1e-9; alpha < 1; alpha *= 3) {
            double back = mt_t_two_sided(mt_t_quantile(alpha, df), df);
            assert_true(fabs(back - alpha) <= 1e-12 * alpha + 1e-15);
        }
    assert_true(mt_t_two_sided(INFINITY, 3) == 0);
    assert_true(mt_t_two_sided(0, 3) == 1);
}

/* Figures are known to nine digits: what differs only there does not differ. */
static void test_grain(void **state)
{
    const double d[] = {0.003333333, 0.003333334, 0.003333333};
    const double tied[] = {1e-12, 0.5, -0.5000000001, 0.7};
    (void)state;
    assert_false(mt_sample_of(d, 3, MT_STATS_LEVEL, 0).no_spread);
    struct mt_sample s = mt_sample_of(d, 3, MT_STATS_LEVEL, 1e-8);
    assert_true(s.no_spread && s.sd == 0 && s.low == s.mean && isnan(s.p));
    struct mt_signed_rank exact, coarse;
    assert_int_equal(mt_signed_rank_test(&exact, tied, 4, 0, NULL), 0);
    assert_int_equal(mt_signed_rank_test(&coarse, tied, 4, 1e-8, NULL), 0);
    assert_int_equal(exact.n, 4);
    assert_int_equal(coarse.n, 3);
    assert_true(exact.w == 1 + 2 + 4 && coarse.w == 1.5 + 3);
}

/* Exchanging the models turns the signs, and nothing else. */
static void test_exchange(void **state)
{
    (void)state;
    struct mt_rng rng;
    mt_rng_init(&rng, 1, MT_STREAM_TEST, 0, 0);
    for (int i = 0; i < 200; i++) {
        struct mt_two_by_two c = {mt_rng_below(&rng, 50), mt_rng_below(&rng, 9), mt_rng_below(&rng, 9),
                                  mt_rng_below(&rng, 20) + 1};
        struct mt_two_by_two turned = {c.both, c.second, c.first, c.neither};
        struct mt_paired_shares a = mt_paired_shares_of(&c, MT_STATS_LEVEL),
                                b = mt_paired_shares_of(&turned, MT_STATS_LEVEL);
        assert_true(a.difference == -b.difference && a.p == b.p);
        assert_true(fabs(a.interval.low + b.interval.high) < 1e-14);
        assert_true(a.interval.low <= a.difference && a.difference <= a.interval.high);
        assert_true(a.interval.low >= -1 && a.interval.high <= 1);
        assert_true(a.p >= 0 && a.p <= 1);
    }
}

/* Of two models whose answers to n samples are drawn again and again, the interval holds the true difference
 * about as often as it says. */
static void test_coverage(void **state)
{
    enum { TIMES = 4000, SAMPLES = 100 };
    int inside = 0;
    struct mt_rng rng;
    (void)state;
    mt_rng_init(&rng, 2, MT_STREAM_TEST, 0, 0);
    for (int i = 0; i < TIMES; i++) {
        struct mt_two_by_two c = {0};
        for (int k = 0; k < SAMPLES; k++) {
            float u = mt_rng_unit(&rng); /* 70 % both, 8 % the first alone, 16 % the second alone */
            *(u < 0.7f ? &c.both : u < 0.78f ? &c.first : u < 0.94f ? &c.second : &c.neither) += 1;
        }
        struct mt_paired_shares s = mt_paired_shares_of(&c, MT_STATS_LEVEL);
        inside += s.interval.low <= 0.08 && 0.08 <= s.interval.high;
    }
    assert_in_range(inside, (int)(0.935 * TIMES), (int)(0.97 * TIMES));
}

static void test_nothing(void **state)
{
    struct mt_two_by_two none = {0};
    (void)state;
    assert_true(isnan(mt_wilson(0, 0, MT_STATS_LEVEL).low));
    assert_true(isnan(mt_paired_shares_of(&none, MT_STATS_LEVEL).p));
    struct mt_sample s = mt_sample_of((double[]){NAN, 0.25}, 2, MT_STATS_LEVEL, 0);
    assert_true(s.n == 1 && s.missing == 1 && s.mean == 0.25 && isnan(s.sd) && isnan(s.low) && isnan(s.p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),   cmocka_unit_test(test_quantile), cmocka_unit_test(test_grain),
        cmocka_unit_test(test_exchange), cmocka_unit_test(test_coverage), cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
