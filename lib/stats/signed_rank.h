/* signed_rank.h: Wilcoxon's signed-rank test, which asks of differences d only their order and signs.
 *
 * Zeros are left out. |d| are ranked, equal ones share the mean of their ranks. w is the sum of the ranks of
 * the positive d. Under the hypothesis each sign is a fair coin. (F. Wilcoxon, Individual comparisons by
 * ranking methods, Biometrics 1, 1945.)
 *
 * n <= 25: p = min(1, 2 min(P(W <= w), P(W >= w))), exact, by counting sign patterns; with equal |d| of the
 * ranks as they are (conditional on the ties). Above: W is taken for normal with mean n(n+1)/4 and variance
 * n(n+1)(2n+1)/24 - sum over groups of t equal |d| of (t^3 - t)/48, without continuity correction.
 *
 * With n seeds no p is below 2^(1-n): 0.25 for three, 0.031 for six. */
#ifndef MT_STATS_SIGNED_RANK_H
#define MT_STATS_SIGNED_RANK_H

#include "lib/core/err.h"

struct mt_signed_rank {
    int n;    /* differences that are finite and not 0 */
    double w; /* sum of the positive ranks */
    double p; /* not-a-number where n = 0 */
};

/* Of d (n). |d| <= grain counts as 0, and |d| within grain of one another as equal. */
int mt_signed_rank_test(struct mt_signed_rank *out, const double *d, int n, double grain, struct mt_err *err);

#endif
