/* angles.h: how tight the classes are and how far apart, in degrees.
 *
 * within:       mean over samples i of the angle between x_i and the center of its class
 * between_mean: mean over the pairs k < l of the angle between their centers; between_min: the smallest, and
 * its pair
 *
 * An angle is 2 atan2(|a - b|, |a + b|) of the two unit vectors, in double, exact near 0 and near 180 (W.
 * Kahan, How Futile are Mindless Assessments of Roundoff, 2006). Vectors of length 0 and classes without a
 * center take no part. */
#ifndef MT_EVAL_ANGLES_H
#define MT_EVAL_ANGLES_H

#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/pool.h"
#include "lib/eval/centers.h"

struct mt_angles {
    double within;                    /* not-a-number where there is nothing to measure */
    double between_mean, between_min; /* likewise */
    int min_a, min_b;                 /* the pair of between_min; -1 */
    double *class_within;             /* (classes) mean over the samples of one class */
    double *class_nearest;            /* (classes) the smallest angle to another center */
};

double mt_angle(const float *a, const float *b, int dim); /* degrees; not-a-number where one is zero */

/* x (n, D) with labels in [0, centers->classes). Released by the caller on success only. */
int mt_angles_measure(struct mt_angles *a, const struct mt_centers *centers, const float *x,
                      const int32_t *label, int64_t n, struct mt_pool *pool, struct mt_err *err);
void mt_angles_release(struct mt_angles *a);

#endif
