#include "lib/report/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LARGEST 1e300 /* so that differences and steps stay finite */

/* 1, 2 or 5 times a power of ten: the smallest that cuts `span` into at most `most` parts. */
static double nice_step(double span, int most)
{
    double raw = span / most, power = pow(10.0, floor(log10(raw)));
    static const double nice[] = {1.0, 2.0, 5.0};
    for (int i = 0; i < 3; i++)
        if (nice[i] * power >= raw * (1.0 - 1e-9))
            return nice[i] * power;
    return 10.0 * power;
}

static double clean(double v, double otherwise)
{
    return isnan(v) ? otherwise : fmin(fmax(v, -LARGEST), LARGEST);
}

static void order(double *low, double *high)
{
    if (*low > *high) {
        double t = *low;
        *low = *high;
        *high = t;
    }
}

static void linear_ticks(struct mt_axis *a, double step)
{
    double first = ceil(a->low / step - 1e-9);
    for (a->n_ticks = 0; a->n_ticks < MT_AXIS_TICKS; a->n_ticks++) {
        double v = (first + a->n_ticks) * step;
        if (v > a->high + 1e-9 * step)
            break;
        a->tick[a->n_ticks] = v == 0.0 ? 0.0 : v; /* no -0 */
    }
    a->decimals = step < 1.0 ? (int)ceil(-log10(step) - 1e-9) : 0;
}

void mt_axis_linear(struct mt_axis *a, double low, double high, int most, bool exact)
{
    memset(a, 0, sizeof *a);
    low = clean(low, 0.0);
    high = clean(high, 1.0);
    order(&low, &high);
    double least = fmax(fabs(low), fabs(high)) * 1e-9;
    if (!(high - low > least) || high - low < 1e-290) {
        double size = fabs(low); /* a learning rate of 0.001 is not drawn as zero */
        double half = size > 1e-280 ? fmax(size * 0.05, fmin(size * 0.5, 0.5)) : 0.5;
        low -= half;
        high += half;
    }
    most = most < 2 ? 2 : most > 12 ? 12 : most;
    double step = nice_step(high - low, most);
    a->low = exact ? low : floor(low / step + 1e-9) * step;
    a->high = exact ? high : ceil(high / step - 1e-9) * step;
    a->to = 1.0;
    linear_ticks(a, step);
}

/* The ticks m * 10^e in [low, high], for the first `n` of the factors. */
static int log_ticks(struct mt_axis *a, const double *factor, int n, int every)
{
    int count = 0, first = (int)floor(log10(a->low)), last = (int)ceil(log10(a->high));
    for (int e = first; e <= last; e += every)
        for (int i = 0; i < n; i++) {
            double v = factor[i] * pow(10.0, e);
            if (v < a->low * (1.0 - 1e-9) || v > a->high * (1.0 + 1e-9))
                continue;
            if (count < MT_AXIS_TICKS)
                a->tick[count] = v;
            count++;
        }
    return count;
}

void mt_axis_log(struct mt_axis *a, double low, double high, int most)
{
    static const double factor[] = {1.0, 2.0, 5.0};
    memset(a, 0, sizeof *a);
    if (!(low > 0.0) || !(high > 0.0) || !isfinite(low) || !isfinite(high)) {
        low = 0.1;
        high = 1.0;
    }
    order(&low, &high);
    low = fmin(fmax(low, 1e-300), 1e300);
    high = fmin(fmax(high, 1e-300), 1e300);
    if (high < low * 1.0001) {
        low /= 2.0;
        high *= 2.0;
    }
    *a = (struct mt_axis){.low = low, .high = high, .to = 1.0, .log = true};
    most = most < 2 ? 2 : most > 12 ? 12 : most;
    a->n_ticks = log_ticks(a, factor, 3, 1);
    for (int every = 1; a->n_ticks > most && every < 1000; every++)
        a->n_ticks = log_ticks(a, factor, 1, every);
}

bool mt_axis_range(const double *v, long n, bool positive, double *low, double *high)
{
    bool any = false;
    for (long i = 0; i < n; i++) {
        if (!isfinite(v[i]) || (positive && v[i] <= 0.0))
            continue;
        *low = any ? fmin(*low, v[i]) : v[i];
        *high = any ? fmax(*high, v[i]) : v[i];
        any = true;
    }
    return any;
}

double mt_axis_at(const struct mt_axis *a, double value)
{
    double part = (value - a->low) / (a->high - a->low);
    if (a->log)
        part = value > 0.0 ? log(value / a->low) / log(a->high / a->low) : NAN;
    return a->from + part * (a->to - a->from);
}

void mt_axis_label(const struct mt_axis *a, int i, char text[32])
{
    double v = a->tick[i], most = fmax(fabs(a->low), fabs(a->high));
    if (a->log || most >= 1e6 || a->decimals > 5)
        snprintf(text, 32, "%.6g", v);
    else
        snprintf(text, 32, "%.*f", a->decimals, v);
}
