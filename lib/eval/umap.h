/* umap.h: the part of UMAP that tests look at. */
#ifndef MT_EVAL_UMAP_H
#define MT_EVAL_UMAP_H

#include "lib/eval/projection.h"

/* The a and b whose 1 / (1 + a x^2b) comes nearest to the curve that is 1 up to min_dist and falls off as
 * exp(-(x - min_dist) / spread) behind it. */
void mt_umap_curve(double min_dist, double spread, double *a, double *b);

#endif
