/* rows.h: lengths and inner products of single rows, in double. */
#ifndef MT_HEAD_ROWS_H
#define MT_HEAD_ROWS_H

#include <math.h>

#define MT_HEAD_ZERO 1e-12 /* rows no longer than this have no direction */

static inline double mt_dot(int D, const float *a, const float *b)
{
    double sum = 0;
    for (int d = 0; d < D; d++)
        sum += (double)a[d] * (double)b[d];
    return sum;
}

static inline double mt_length(int D, const float *a)
{
    return sqrt(mt_dot(D, a, a));
}

#endif
