#include "lib/math/kernels_sets.h"

#include "lib/math/simd_c.h"
#include "lib/math/conv_impl.h"
#include "lib/math/dense_impl.h"
#include "lib/math/vector_impl.h"

const struct mt_kernels mt_kernels_c = {
    .name = "c",
    .conv = MT_CONV_KERNELS,
    .dense = MT_DENSE_KERNELS,
    .vector = MT_VECTOR_KERNELS,
};
