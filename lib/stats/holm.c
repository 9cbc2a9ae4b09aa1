#include "lib/stats/holm.h"

#include <math.h>
#include <stdlib.h>

struct test {
    double p;
    int at;
};

static int by_p(const void *a, const void *b)
{
    const struct test *x = a, *y = b;
    return x->p != y->p ? (x->p > y->p) - (x->p < y->p) : x->at - y->at;
}

int mt_holm_adjust(const double *p, double *adjusted, int n, struct mt_err *err)
{
    struct test *test = malloc((size_t)(n ? n : 1) * sizeof *test);
    double least = 0;
    int m = 0;
    if (!test)
        return mt_err_memory(err, "p values", (size_t)n * sizeof *test);
    for (int i = 0; i < n; i++)
        if (!isnan(p[i]))
            test[m++] = (struct test){p[i], i};
        else
            adjusted[i] = NAN;
    qsort(test, (size_t)m, sizeof *test, by_p);
    for (int i = 0; i < m; i++) {
        least = fmax(least, fmin(1, (m - i) * test[i].p));
        adjusted[test[i].at] = least;
    }
    free(test);
    return 0;
}
