/* product.h: the three matrix products of a linear classifier, cut by shapes alone.
 *
 * Few classes in few dimensions take plain loops, since a library call costs more than the product; the rest
 * goes to OpenBLAS. Which of the two is a function of the
 * product's own shape, n apart. */
#ifndef MT_HEAD_PRODUCT_H
#define MT_HEAD_PRODUCT_H

#include <stdbool.h>

/* out (n, width columns of rows of ld) = x (n,D) w (width,D)^T */
void mt_head_scores(int n, int width, int D, const float *x, const float *w, float *out, int ld);
/* dx (n, width columns of rows of D) = g (n,C) w (C, as many columns of rows of D) */
void mt_head_dx(int n, int C, int D, int width, const float *g, const float *w, float *dx);
/* dw (width,D) (+)= g (n, width columns of rows of ld)^T x (n,D) */
void mt_head_dw(int n, int width, int D, const float *g, int ld, const float *x, bool accumulate, float *dw);

#endif
