#include "lib/stats/signed_rank.h"

#include <math.h>
#include <stdlib.h>

#define MOST_EXACT 25
#define MOST_SUM (MOST_EXACT * (MOST_EXACT + 1)) /* of doubled ranks, which are whole */

struct ranked {
    double size; /* |d| */
    int positive;
    int twice; /* the doubled rank */
};

static int by_size(const void *a, const void *b)
{
    double x = ((const struct ranked *)a)->size, y = ((const struct ranked *)b)->size;
    return (x > y) - (x < y);
}

/* Ranks r (n), sorted by size; returns the sum of t^3 - t over the groups of t equals. */
static double rank(struct ranked *r, int n, double grain)
{
    double ties = 0;
    for (int i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && r[end].size - r[i].size <= grain;)
            end++;
        double t = end - i;
        for (int j = i; j < end; j++)
            r[j].twice = i + 1 + end;
        ties += t * t * t - t;
    }
    return ties;
}

/* count[s]: sign patterns whose positive doubled ranks add up to s. */
static double exact(const struct ranked *r, int n, int w)
{
    double count[MOST_SUM + 1] = {1}, below = 0, above = 0;
    int total = 0;
    for (int i = 0; i < n; i++) {
        total += r[i].twice;
        for (int s = total; s >= r[i].twice; s--)
            count[s] += count[s - r[i].twice];
    }
    for (int s = 0; s <= total; s++) {
        below += s <= w ? count[s] : 0;
        above += s >= w ? count[s] : 0;
    }
    return fmin(1, 2 * fmin(below, above) / ldexp(1, n));
}

static double approximate(int count, double w, double ties)
{
    double n = count, mean = n * (n + 1) / 4, variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
    return erfc(fabs(w - mean) / sqrt(variance) * M_SQRT1_2);
}

int mt_signed_rank_test(struct mt_signed_rank *out, const double *d, int n, double grain, struct mt_err *err)
{
    struct ranked *r = malloc((size_t)(n ? n : 1) * sizeof *r);
    int twice = 0;
    *out = (struct mt_signed_rank){.p = NAN};
    if (!r)
        return mt_err_memory(err, "ranks", (size_t)n * sizeof *r);
    for (int i = 0; i < n; i++)
        if (isfinite(d[i]) && fabs(d[i]) > grain)
            r[out->n++] = (struct ranked){fabs(d[i]), d[i] > 0, 0};
    qsort(r, (size_t)out->n, sizeof *r, by_size);
    double ties = rank(r, out->n, grain);
    for (int i = 0; i < out->n; i++)
        twice += r[i].positive ? r[i].twice : 0;
    out->w = twice / 2.0;
    if (out->n > MOST_EXACT)
        out->p = approximate(out->n, out->w, ties);
    else if (out->n > 0)
        out->p = exact(r, out->n, twice);
    free(r);
    return 0;
}
