/* tails.h: tail probabilities and quantiles of Student's t, the normal and the fair binomial distribution, in
 * double precision.
 *
 * All rest on the regularized incomplete beta function
 *     I_x(a,b) = 1/B(a,b) integral from 0 to x of u^(a-1) (1-u)^(b-1) du
 * by its continued fraction (NIST Digital Library of Mathematical Functions, 8.17.22) on the side where it
 * converges, x < (a+1)/(a+b+2), and I_x(a,b) = 1 - I_{1-x}(b,a) on the other. The relative error grows with
 * log B(a,b) rounded: 1e-14 for small a and b, 1e-11 at 1e4. */
#ifndef MT_STATS_TAILS_H
#define MT_STATS_TAILS_H

#include <stdint.h>

/* a, b > 0; x in [0,1] and y = 1 - x, which the caller may know more exactly. */
double mt_beta_inc(double a, double b, double x, double y);

/* P(|T| >= |t|) with df > 0 degrees of freedom: I_{df/(df+t^2)}(df/2, 1/2). */
double mt_t_two_sided(double t, double df);
/* The t >= 0 with P(|T| >= t) = alpha, 0 < alpha < 1. */
double mt_t_quantile(double alpha, double df);

/* The z >= 0 with P(|Z| >= z) = alpha, 0 < alpha < 1, Z normal. */
double mt_normal_quantile(double alpha);

/* P(X <= k) for X heads of n tosses of a fair coin, 0 <= k <= n: I_{1/2}(n-k, k+1). */
double mt_fair_binomial_below(int64_t k, int64_t n);

#endif
