/* order.h: the order of runs that a folder gave, whose names end in a hash that says nothing. */
#ifndef MT_COMPARE_ORDER_H
#define MT_COMPARE_ORDER_H

#include "lib/compare/results.h"

/* By name, then by settings (numbers by size), then by seed; the first group, which differences are taken
 * from, is so the one with the smallest values. Runs that are alike in all of these go by their folders. */
void mt_results_order(struct mt_result *run, int n);

#endif
