/* conv2d.h: the inside of the convolution layer, shared by conv2d.c (setup), conv2d_forward.c and
 * conv2d_backward.c (direct, float32), conv2d_bf16.h, and conv2d_shared.c (pooling, activation).
 *
 *   z = w * x + b: x (C,H,W), w (O,C,KH,KW), b (O), z (O,H',W');   y = pool(f(z)): (O,PH,PW)
 *
 * f and the pooling may have been layers of their own that this one took over; without pooling y = f(z). z
 * never exists for a whole batch when there is pooling: forward makes a few rows of a few filters, pools them
 * and keeps what backward needs in compact form; backward spreads dy over a band of rows of dz at a time.
 * Rows and columns of z that no window covers are not made. */
#ifndef MT_NN_CONV2D_H
#define MT_NN_CONV2D_H

#include <math.h>

#include "lib/math/conv_span.h"
#include "lib/nn/activation.h"
#include "lib/nn/conv2d_bf16.h"
#include "lib/nn/layer.h"

enum mt_conv2d_pool { MT_POOL_NONE, MT_POOL_MAX, MT_POOL_MEAN };

/* A plane of outputs cut into rectangles: the product of the runs of both axes. */
struct mt_conv2d_grid {
    struct mt_conv_span row[MT_CONV_SPANS], col[MT_CONV_SPANS];
    int rows, cols; /* how many runs */
    int source_w;   /* width of the plane that is read */
};

struct mt_conv2d_range { /* of outputs */
    int from, to;
};

/* Sums made by Winograd's minimal filtering: outputs of a tile along an axis, 2 or 4; 0 where direct. */
struct mt_conv2d_winograd {
    int forward, input, weights; /* z; dx; the kernel's gradient */
    float *u, *u_back;           /* transformed weights: [position][O][C], [position][C][O] */
    float *du;                   /* of each worker: sums of the shard that it works on, [position][O][C] */
    size_t du_stride;
};

struct mt_conv2d {
    const struct mt_kernels *k;
    const struct mt_scratch *scratch;
    struct mt_shape in, z, y; /* z without what no window covers */
    struct mt_conv_axis vertical, horizontal;
    struct mt_conv2d_grid forward, backward;                             /* from x to z, from dz to dx */
    struct mt_conv2d_range tap_rows[MT_CONV_MAX], tap_cols[MT_CONV_MAX]; /* that use a tap */
    enum mt_activation f;
    float slope;
    enum mt_conv2d_pool pool;
    int pool_h, pool_w;
    struct mt_tensor *kernel, *bias; /* bias may be NULL */
    float *packed, *packed_back;     /* weights in the kernels' order, for forward and for dx (NULL: no dx) */
    uint16_t *gate;                  /* [block][O][H'][W'], pooled.h; NULL where dz does not depend on z */
    float *partial;                  /* [shard][O*C*KH*KW + O], gradients of kernel and bias */
    size_t partial_stride;
    bool want_dx;
    struct mt_conv2d_bf16 bf16;
    int group, band; /* dz is made for this many filters and rows at a time; O and z.h where for all */
    struct mt_conv2d_winograd winograd;
};

static inline int mt_conv2d_taps(const struct mt_conv2d *c)
{
    return c->vertical.kernel * c->horizontal.kernel;
}

/* The gates of a row of z. */
static inline uint16_t *mt_conv2d_gate(const struct mt_conv2d *c, int block, int filter, int row)
{
    return c->gate + (((size_t)block * (size_t)c->z.c + (size_t)filter) * (size_t)c->z.h + (size_t)row) *
                         (size_t)c->z.w;
}

/* Rows [from, to) of the plane of `t->filters` outputs that a grid describes. t->x is row `top` of the first
 * source plane, t->w the first tap, t->y row `from`, rows being y_row floats apart. */
void mt_conv2d_rows(const struct mt_conv2d *c, const struct mt_conv2d_grid *grid,
                    const struct mt_conv_tile *t, int top, ptrdiff_t y_row, int from, int to);

/* Rows [from, to) of z of one filter, which lie at z without gaps, are pooled and go through f into rows of
 * y, that filter's plane; gates are kept when training. from is a multiple of pool_h. ReLU before a mean is
 * to be done. */
void mt_conv2d_pool_rows(const struct mt_conv2d *c, const float *z, int block, int filter, int from, int to,
                         bool training, float *y);
/* Row r of dz of one filter, from all of dy of its block: only with pooling. */
void mt_conv2d_spread_row(const struct mt_conv2d *c, const float *dy, int block, int filter, int r,
                          float *dz);
/* dy, a block, becomes the gradient before f where that does not follow from the pooling's gates. */
void mt_conv2d_undo_activation(const struct mt_conv2d *c, float *dy, const float *y);
/* Elements [from, to) of the partial sums of all shards are added into shard 0's, in a fixed tree. */
void mt_conv2d_add_shards(const struct mt_conv2d *c, int shards, size_t from, size_t to);

/* What the kernel makes of outputs below it. ReLU is part of it, except before a maximum, which comes first. */
static inline float mt_conv2d_floor(const struct mt_conv2d *c)
{
    return c->f == MT_RELU && c->pool != MT_POOL_MAX ? 0.0f : -INFINITY;
}

/* The direct gradients of one block, all of whose dz [O][H'][W'] is there: dx, and the parts of the kernel and
 * the bias in a shard's partial sums, which they start or, with `add`, go on with. acc: mt_conv2d_acc_floats. */
void mt_conv2d_input_gradient(const struct mt_conv2d *c, const float *dz, float *dx);
void mt_conv2d_weight_gradient(const struct mt_conv2d *c, const float *x, const float *dz, float *acc,
                               float *partial, bool add);
void mt_conv2d_bias_gradient(const struct mt_conv2d *c, const float *dz, float *acc, float *partial, bool add);
size_t mt_conv2d_acc_floats(const struct mt_conv2d *c);

/* conv2d_winograd.c: sets `winograd`; then plans what that needs and puts its phases into the layer. */
void mt_conv2d_choose(struct mt_conv2d *c, const struct mt_layer_plan *p);
int mt_conv2d_plan_winograd(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err);
/* "winograd F(4x4,3x3): y, dx, dw", the sums that it makes. Returns the length; 0: it makes none. */
int mt_conv2d_describe_winograd(const struct mt_conv2d *c, char text[MT_KERNEL_TEXT]);

/* Sets group and band. */
void mt_conv2d_cut(struct mt_conv2d *c);

/* Bytes of scratch that the phases need. */
size_t mt_conv2d_forward_scratch(const struct mt_conv2d *c);
size_t mt_conv2d_backward_scratch(const struct mt_conv2d *c);

/* conv2d_stem.c: whether it takes the layer, and its scratch and phases; finish stays. */
bool mt_conv2d_stem_fits(const struct mt_conv2d *c, bool want_dx);
size_t mt_conv2d_stem_forward_scratch(const struct mt_conv2d *c);
size_t mt_conv2d_stem_backward_scratch(const struct mt_conv2d *c);
extern const struct mt_phase mt_conv2d_stem_prepare[], mt_conv2d_stem_forward[], mt_conv2d_stem_backward[];

extern const struct mt_phase mt_conv2d_prepare[], mt_conv2d_forward[], mt_conv2d_backward[],
    mt_conv2d_finish[];

#endif
