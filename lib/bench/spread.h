/* spread.h: what repeated measurements came to. */
#ifndef MT_BENCH_SPREAD_H
#define MT_BENCH_SPREAD_H

#define MT_REPEATS 99

struct mt_repeats {
    double value[MT_REPEATS];
    int n;
};

struct mt_spread {
    double median, min, max;
    int n;
};

void mt_repeats_add(struct mt_repeats *r, double value); /* past MT_REPEATS nothing is added */
/* Sorts the values; all zero without any. */
struct mt_spread mt_repeats_spread(struct mt_repeats *r);

#endif
