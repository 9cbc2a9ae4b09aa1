#include "lib/check/gradcheck.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mt_gradcheck_row *mt_gradcheck_add(struct mt_gradcheck *g, struct mt_err *err)
{
    if (g->n == g->cap) {
        int cap = g->cap ? g->cap * 2 : 256;
        struct mt_gradcheck_row *row = realloc(g->row, (size_t)cap * sizeof *row);
        if (!row) {
            mt_err_memory(err, "the gradient checks", (size_t)cap * sizeof *row);
            return NULL;
        }
        g->row = row;
        g->cap = cap;
    }
    memset(&g->row[g->n], 0, sizeof *g->row);
    return &g->row[g->n++];
}

int mt_gradcheck_missing(struct mt_gradcheck *g, const char *what, struct mt_err *err)
{
    struct mt_gradcheck_row *row = mt_gradcheck_add(g, err);
    if (!row)
        return -1;
    snprintf(row->what, sizeof row->what, "%s", what);
    snprintf(row->at, sizeof row->at, "no reference");
    row->error = INFINITY;
    return 0;
}

void mt_gradcheck_release(struct mt_gradcheck *g)
{
    free(g->row);
    memset(g, 0, sizeof *g);
}

bool mt_gradcheck_passed(const struct mt_gradcheck *g)
{
    for (int i = 0; i < g->n; i++)
        if (!g->row[i].pass)
            return false;
    return g->n > 0;
}

static double loss_at(const struct mt_difference *d, double *at, double value)
{
    *at = value;
    return d->loss(d->arg);
}

double mt_difference_at(const struct mt_difference *d, double *at)
{
    double x = *at, h = d->step / 2;
    double near = loss_at(d, at, x + h) - loss_at(d, at, x - h);
    double far = loss_at(d, at, x + 2 * h) - loss_at(d, at, x - 2 * h);
    *at = x;
    return (8 * near - far) / (12 * h);
}

void mt_gradcheck_compare(int n, const float *a, const double *b, double floor, double *error, int *nonfinite)
{
    double worst = 0, largest = floor;
    for (int i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i])) {
            ++*nonfinite;
            continue;
        }
        worst = fmax(worst, fabs((double)a[i] - b[i]));
        largest = fmax(largest, fabs(b[i]));
    }
    *error = fmax(*error, worst / largest);
}
