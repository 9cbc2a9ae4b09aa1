#include "lib/stats/tails.h"

#include <float.h>
#include <math.h>

#define MOST_TERMS 100000 /* some hundreds are needed at a = b = 1e6 */

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* The fraction 1/(1 + d1/(1 + d2/(1 + ...))) by W. J. Lentz' method; see Thompson and Barnett, J. Comput.
 * Phys. 64 (1986). d_2m = m (b-m) x / ((a+2m-1)(a+2m)), d_2m+1 = -(a+m)(a+b+m) x / ((a+2m)(a+2m+1)). */
static double fraction(double a, double b, double x)
{
    const double tiny = DBL_MIN / DBL_EPSILON;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m < MOST_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + even * d;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = 1 + even / c;
        c = fabs(c) < tiny ? tiny : c;
        value *= c * d;
        d = 1 + odd * d;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = 1 + odd / c;
        c = fabs(c) < tiny ? tiny : c;
        value *= c * d;
        if (fabs(c * d - 1) < 2 * DBL_EPSILON)
            break;
    }
    return value;
}

double mt_beta_inc(double a, double b, double x, double y)
{
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    double log_x = y < 0.5 ? log1p(-y) : log(x), log_y = x < 0.5 ? log1p(-x) : log(y);
    double front = exp(a * log_x + b * log_y + log_gamma(a + b) - log_gamma(a) - log_gamma(b));
    if (x < (a + 1) / (a + b + 2))
        return front * fraction(a, b, x) / a;
    return 1 - front * fraction(b, a, y) / b;
}

double mt_t_two_sided(double t, double df)
{
    double square = t * t;
    if (isinf(square))
        return 0;
    return mt_beta_inc(df / 2, 0.5, df / (df + square), square / (df + square));
}

static double normal_two_sided(double z, double unused)
{
    (void)unused;
    return erfc(z * M_SQRT1_2);
}

/* Bisection of a falling tail, down to neighboring numbers. */
static double quantile(double (*tail)(double, double), double alpha, double df)
{
    double low = 0, high = 1;
    while (tail(high, df) > alpha && high < DBL_MAX / 4) {
        low = high;
        high *= 2;
    }
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            return middle;
        if (tail(middle, df) > alpha)
            low = middle;
        else
            high = middle;
    }
}

double mt_t_quantile(double alpha, double df)
{
    return quantile(mt_t_two_sided, alpha, df);
}

double mt_normal_quantile(double alpha)
{
    return quantile(normal_two_sided, alpha, 0);
}

double mt_fair_binomial_below(int64_t k, int64_t n)
{
    if (k >= n)
        return 1;
    return mt_beta_inc((double)(n - k), (double)k + 1, 0.5, 0.5);
}
