/* run_angles.h: how far embeddings are from the centers of the classes, in degrees.
 *
 * target (n): between x_i and the center of its class. other (n): between x_i and the nearest center of
 * another class; the center with the largest cosine in float, its angle as angles.h measures it. Not-a-number
 * where there is no label, no such center, or a vector of length zero.
 *
 * It takes n * centers * dimensions products. Beyond MT_RUN_ANGLES_WORK of them only every k-th sample is
 * measured, k being the smallest that keeps to it, and the others are not-a-number: a distribution is drawn
 * from a part as well. */
#ifndef MT_PRESENT_RUN_ANGLES_H
#define MT_PRESENT_RUN_ANGLES_H

#include "lib/present/run_data.h"

#define MT_RUN_ANGLES_WORK 2e9 /* some seconds */

/* `points` and `centers` (embeddings/centers.csv) have the same dimensions. Fails for want of memory alone.
 */
int mt_run_angles(const struct mt_points *points, const struct mt_points *centers, float *target,
                  float *other, struct mt_err *err);

#endif
