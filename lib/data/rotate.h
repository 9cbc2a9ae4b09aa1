/* rotate.h: turning a sample by a given angle. */
#ifndef MT_DATA_ROTATE_H
#define MT_DATA_ROTATE_H

#include "lib/data/transform.h"

/* Counterclockwise about the center; working space is mt_warp_scratch. */
void mt_rotate_by(const struct mt_form *f, double degrees, double fill, const void *in, void *out,
                  void *scratch);

#endif
