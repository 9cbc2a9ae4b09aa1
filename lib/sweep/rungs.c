#include "lib/sweep/rungs.h"

#include <math.h>
#include <stdlib.h>

void mt_rungs_make(struct mt_rungs *r, int cells, int64_t epochs, int64_t min_epochs, int64_t eta)
{
    *r = (struct mt_rungs){.epochs = epochs};
    for (int64_t at = min_epochs; at < epochs && cells > 1; r->n++) {
        int keep = (int)((cells + eta - 1) / eta);
        r->v[r->n] = (struct mt_rung){at, cells, keep};
        cells = keep;
        at = at > epochs / eta ? epochs : at * eta;
    }
    r->last = cells;
}

int64_t mt_rungs_total(const struct mt_rungs *r, int from)
{
    int64_t total = 0, before = 0;
    for (int i = 0; i <= r->n; i++) {
        int64_t epochs = i < r->n ? r->v[i].epochs : r->epochs;
        if (i >= from)
            total += (epochs - before) * (i < r->n ? r->v[i].cells : r->last);
        before = epochs;
    }
    return total;
}

static int by_standing(const void *a, const void *b)
{
    const struct mt_standing *x = a, *y = b;
    if (x->bad != y->bad)
        return x->bad < y->bad ? -1 : 1;
    if (isnan(x->merit) != isnan(y->merit))
        return isnan(y->merit) ? -1 : 1;
    if (x->merit != y->merit && !isnan(x->merit))
        return x->merit > y->merit ? -1 : 1;
    return x->cell - y->cell;
}

void mt_standings_sort(struct mt_standing *s, int n)
{
    qsort(s, (size_t)n, sizeof *s, by_standing);
}
