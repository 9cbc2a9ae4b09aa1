/* auto.h: numbers for the keys of a head that say auto.
 *
 *     m   arcface, curricularface: half of the largest angle that the classes can stand apart, at most 1 rad;
 *         cosface: cos(angle/4) - cos(3 angle/4)
 *     s   ln((C-1) P / (1-P)) / (f(0) - cos(angle)), P = 0.999
 *
 * With this m an embedding has met the margin when it stands within a quarter of the angle of its center, and
 * the largest angle inside a class then equals the smallest between classes: SphereFace's criterion (W. Liu
 * et al., CVPR 2017, section 3.3). Unguarded, collapse does not pay: cos(angle/2) > cos^2(angle/2). With this
 * s the right class has probability P in the loss, margin included, at the best arrangement; for a simplex
 * without margin it is CosFace's bound. */
#ifndef MT_HEAD_AUTO_H
#define MT_HEAD_AUTO_H

#include "lib/head/head.h"

/* s for `: auto`, rounded up to a tenth. f0 is f(0) with the margin. */
double mt_auto_scale(int classes, double angle, double f0);

/* Puts numbers in the place of MT_AUTO. -1 only without memory. */
int mt_auto_settle(const struct mt_variant *head, int classes, int dim, struct mt_err *err);

#endif
