/* holm.h: p values of several comparisons made at once (S. Holm, A simple sequentially rejective multiple
 * test procedure, Scand. J. Statist. 6, 1979).
 *
 * With p_(1) <= ... <= p_(m): adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j)). Rejecting where
 * it is <= alpha keeps the chance of any false rejection at alpha, however the tests depend on one another.
 */
#ifndef MT_STATS_HOLM_H
#define MT_STATS_HOLM_H

#include "lib/core/err.h"

/* p and adjusted (n), which may be the same. What is not-a-number is no test: it stays so and is not among
 * the m. */
int mt_holm_adjust(const double *p, double *adjusted, int n, struct mt_err *err);

#endif
