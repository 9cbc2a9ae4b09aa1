#include "lib/stats/proportion.h"

#include <math.h>

#include "lib/stats/tails.h"

struct mt_interval mt_wilson(int64_t k, int64_t n, double level)
{
    if (n <= 0)
        return (struct mt_interval){NAN, NAN};
    double z = mt_normal_quantile(1 - level), N = (double)n, right = (double)k, wrong = (double)(n - k);
    double middle = right + z * z / 2, half = z * sqrt(right * wrong / N + z * z / 4);
    return (struct mt_interval){k == 0 ? 0 : (middle - half) / (N + z * z),
                                k == n ? 1 : (middle + half) / (N + z * z)};
}

/* The correlation of right and wrong, made smaller as method 10 has it. */
static double correlation(const struct mt_two_by_two *c, double n)
{
    double both = (double)c->both, first = (double)c->first, second = (double)c->second,
           neither = (double)c->neither;
    double above = both * neither - first * second;
    double below = (both + first) * (second + neither) * (both + second) * (first + neither);
    if (below == 0)
        return 0;
    if (above > 0)
        above = fmax(above - n / 2, 0);
    return above / sqrt(below);
}

static double add(double a, double b, double phi)
{
    return sqrt(fmax(a * a - 2 * phi * a * b + b * b, 0));
}

struct mt_paired_shares mt_paired_shares_of(const struct mt_two_by_two *c, double level)
{
    int64_t n = c->both + c->first + c->second + c->neither, apart = c->first + c->second;
    int64_t fewer = c->first < c->second ? c->first : c->second;
    struct mt_paired_shares s = {.n = n, .difference = NAN, .interval = {NAN, NAN}, .p = NAN};
    if (n == 0)
        return s;
    int64_t right1 = c->both + c->first, right2 = c->both + c->second;
    struct mt_interval i1 = mt_wilson(right1, n, level), i2 = mt_wilson(right2, n, level);
    double p1 = (double)right1 / (double)n, p2 = (double)right2 / (double)n, phi = correlation(c, (double)n);
    s.difference = (double)(c->second - c->first) / (double)n;
    s.interval.low = s.difference - add(p2 - i2.low, i1.high - p1, phi);
    s.interval.high = s.difference + add(i2.high - p2, p1 - i1.low, phi);
    s.p = fewer * 2 == apart ? 1 : fmin(1, 2 * mt_fair_binomial_below(fewer, apart));
    return s;
}
