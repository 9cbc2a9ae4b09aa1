/* kernels.h: the compute kernels of one instruction set, behind one struct of pointers.
 *
 * The same source (the *_impl.h files) is compiled once per instruction set on top of simd.h. Kernels of
 * avx512 and avx2 do the same operations in the same order per lane, so they give the same bytes; the plain C
 * set has no fused multiply-add and differs by rounding. */
#ifndef MT_MATH_KERNELS_H
#define MT_MATH_KERNELS_H

#include "lib/math/bf16.h"
#include "lib/math/conv.h"
#include "lib/math/dense.h"
#include "lib/math/norm.h"
#include "lib/math/peak.h"
#include "lib/math/random.h"
#include "lib/math/pooled.h"
#include "lib/math/repulsion.h"
#include "lib/math/softmax.h"
#include "lib/math/unit.h"
#include "lib/math/update.h"
#include "lib/math/stem.h"
#include "lib/math/vector.h"
#include "lib/math/window.h"
#include "lib/math/winograd.h"

struct mt_kernels {
    const char *name; /* "avx512", "avx2", "c" */
    struct mt_bf16_kernels bf16;
    struct mt_conv_kernels conv;
    struct mt_dense_kernels dense;
    struct mt_norm_kernels norm;
    struct mt_random_kernels random;
    struct mt_peak_kernels peak;
    struct mt_pooled_kernels pooled;
    struct mt_repulsion_kernels repulsion;
    struct mt_softmax_kernels softmax;
    struct mt_unit_kernels unit;
    struct mt_update_kernels update;
    struct mt_stem_kernels stem;
    struct mt_vector_kernels vector;
    struct mt_window_kernels window;
    struct mt_winograd_kernels winograd;
};

/* The best set this processor can run, at most `limit` ("avx512", "avx2", "c"; NULL: no limit). NULL for an
 * unknown name. */
const struct mt_kernels *mt_kernels_pick(const char *limit);
/* All sets that this processor can run, best first; returns how many (1..3). */
int mt_kernels_all(const struct mt_kernels *set[3]);

#endif
