#include "lib/bench/spread.h"

#include <stdlib.h>

void mt_repeats_add(struct mt_repeats *r, double value)
{
    if (r->n < MT_REPEATS)
        r->value[r->n++] = value;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct mt_spread mt_repeats_spread(struct mt_repeats *r)
{
    if (r->n == 0)
        return (struct mt_spread){0};
    qsort(r->value, (size_t)r->n, sizeof *r->value, ascending);
    double median = (r->value[(r->n - 1) / 2] + r->value[r->n / 2]) / 2;
    return (struct mt_spread){median, r->value[0], r->value[r->n - 1], r->n};
}
