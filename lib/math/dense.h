/* dense.h: kernels of dense layers on blocks of 16 samples (lanes.h).
 *
 * Every sum runs in ascending order with one fused multiply-add per term, whatever the tiles, so the bytes do
 * not depend on how the work is cut or on the number of samples beside one. */
#ifndef MT_MATH_DENSE_H
#define MT_MATH_DENSE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/math/lanes.h"

#define MT_DENSE_COLUMNS 64       /* inputs whose weight gradients are made together */
#define MT_DENSE_TURNED (1 << 15) /* floats of x that are turned at a time */

/* A matrix of weights: element (row, k) stands at w[row * row_stride + k * depth_stride]. */
struct mt_dense_matrix {
    const float *w;
    size_t row_stride, depth_stride;
    int rows, depth;
};

/* Inputs of one call for weight gradients. Of a wide matrix they are many, since memory is fast only along
 * rows; of others few, so that several threads find work. */
static inline int mt_dense_panel(int inputs, int blocks)
{
    const int most = MT_DENSE_TURNED / (MT_LANES * (blocks < 2 ? 2 : blocks > 8 ? 8 : blocks));
    return inputs < 16 * most ? MT_DENSE_COLUMNS : most / MT_DENSE_COLUMNS * MT_DENSE_COLUMNS;
}

struct mt_dense_kernels {
    /* y[b][row] = sum_k W(row, k) x[b][k] (added to what y holds when `add`), for blocks b that lie x_stride
     * and y_stride floats apart. */
    void (*product)(const struct mt_dense_matrix *W, int blocks, const float *x, size_t x_stride, float *y,
                    size_t y_stride, bool add);
    /* y[o] = part[0][o] + part[1][o] + ... + bias[o], for one block; parts lie part_stride floats apart; y
     * may be part[0]; bias may be NULL. */
    void (*finish)(float *y, const float *part, int parts, size_t part_stride, const float *bias,
                   int outputs);
    /* dw[o * dw_stride + i] = sum over the samples of all blocks, ascending, of dy[b][o] x[b][i], for up to
     * mt_dense_panel() inputs. `next`, unless NULL, is a matrix of dw's shape that is wanted afterwards: it
     * is fetched into the cache, row by row, which the processor does not foresee when it is read by columns.
     */
    void (*weights)(int outputs, int inputs, int blocks, const float *dy, size_t dy_stride, const float *x,
                    size_t x_stride, float *dw, size_t dw_stride, const float *next);
    /* db[o] = sum of dy[b][o] over blocks, then lanes. */
    void (*bias)(int outputs, int blocks, const float *dy, size_t dy_stride, float *db);
};

#endif
