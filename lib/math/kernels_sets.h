/* kernels_sets.h: the compiled kernel sets; only kernels.c chooses among them. */
#ifndef MT_MATH_KERNELS_SETS_H
#define MT_MATH_KERNELS_SETS_H

#include "lib/math/kernels.h"

extern const struct mt_kernels mt_kernels_avx512, mt_kernels_avx2, mt_kernels_c;

#endif
