/* dense_impl.h: the kernels of dense.h, compiled once per instruction set. */
#include <string.h>

#include "lib/math/dense.h"

/* Register tiles: rows x blocks of a product, outputs x columns (of 16 inputs) of a weight gradient. */
#if MT_SIMD_REGISTERS >= 32
#define ROWS 8
#define BLOCKS 3
#define OUTPUTS 6
#define COLUMNS 4
#elif MT_SIMD_REGISTERS >= 8
#define ROWS 3
#define BLOCKS 2
#define OUTPUTS 3
#define COLUMNS 2
#else
#define ROWS 3
#define BLOCKS 1
#define OUTPUTS 3
#define COLUMNS 1
#endif

#define DEPTH                                                                                                \
    512 /* terms between visits to the sums in memory: x of BLOCKS blocks stays in the second cache */
#define SAMPLES 128 /* samples that are turned at a time: 128 x 64 floats stay in the first cache */

#define INLINE static inline __attribute__((always_inline))

struct product {
    const float *w, *x;
    float *y;
    size_t row_stride, depth_stride, x_stride, y_stride;
    int depth;
    bool add;
};

INLINE void product_tile(const struct product *p, int rows, int blocks)
{
    vf sum[ROWS][BLOCKS];
    for (int r = 0; r < rows; r++)
        for (int b = 0; b < blocks; b++)
            sum[r][b] = p->add ? vf_load(p->y + (size_t)b * p->y_stride + (size_t)r * 16) : vf_zero();
    const float *w = p->w, *x = p->x;
    for (int k = 0; k < p->depth; k++, w += p->depth_stride, x += 16) {
        vf v[BLOCKS];
        __builtin_prefetch(w + (ROWS + k % ROWS) * (ptrdiff_t)p->row_stride); /* of the next tile */
        for (int b = 0; b < blocks; b++)
            v[b] = vf_load(x + (size_t)b * p->x_stride);
        for (int r = 0; r < rows; r++) {
            vf s = vf_set1(w[(size_t)r * p->row_stride]);
            for (int b = 0; b < blocks; b++)
                sum[r][b] = vf_fma(s, v[b], sum[r][b]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int b = 0; b < blocks; b++)
            vf_store(p->y + (size_t)b * p->y_stride + (size_t)r * 16, sum[r][b]);
}

/* The sizes become constants, so that the sums live in registers. */
INLINE void product_rows(const struct product *p, int rows, int blocks)
{
    switch (rows) {
#if ROWS == 8
    case 8:
        product_tile(p, 8, blocks);
        break;
    case 7:
        product_tile(p, 7, blocks);
        break;
    case 6:
        product_tile(p, 6, blocks);
        break;
    case 5:
        product_tile(p, 5, blocks);
        break;
    case 4:
        product_tile(p, 4, blocks);
        break;
#endif
    case 3:
        product_tile(p, 3, blocks);
        break;
    case 2:
        product_tile(p, 2, blocks);
        break;
    default:
        product_tile(p, 1, blocks);
    }
}

static void product_any(const struct product *p, int rows, int blocks)
{
    (void)blocks;
#if BLOCKS >= 3
    if (blocks == 3) {
        product_rows(p, rows, 3);
        return;
    }
#endif
#if BLOCKS >= 2
    if (blocks == 2) {
        product_rows(p, rows, 2);
        return;
    }
#endif
    product_rows(p, rows, 1);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static void dense_product(const struct mt_dense_matrix *W, int blocks, const float *x, size_t x_stride,
                          float *y, size_t y_stride, bool add)
{
    struct product p = {.row_stride = W->row_stride,
                        .depth_stride = W->depth_stride,
                        .x_stride = x_stride,
                        .y_stride = y_stride};
    for (int k = 0; k < W->depth; k += DEPTH) {
        p.depth = least(DEPTH, W->depth - k);
        p.add = add || k > 0;
        for (int b = 0; b < blocks; b += BLOCKS) {
            p.x = x + (size_t)b * x_stride + (size_t)k * 16;
            for (int r = 0; r < W->rows; r += ROWS) {
                p.w = W->w + (size_t)r * W->row_stride + (size_t)k * W->depth_stride;
                p.y = y + (size_t)b * y_stride + (size_t)r * 16;
                product_any(&p, least(ROWS, W->rows - r), least(BLOCKS, blocks - b));
            }
        }
    }
}

static void dense_finish(float *y, const float *part, int parts, size_t part_stride, const float *bias,
                         int outputs)
{
    for (int o = 0; o < outputs; o++) {
        vf sum = vf_load(part + (size_t)o * 16);
        for (int i = 1; i < parts; i++)
            sum = vf_add(sum, vf_load(part + (size_t)i * part_stride + (size_t)o * 16));
        vf_store(y + (size_t)o * 16, bias ? vf_add(sum, vf_set1(bias[o])) : sum);
    }
}

/* x with MT_DENSE_COLUMNS inputs side by side; those past `inputs` are zero. */
static void turn(float *out, int inputs, int blocks, const float *x, size_t x_stride)
{
    for (int b = 0; b < blocks; b++) {
        for (int i = 0; i < MT_DENSE_COLUMNS; i += 16) {
            vf m[16];
            for (int j = 0; j < 16; j++)
                m[j] = i + j < inputs ? vf_load(x + (size_t)b * x_stride + (size_t)(i + j) * 16) : vf_zero();
            vf_transpose(m);
            for (int l = 0; l < 16; l++)
                vf_store(out + (size_t)(b * 16 + l) * MT_DENSE_COLUMNS + i, m[l]);
        }
    }
}

struct outer {
    const float *x, *dy; /* x turned: [sample][MT_DENSE_COLUMNS] */
    float *dw;
    const float *next; /* may be NULL */
    size_t dy_stride, dw_stride;
    int blocks, inputs; /* of this tile: up to 16 * COLUMNS */
    bool add;
};

INLINE vf load_some(const float *p, int n)
{
    float part[16] __attribute__((aligned(64))) = {0};
    if (n >= 16)
        return vf_loadu(p);
    memcpy(part, p, (size_t)n * sizeof *p);
    return vf_load(part);
}

INLINE void store_some(float *p, vf a, int n)
{
    float part[16] __attribute__((aligned(64)));
    if (n >= 16) {
        vf_storeu(p, a);
        return;
    }
    vf_store(part, a);
    memcpy(p, part, (size_t)n * sizeof *p);
}

INLINE void outer_tile(const struct outer *t, int outputs)
{
    vf sum[OUTPUTS][COLUMNS];
    for (int o = 0; o < outputs; o++)
        for (int c = 0; c < COLUMNS; c++)
            sum[o][c] = t->add && t->inputs > c * 16
                            ? load_some(t->dw + (size_t)o * t->dw_stride + c * 16, t->inputs - c * 16)
                            : vf_zero();
    const float *x = t->x;
    for (int o = 0; o < outputs; o++)
        for (int c = 0; c < COLUMNS; c++)
            __builtin_prefetch(t->dw + (size_t)o * t->dw_stride + c * 16, 1);
    if (t->next)
        for (int o = 0; o < outputs; o++)
            for (int c = 0; c < COLUMNS; c++)
                __builtin_prefetch(t->next + (size_t)o * t->dw_stride + c * 16, 0, 2);
    for (int b = 0; b < t->blocks; b++) {
        const float *dy = t->dy + (size_t)b * t->dy_stride;
        for (int l = 0; l < 16; l++, x += MT_DENSE_COLUMNS) {
            vf v[COLUMNS];
            for (int c = 0; c < COLUMNS; c++)
                v[c] = vf_load(x + c * 16);
            for (int o = 0; o < outputs; o++) {
                vf d = vf_set1(dy[o * 16 + l]);
                for (int c = 0; c < COLUMNS; c++)
                    sum[o][c] = vf_fma(d, v[c], sum[o][c]);
            }
        }
    }
    for (int o = 0; o < outputs; o++)
        for (int c = 0; c < COLUMNS && t->inputs > c * 16; c++)
            store_some(t->dw + (size_t)o * t->dw_stride + c * 16, sum[o][c], t->inputs - c * 16);
}

static void outer_any(const struct outer *t, int outputs)
{
    switch (outputs) {
#if OUTPUTS == 6
    case 6:
        outer_tile(t, 6);
        break;
    case 5:
        outer_tile(t, 5);
        break;
    case 4:
        outer_tile(t, 4);
        break;
#endif
    case 3:
        outer_tile(t, 3);
        break;
    case 2:
        outer_tile(t, 2);
        break;
    default:
        outer_tile(t, 1);
    }
}

/* The weight gradients of the inputs of one strip, which lies turned at `x`. */
static void weights_strip(struct outer *t, int outputs, int o, int inputs, const float *x, const float *dy,
                          float *dw, const float *next)
{
    for (int i = 0; i < inputs; i += 16 * COLUMNS) {
        t->inputs = least(16 * COLUMNS, inputs - i);
        t->x = x + i;
        t->dy = dy + (size_t)o * 16;
        t->dw = dw + (size_t)o * t->dw_stride + i;
        t->next = next ? next + (size_t)o * t->dw_stride + i : NULL;
        outer_any(t, least(OUTPUTS, outputs - o));
    }
}

static void dense_weights(int outputs, int inputs, int blocks, const float *dy, size_t dy_stride,
                          const float *x, size_t x_stride, float *dw, size_t dw_stride, const float *next)
{
    float turned[MT_DENSE_TURNED] __attribute__((aligned(64)));
    struct outer t = {.dy_stride = dy_stride, .dw_stride = dw_stride};
    const int strips = (inputs - 1) / MT_DENSE_COLUMNS + 1,
              most = least(SAMPLES / 16, MT_DENSE_TURNED / (strips * MT_DENSE_COLUMNS * 16));
    for (int b = 0; b < blocks; b += most) {
        t.blocks = least(most, blocks - b);
        t.add = b > 0;
        const size_t strip = (size_t)(t.blocks * 16 * MT_DENSE_COLUMNS);
        for (int s = 0, i = 0; s < strips; s++, i += MT_DENSE_COLUMNS)
            turn(turned + (size_t)s * strip, least(MT_DENSE_COLUMNS, inputs - i), t.blocks,
                 x + (size_t)b * x_stride + (size_t)i * 16, x_stride);
        for (int o = 0; o < outputs; o += OUTPUTS)
            for (int s = 0, i = 0; s < strips; s++, i += MT_DENSE_COLUMNS)
                weights_strip(&t, outputs, o, least(MT_DENSE_COLUMNS, inputs - i), turned + (size_t)s * strip,
                              dy + (size_t)b * dy_stride, dw + i, next && !b ? next + i : NULL);
    }
}

static void dense_bias(int outputs, int blocks, const float *dy, size_t dy_stride, float *db)
{
    for (int o = 0; o < outputs; o++) {
        vf sum = vf_load(dy + (size_t)o * 16);
        for (int b = 1; b < blocks; b++)
            sum = vf_add(sum, vf_load(dy + (size_t)b * dy_stride + (size_t)o * 16));
        db[o] = vf_sum(sum);
    }
}

#undef ROWS
#undef BLOCKS
#undef OUTPUTS
#undef COLUMNS
#undef DEPTH
#undef SAMPLES
#undef INLINE

#define MT_DENSE_KERNELS                                                                                     \
    {                                                                                                        \
        .product = dense_product, .finish = dense_finish, .weights = dense_weights, .bias = dense_bias,      \
    }
