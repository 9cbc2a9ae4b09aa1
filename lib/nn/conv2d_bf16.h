/* conv2d_bf16.h: the convolution over bf16 numbers (math/bf16.h): conv2d_bf16.c (setup, weights),
 * conv2d_bf16_map.c (forward and the input gradient), conv2d_bf16_sums.c (the weight gradient).
 *
 * x and dz are rounded to bf16 where they are read, and w once per step; sums, bias, activation, pooling and
 * what lies between layers are float32. Planes are copied into scratch with zeros around them, a band of rows
 * at a time, so that every output uses all taps. */
#ifndef MT_NN_CONV2D_BF16_H
#define MT_NN_CONV2D_BF16_H

#include "lib/nn/layer.h"

struct mt_conv2d;

/* From planes to planes: x to z, or dz to dx with the kernel turned around. Padded row r holds source row
 * (r - before) / spread, or zeros; row q of the result reads padded rows from q * step. Columns likewise. */
struct mt_conv2d_map {
    struct mt_shape from, to;
    int kh, kw;
    int step_h, step_w, spread_h, spread_w, before_h, before_w;
    int pairs;         /* of channels */
    int tiles;         /* A's of a kernel row */
    int width;         /* of a padded row */
    int band;          /* rows of the result for which there is a copy at a time */
    int some;          /* rows of the result that are made at a time */
    uint16_t *weights; /* [tile of 16 filters][kh][tiles][16][32]; NULL: this way is not wanted */
    float *start;      /* [filters, a multiple of 32][16] */
};

/* The weight gradient. Its columns are channels, and each tap reads from another place; or, where there are
 * few channels, channels and taps. */
struct mt_conv2d_sums {
    bool wide; /* taps are columns */
    int columns, column_tiles, filter_tiles;
    int taps;  /* 1 when wide */
    int pairs; /* of pixels in a row of dz */
    int phase; /* padded columns that lie side by side: a stride apart in x */
    int band;  /* rows of dz at a time */
};

struct mt_conv2d_bf16 {
    const struct mt_bf16_engine *engine; /* NULL: the layer is float32 */
    struct mt_conv2d_map forward, backward;
    struct mt_conv2d_sums sums;
};

/* Whether the convolution, whose shapes are settled, gains from bf16: a function of its shape alone. */
bool mt_conv2d_bf16_suits(const struct mt_conv2d *c);
/* Registers memory and sets the layer's phases; tensors and gates are registered. */
int mt_conv2d_bf16_plan(struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err);

/* ---- inside ---- */

/* Rows of planes: `row` returns where one lies, which is `room` if it had to be made. */
struct mt_conv2d_source {
    const float *(*row)(const struct mt_conv2d_source *s, int channel, int row, float *room);
    const struct mt_conv2d *c;
    const float *data; /* a block of x or dy */
    int block;
};

const float *mt_conv2d_row_of_x(const struct mt_conv2d_source *s, int channel, int row, float *room);
const float *mt_conv2d_row_of_dz(const struct mt_conv2d_source *s, int channel, int row, float *room);

/* Sets all but weights and start from shape and taps. */
void mt_conv2d_map_cut(struct mt_conv2d_map *m);
void mt_conv2d_sums_cut(struct mt_conv2d *c);
size_t mt_conv2d_map_scratch(const struct mt_conv2d_map *m); /* bytes */
size_t mt_conv2d_sums_scratch(const struct mt_conv2d *c);

/* Copies what rows [from, to) of the result need. */
void mt_conv2d_map_copy(const struct mt_conv2d_map *m, const struct mt_conv2d_source *s, int from, int to,
                        void *scratch);
/* Rows [from, to), of which `band` was copied from row `top` on, of up to 32 filters. */
void mt_conv2d_map_run(const struct mt_conv2d_map *m, const struct mt_bf16_engine *engine, int filter,
                       int top, int from, int to, const void *scratch, float *y, ptrdiff_t y_filter);
/* Adds the gradients of weights and bias of one block to `partial`; add: or sets them. */
void mt_conv2d_sums_run(const struct mt_conv2d_source *x, const struct mt_conv2d_source *dz, float *partial,
                        bool add, void *scratch);
/* Floats of weight gradients in a shard's partial sums; those of the bias follow. */
size_t mt_conv2d_sums_floats(const struct mt_conv2d_sums *s);

extern const struct mt_phase mt_conv2d_bf16_prepare[], mt_conv2d_bf16_forward[], mt_conv2d_bf16_backward[],
    mt_conv2d_bf16_sums_finish[];

#endif
