/* bf16.h: convolutions over bf16 numbers with float32 sums, and what brings activations into their order.
 *
 * bf16 is the upper half of a float32: 8 bits of exponent, 8 of significand. Everything is made of one
 * product
 *
 *   C[16][16] += A[16][32] * B[16][16][2]:   C[m][n] += sum over k of A[m][k] B[k / 2][n][k % 2],
 *
 * a tile of AMX (TDPBF16PS). n are the 16 samples of a block, or 16 columns of the weight gradient.
 *
 *   pixels   x, or dz: [row][column][pair of channels][16 samples][2]: the channels of the taps of one kernel
 * row lie one behind the other, 32 of them are a B, whatever the number of channels weights  [tile of 16
 * filters][kernel row][tile of 32 of those][16][32] columns  x for the weight gradient: [row][column][pair of
 * samples][channel, or channel and tap][2]: two pixels are a B tiles    dz for the weight gradient: [tile of
 * 16 filters][row][pair of pixels][16][2 pixels of 16 samples]
 *
 * Rounding to bf16 is to nearest even; not-a-number and infinity stay what they are.
 *
 * Order of the sums. "split", that of AMX: even and odd k are summed apart from zero, each by fused
 * multiply-adds in ascending order, then added to each other, then to C. Intel, Instruction Set Extensions
 * Programming Reference, 2023, TDPBF16PS. Engines of that order give the same bytes; plain C multiplies and
 * adds in two steps, which for bf16 is the same unless a product leaves the range of float32. "paired", that
 * of VDPBF16PS: C takes the odd product of a pair, then the even one. Both read and write denormal numbers as
 * zero.
 *
 * Distances are in elements of what they step over; all vectors are aligned to 64 bytes. */
#ifndef MT_MATH_BF16_H
#define MT_MATH_BF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MT_BF16_TILE 512 /* elements of an A or a B */

/* Outputs of one or two tiles of filters over a rectangle of pixels. */
struct mt_bf16_run {
    int rows, cols;         /* outputs */
    int taps_h, tiles;      /* kernel rows, A's in each */
    int filters;            /* to be stored: 1..32; above 16 there are two tiles */
    const uint16_t *w, *x;  /* w: of the first tile of filters; x: of the first output's first tap */
    size_t w_tile;          /* from one tile of filters to the next */
    ptrdiff_t x_row, x_col; /* from one output's inputs to the next's */
    ptrdiff_t x_tap_row;    /* from one kernel row's inputs to the next's */
    const float *start;     /* [32 filters][16]: the bias, where sums begin */
    float *y;               /* 16 samples each, outputs of a row side by side */
    ptrdiff_t y_filter, y_row;
};

/* acc[16 filters][16 columns] += dz * x, for one or two tiles of filters and of columns. */
struct mt_bf16_outer {
    int rows, pairs;        /* of pixels of dz */
    int filters, columns;   /* tiles: 1 or 2 */
    const uint16_t *dz, *x; /* dz: tiles; x: columns of the first pixel's tap */
    size_t dz_tile;         /* from one tile of filters to the next */
    ptrdiff_t x_row, x_k;   /* from one row of pixels, one pair of samples to the next */
    float *acc;
    size_t acc_filter, acc_column; /* from one tile to the next */
    bool add;                      /* false: from zero */
};

/* What multiplies. */
struct mt_bf16_engine {
    const char *name;  /* "amx", "avx512_bf16", "avx512", "avx2", "c" */
    const char *order; /* of the sums: "split", "paired" */
    /* Around calls of the other two, on the same thread: denormal numbers are zero in between, in all
     * arithmetic. */
    uint32_t (*enter)(void);
    void (*leave)(uint32_t entered);
    void (*run)(const struct mt_bf16_run *run);
    void (*outer)(const struct mt_bf16_outer *outer);
    /* Rounds of products of ones on registers alone, in enough chains to hide their latency; the sum of all of
     * them is returned. NULL: the engine multiplies as float32 does (math/peak.h). Enters and leaves itself. */
    float (*peak)(size_t rounds);
    size_t round_flops; /* of one round: two per product */
};

/* What every kernel set has: an engine without special instructions, and changes of order. */
struct mt_bf16_kernels {
    const struct mt_bf16_engine *engine;
    /* n vectors of two channels (b may be NULL: zeros) become n pairs. */
    void (*pairs)(const float *a, const float *b, int n, uint16_t *to, ptrdiff_t to_step);
    /* n vectors, x_step apart, become bf16. */
    void (*plain)(const float *x, ptrdiff_t x_step, int n, uint16_t *to);
    /* n neighboring pixels of one filter become its rows of the A's of tiles; odd n: one more, of zeros. */
    void (*tiles)(const float *x, int n, uint16_t *to);
    /* n pairs of neighboring pixels of 16 columns: to[16 i + k][c] = the k-th two samples of from[c] + 32 i.
     */
    void (*columns)(const uint16_t *const from[16], int n, uint16_t *to, ptrdiff_t to_k);
};

struct mt_kernels;

/* The best engine that this processor has and that a kernel set may use. The operating system is asked for
 * AMX. */
const struct mt_bf16_engine *mt_bf16_pick(const struct mt_kernels *kernels);
/* All of them, best first; returns how many. */
#define MT_BF16_ENGINES 3
int mt_bf16_all(const struct mt_kernels *kernels, const struct mt_bf16_engine *engine[MT_BF16_ENGINES]);

static inline uint16_t mt_bf16_round(float x)
{
    union {
        float f;
        uint32_t u;
    } v = {x};
    if ((v.u & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(v.u >> 16 | 0x40);
    return (uint16_t)((v.u + 0x7fff + (v.u >> 16 & 1)) >> 16);
}

static inline float mt_bf16_value(uint16_t x)
{
    union {
        uint32_t u;
        float f;
    } v = {(uint32_t)x << 16};
    return v.f;
}

#endif
