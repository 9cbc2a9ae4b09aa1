/* opposite.h: classes that have come to rest on the far side of the sphere from their own weight.
 *
 * A head over cosines may trap a single class: its embeddings stay opposite to its weight, where the margin's
 * target no longer falls with the angle, while all other classes are learned. The head then never predicts
 * the class, although its embeddings may be apart from all others. */
#ifndef MT_TRAIN_OPPOSITE_H
#define MT_TRAIN_OPPOSITE_H

#include "lib/core/buf.h"
#include "lib/eval/centers.h"
#include "lib/head/head.h"

/* The number of classes whose center is more than 90 degrees from their weight; 0 for heads that are not over
 * cosines. Appends which, in words, with angles in degrees: "2 classes ...: 4 (180), 7 (121)"; nothing where
 * there are none. */
int mt_opposite_classes(const struct mt_head *h, const struct mt_centers *centers,
                        const char *const *class_name, struct mt_buf *words);

#endif
