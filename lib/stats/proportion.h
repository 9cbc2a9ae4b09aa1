/* proportion.h: shares of right answers: of one model on n samples, and of two models on the same n samples.
 *
 * These are statements about samples: what other samples of the same kind would say about the models as they
 * are. What another seed would give is not in them. */
#ifndef MT_STATS_PROPORTION_H
#define MT_STATS_PROPORTION_H

#include <stdint.h>

struct mt_interval {
    double low, high;
};

/* k right of n >= 1 (E. B. Wilson, Probable inference, J. Amer. Statist. Assoc. 22, 1927), z = z(1 - level):
 * (k + z^2/2 -+ z sqrt(k (n-k)/n + z^2/4)) / (n + z^2). Not-a-number where n = 0. */
struct mt_interval mt_wilson(int64_t k, int64_t n, double level);

struct mt_two_by_two { /* samples that ... got right */
    int64_t both, first, second, neither;
};

struct mt_paired_shares {
    int64_t n;
    double difference; /* share of the second less that of the first; not-a-number where n = 0 */
    struct mt_interval interval;
    double p; /* McNemar, exact; 1 where the two never differ */
};

/* interval: R. G. Newcombe, Improved confidence intervals for the difference between binomial proportions
 * based on paired data, Statist. Med. 17, 1998, method 10: Wilson's intervals of both shares, joined by
 * squaring and adding with their correlation phi, whose numerator is lessened by n/2 where it is positive. p:
 * of the samples where just one is right, as many or fewer on the smaller side by a fair coin, twice (Q.
 * McNemar, Psychometrika 12, 1947; in its exact form). */
struct mt_paired_shares mt_paired_shares_of(const struct mt_two_by_two *count, double level);

#endif
