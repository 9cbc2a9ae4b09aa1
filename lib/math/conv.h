/* conv.h: the inner loops of a convolution over lane-blocked activations (lanes.h).
 *
 *   forward   y[o][r][c] = b[o] + sum over ch, i, j of w[o][ch][i][j] x[ch][r s + i - p][c s + j - p]
 *   input     dx[ch][r][c] = sum over o and the i, j that reach (r, c) of w[o][ch][i][j] dy[o][..][..]
 *   weights   dw[o][ch][i][j] = sum over r, c and samples of dy[o][r][c] x[ch][r s + i - p][c s + j - p]
 *
 * No plane is padded or copied: a plane of outputs is cut into rectangles whose outputs use the same taps,
 * all of them inside the input (conv_span.h), and these kernels work on one such rectangle. The first two
 * sums are the same kernel: the input gradient's taps walk backward. Each output is one accumulator that
 * starts from the bias and takes one fused multiply-add per channel and tap in ascending order, whatever the
 * tiles, so every kernel set with a fused multiply-add gives the same bytes.
 *
 * Distances are in floats unless said otherwise; all vectors are aligned to 64 bytes. */
#ifndef MT_MATH_CONV_H
#define MT_MATH_CONV_H

#include <stdbool.h>
#include <stddef.h>

#define MT_CONV_STREAMS 8 /* no kernel set takes more */

/* A rectangle of outputs and the taps that all of them use. */
struct mt_conv_rect {
    int rows, cols;
    ptrdiff_t x_row, x_col; /* from one output to the next: distance of their inputs */
    ptrdiff_t y_row, y_col; /* distance of themselves */
    int taps_h, taps_w;
    ptrdiff_t x_tap_row, x_tap_col; /* from one tap to the next: distance of the inputs */
    int w_tap_row, w_tap_col;       /* distance of the weights, in taps */
};

/* A tile of filters over that rectangle. */
struct mt_conv_tile {
    int filters, channels; /* filters: at most `filters` of the kernel set */
    const float *x;        /* input of the first output's first tap, first channel */
    size_t x_channel;
    const float *w; /* packed [channels][w_channel taps][filters], at the first tap */
    int w_channel;
    const float *bias; /* (filters), or NULL */
    float floor;       /* outputs below it become it: 0 is ReLU, -INFINITY nothing */
    float *y;          /* first output of the first filter */
    size_t y_filter;
};

/* acc[t][f] += sum over rows and columns of dy[f][row][col] * x[t][row][col], lane by lane. Each t is a
 * stream of inputs: one tap of one channel. */
struct mt_conv_outer {
    int rows, cols;
    ptrdiff_t dy_row, dy_col, x_row, x_col;
    int filters, streams; /* at most `outer_filters`, `outer_streams` of the kernel set */
    const float *dy;
    size_t dy_filter;
    const float *x;
    ptrdiff_t x_at[MT_CONV_STREAMS]; /* of each stream, from x */
    float *acc;                      /* vectors of the filters of one stream side by side */
    ptrdiff_t acc_at[MT_CONV_STREAMS];
};

struct mt_conv_kernels {
    int filters, pixels;              /* size of a tile of outputs forward */
    int outer_filters, outer_streams; /* size of a tile of weight gradients */
    void (*correlate)(const struct mt_conv_rect *rect, const struct mt_conv_tile *tile);
    void (*outer)(const struct mt_conv_outer *outer);
    /* acc += sum of n vectors. */
    void (*total)(const float *x, size_t n, float *acc);
    /* out[i] = (add ? out[i] : 0) + sum of the lanes of the i-th vector, in vf_sum's order. */
    void (*lane_sums)(const float *acc, size_t acc_stride, int n, float *out, bool add);
};

/* n things are cut into as few tiles of at most `size` as possible, of nearly equal sizes. */
static inline int mt_conv_tiles(int n, int size)
{
    return (n + size - 1) / size;
}

static inline int mt_conv_tile_start(int tile, int tiles, int n)
{
    return (int)((long)tile * n / tiles);
}

#endif
