/* product.h: the three matrix products of a linear classifier, cut by shapes alone.
 *
 * Few classes in few dimensions take plain loops, since a library call costs more than the product; the rest
 * goes to OpenBLAS. Which of the two is a function of C and D. */
#ifndef MT_HEAD_PRODUCT_H
#define MT_HEAD_PRODUCT_H

#include <stdbool.h>

/* out (n,C) = x (n,D) w (C,D)^T */
void mt_head_scores(int n, int C, int D, const float *x, const float *w, float *out);
/* dx (n,D) = g (n,C) w (C,D) */
void mt_head_dx(int n, int C, int D, const float *g, const float *w, float *dx);
/* dw (width,D) (+)= g^T x for `width` classes: g points at the first one's column of a matrix (n,C), x is
 * (n,D) */
void mt_head_dw(int n, int width, int C, int D, const float *g, const float *x, bool accumulate, float *dw);

#endif
