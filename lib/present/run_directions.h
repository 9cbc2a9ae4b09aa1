/* run_directions.h: embeddings of whose length a head knows nothing are drawn at length 1. */
#ifndef MT_PRESENT_RUN_DIRECTIONS_H
#define MT_PRESENT_RUN_DIRECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compare/results.h"

/* Whether the head of the last stage looks at angles alone, or the network gives embeddings of length 1. */
bool mt_run_is_angular(const struct mt_result *r);
/* Rows of x (n, D) at length 1, to `unit`, which may be x; a row without a direction becomes not-a-number. */
void mt_directions(float *unit, const float *x, int64_t n, int dim);

#endif
