/* sample.h: mean, standard deviation and Student's interval of a few numbers, and the t-test of differences.
 *
 *     mean = sum x / n,   sd = sqrt(sum (x - mean)^2 / (n - 1)),   se = sd / sqrt(n)
 *     interval: mean -+ t(1 - level, n - 1) se        t = mean / se,   p = P(|T_(n-1)| >= |t|)
 *
 * (Student, The probable error of a mean, Biometrika 6, 1908.) The paired t-test of two groups is the test of
 * the differences of their pairs. It takes the differences for normally distributed: an assumption, which a
 * handful of seeds cannot check. */
#ifndef MT_STATS_SAMPLE_H
#define MT_STATS_SAMPLE_H

#include <stdbool.h>

#define MT_STATS_LEVEL 0.95 /* of every interval that the program prints */

struct mt_sample {
    int n;            /* numbers that count */
    int missing;      /* numbers that are not finite: no part of the rest, and to be told of */
    double mean;      /* not-a-number where n = 0 */
    double sd;        /* not-a-number where n < 2: one number says nothing about spread */
    double low, high; /* likewise */
    bool no_spread;   /* n >= 2 and all the same: the interval has no width and tests nothing */
    double t, p;      /* against a mean of 0; not-a-number where n < 2 or no_spread */
};

/* Of x (n), at `level` in (0,1). `grain` is how exactly the numbers are known: those that lie within it of
 * one another are the same, and their sd is 0. */
struct mt_sample mt_sample_of(const double *x, int n, double level, double grain);
/* The p of it alone, which takes a hundredth of the time. */
double mt_sample_p(const double *x, int n, double grain);

#endif
