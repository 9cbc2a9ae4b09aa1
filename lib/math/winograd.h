/* winograd.h: the inner loops of 3x3 convolutions with stride 1 by Winograd's minimal filtering
 * (S. Winograd, "Arithmetic complexity of computations", 1980; A. Lavin and S. Gray, "Fast algorithms for
 * convolutional neural networks", arXiv:1509.09308), over lane-blocked activations (lanes.h).
 *
 * A tile of m x m outputs needs n x n inputs, n = m + 2, and n^2 products instead of 9 m^2:
 *
 *   forward   y = A^T [ sum over channels of (G w G^T) o (B^T x B) ] A      w (3,3), x (n,n), y (m,m)
 *   weights   dw = G^T [ sum over tiles of (A dy A^T) o (B^T x B) ] G
 *
 * where o multiplies position by position. The input gradient is the forward sum over dy with w turned
 * around. Each of the n^2 positions is a matrix product over channels (forward) or tiles and samples
 * (weights).
 *
 * The matrices come from evaluating polynomials at n - 1 points and infinity: 0, 1, -1 for m = 2, and
 * 0, 3/4, -3/4, 3/2, -3/2 for m = 4, whose constants are exact in float32 and which lose about half as much
 * to rounding as the usual 0, 1, -1, 2, -2.
 *
 * Distances are in floats; all vectors are aligned to 64 bytes. Sums are taken in ascending order, so every
 * kernel set with a fused multiply-add gives the same bytes. */
#ifndef MT_MATH_WINOGRAD_H
#define MT_MATH_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>

#define MT_WINOGRAD_TAPS 9

/* Rows of tiles of one plane, and where their transforms lie: position by position, the tiles of one side by
 * side. */
struct mt_winograd_tiles {
    int outputs;              /* m: 2 or 4 */
    int rows, cols;           /* tiles */
    int h, w;                 /* of the plane; what tiles hold beyond it is read as zero and not written */
    int top, left;            /* the first tile's first element in the plane */
    ptrdiff_t row, col;       /* from one element of the plane to the next */
    ptrdiff_t position, tile; /* from one position, one tile of the transforms to the next */
};

/* c[i][j] = (add ? c[i][j] : 0) + sum over k of a[i][k] b[k][j], b and c of whole vectors. */
struct mt_winograd_product {
    int rows, vectors, depth; /* i, vectors of 16 j, k */
    const float *a, *b;
    size_t a_row, b_row, c_row;
    float *c;
    bool add;
};

struct mt_winograd_kernels {
    /* v = B^T x B of each tile, whose first inputs are m apart. */
    void (*input)(const struct mt_winograd_tiles *t, const float *x, float *v);
    /* y = max(floor, A^T m A + bias) of each tile. */
    void (*output)(const struct mt_winograd_tiles *t, const float *m, float bias, float floor, float *y);
    /* dm = A dy A^T of each tile. */
    void (*gradient)(const struct mt_winograd_tiles *t, const float *dy, float *dm);
    /* dw = G^T du G of 16 kernels side by side: du [n^2] vectors `position` apart, dw [9][16]. */
    void (*kernels)(int outputs, const float *du, size_t position, float *dw);
    void (*product)(const struct mt_winograd_product *p);
    /* to[i][lane][channel] = x[channel][i][lane] for n elements i; channels up to a whole vector become zero.
     */
    void (*transpose)(const float *x, size_t x_channel, int channels, int n, float *to, size_t to_element,
                      size_t to_lane);
};

/* u = G w G^T: n^2 numbers, `position` apart. w (3,3), turned around by 180 degrees when `turned`. */
void mt_winograd_weights(int outputs, const float *w, bool turned, float *u, size_t position);

#endif
