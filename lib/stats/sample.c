#include "lib/stats/sample.h"

#include <math.h>

#include "lib/stats/tails.h"

/* The sum is taken twice, the second time of what the first mean leaves, so that n equal numbers have
 * themselves as mean. */
static double mean_of(const double *x, int n, int count)
{
    double sum = 0, rest = 0;
    for (int i = 0; i < n; i++)
        sum += isfinite(x[i]) ? x[i] : 0;
    double mean = sum / count;
    for (int i = 0; i < n; i++)
        rest += isfinite(x[i]) ? x[i] - mean : 0;
    return mean + rest / count;
}

/* All but the interval. */
static struct mt_sample test_mean(const double *x, int n, double grain)
{
    struct mt_sample s = {.mean = NAN, .sd = NAN, .low = NAN, .high = NAN, .t = NAN, .p = NAN};
    double least = INFINITY, most = -INFINITY, squares = 0;
    for (int i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            continue;
        s.n++;
        least = fmin(least, x[i]);
        most = fmax(most, x[i]);
    }
    s.missing = n - s.n;
    if (s.n == 0)
        return s;
    s.mean = mean_of(x, n, s.n);
    if (s.n == 1)
        return s;
    for (int i = 0; i < n; i++)
        squares += isfinite(x[i]) ? (x[i] - s.mean) * (x[i] - s.mean) : 0;
    s.no_spread = most - least <= grain || squares == 0;
    s.sd = s.no_spread ? 0 : sqrt(squares / (s.n - 1));
    if (!s.no_spread) {
        s.t = s.mean / (s.sd / sqrt(s.n));
        s.p = mt_t_two_sided(s.t, s.n - 1);
    }
    return s;
}

struct mt_sample mt_sample_of(const double *x, int n, double level, double grain)
{
    struct mt_sample s = test_mean(x, n, grain);
    if (s.n > 1) {
        double half = mt_t_quantile(1 - level, s.n - 1) * (s.sd / sqrt(s.n));
        s.low = s.mean - half;
        s.high = s.mean + half;
    }
    return s;
}

double mt_sample_p(const double *x, int n, double grain)
{
    return test_mean(x, n, grain).p;
}
