#include "lib/math/kernels_sets.h"

#include "lib/math/simd_avx512.h"
#include "lib/math/bf16_impl.h"
#include "lib/math/conv_impl.h"
#include "lib/math/dense_impl.h"
#include "lib/math/norm_impl.h"
#include "lib/math/random_impl.h"
#include "lib/math/peak_impl.h"
#include "lib/math/pooled_impl.h"
#include "lib/math/repulsion_impl.h"
#include "lib/math/softmax_impl.h"
#include "lib/math/unit_impl.h"
#include "lib/math/update_impl.h"
#include "lib/math/stem_impl.h"
#include "lib/math/vector_impl.h"
#include "lib/math/window_impl.h"
#include "lib/math/winograd_impl.h"

const struct mt_kernels mt_kernels_avx512 = {
    .name = "avx512",
    .bf16 = MT_BF16_KERNELS("avx512"),
    .conv = MT_CONV_KERNELS,
    .dense = MT_DENSE_KERNELS,
    .norm = MT_NORM_KERNELS,
    .random = MT_RANDOM_KERNELS,
    .peak = MT_PEAK_KERNELS,
    .pooled = MT_POOLED_KERNELS,
    .repulsion = MT_REPULSION_KERNELS,
    .softmax = MT_SOFTMAX_KERNELS,
    .unit = MT_UNIT_KERNELS,
    .update = MT_UPDATE_KERNELS,
    .stem = MT_STEM_KERNELS,
    .vector = MT_VECTOR_KERNELS,
    .window = MT_WINDOW_KERNELS,
    .winograd = MT_WINOGRAD_KERNELS,
};
