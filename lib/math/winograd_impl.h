/* winograd_impl.h: the kernels of winograd.h, compiled once per instruction set.
 *
 * Transforms of two axes are those of one, first along the rows of a tile, then along its columns. Points
 * that differ in sign share their even and odd parts. */
#include "lib/math/winograd.h"

#ifdef __clang__
#define WINO_EACH(i, n) _Pragma("clang loop unroll(full)") for (int i = 0; i < (n); i++)
#else
#define WINO_EACH(i, n) _Pragma("GCC unroll 12") for (int i = 0; i < (n); i++)
#endif
#define WINO_CODE static inline __attribute__((always_inline)) void

#define WINO_MOST 6 /* inputs of a tile along an axis */

/* The points a = 3/4 and b = 3/2. */
#define WINO_A 0.75f
#define WINO_A2 0.5625f
#define WINO_A3 0.421875f
#define WINO_B 1.5f
#define WINO_B2 2.25f
#define WINO_B3 3.375f

/* ---- one axis ---- */

/* v = B^T d */
WINO_CODE wino_input(int m, const vf d[WINO_MOST], vf v[WINO_MOST])
{
    if (m == 2) {
        v[0] = vf_sub(d[0], d[2]);
        v[1] = vf_add(d[2], d[1]);
        v[2] = vf_sub(d[2], d[1]);
        v[3] = vf_sub(d[3], d[1]);
        return;
    }
    const vf a2b2 = vf_set1(WINO_A2 * WINO_B2), sum = vf_set1(-(WINO_A2 + WINO_B2));
    const vf a2 = vf_set1(-WINO_A2), b2 = vf_set1(-WINO_B2);
    const vf even_a = vf_fma(b2, d[2], d[4]), odd_a = vf_fma(b2, d[1], d[3]);
    const vf even_b = vf_fma(a2, d[2], d[4]), odd_b = vf_fma(a2, d[1], d[3]);
    v[0] = vf_fma(a2b2, d[0], vf_fma(sum, d[2], d[4]));
    v[1] = vf_fma(vf_set1(WINO_A), odd_a, even_a);
    v[2] = vf_fma(vf_set1(-WINO_A), odd_a, even_a);
    v[3] = vf_fma(vf_set1(WINO_B), odd_b, even_b);
    v[4] = vf_fma(vf_set1(-WINO_B), odd_b, even_b);
    v[5] = vf_fma(a2b2, d[1], vf_fma(sum, d[3], d[5]));
}

/* y = A^T m */
WINO_CODE wino_output(int outputs, const vf m[WINO_MOST], vf y[WINO_MOST])
{
    const vf even_a = vf_add(m[1], m[2]), odd_a = vf_sub(m[1], m[2]);
    if (outputs == 2) {
        y[0] = vf_add(m[0], even_a);
        y[1] = vf_add(odd_a, m[3]);
        return;
    }
    const vf even_b = vf_add(m[3], m[4]), odd_b = vf_sub(m[3], m[4]);
    y[0] = vf_add(m[0], vf_add(even_a, even_b));
    y[1] = vf_fma(vf_set1(WINO_A), odd_a, vf_mul(vf_set1(WINO_B), odd_b));
    y[2] = vf_fma(vf_set1(WINO_A2), even_a, vf_mul(vf_set1(WINO_B2), even_b));
    y[3] = vf_fma(vf_set1(WINO_A3), odd_a, vf_fma(vf_set1(WINO_B3), odd_b, m[5]));
}

/* m = A y */
WINO_CODE wino_gradient(int outputs, const vf y[WINO_MOST], vf m[WINO_MOST])
{
    if (outputs == 2) {
        m[0] = y[0];
        m[1] = vf_add(y[0], y[1]);
        m[2] = vf_sub(y[0], y[1]);
        m[3] = y[1];
        return;
    }
    const vf even_a = vf_fma(vf_set1(WINO_A2), y[2], y[0]), even_b = vf_fma(vf_set1(WINO_B2), y[2], y[0]);
    const vf odd_a = vf_fma(vf_set1(WINO_A3), y[3], vf_mul(vf_set1(WINO_A), y[1]));
    const vf odd_b = vf_fma(vf_set1(WINO_B3), y[3], vf_mul(vf_set1(WINO_B), y[1]));
    m[0] = y[0];
    m[1] = vf_add(even_a, odd_a);
    m[2] = vf_sub(even_a, odd_a);
    m[3] = vf_add(even_b, odd_b);
    m[4] = vf_sub(even_b, odd_b);
    m[5] = y[3];
}

/* w = G^T u */
WINO_CODE wino_kernel(int outputs, const vf u[WINO_MOST], vf w[WINO_MOST])
{
    const vf even_a = vf_add(u[1], u[2]), odd_a = vf_sub(u[1], u[2]);
    if (outputs == 2) {
        const vf half = vf_set1(0.5f), even = vf_mul(half, even_a);
        w[0] = vf_add(u[0], even);
        w[1] = vf_mul(half, odd_a);
        w[2] = vf_add(u[3], even);
        return;
    }
    const float ka = 1 / (2 * WINO_A2 * (WINO_A2 - WINO_B2)), kb = 1 / (2 * WINO_B2 * (WINO_B2 - WINO_A2));
    const vf even_b = vf_add(u[3], u[4]), odd_b = vf_sub(u[3], u[4]);
    const vf both = vf_fma(vf_set1(ka), even_a, vf_mul(vf_set1(kb), even_b));
    w[0] = vf_fma(vf_set1(1 / (WINO_A2 * WINO_B2)), u[0], both);
    w[1] = vf_fma(vf_set1(ka * WINO_A), odd_a, vf_mul(vf_set1(kb * WINO_B), odd_b));
    w[2] = vf_fma(vf_set1(ka * WINO_A2), even_a, vf_fma(vf_set1(kb * WINO_B2), even_b, u[5]));
}

/* ---- tiles ---- */

/* Elements [col, col + n) of a row. */
WINO_CODE wino_load(const struct mt_winograd_tiles *t, const float *row, int col, int n, bool inside,
                    vf d[WINO_MOST])
{
    const float *at = row + col * t->col;
    WINO_EACH(j, n)
    d[j] = inside || (col + j >= 0 && col + j < t->w) ? vf_load(at + j * t->col) : vf_zero();
}

WINO_CODE wino_input_tile(const struct mt_winograd_tiles *t, const float *x, int row, int col, float *v,
                          int m, bool inside)
{
    vf half[WINO_MOST][WINO_MOST], d[WINO_MOST], r[WINO_MOST];
    const int n = m + 2;
    for (int i = 0; i < n; i++) {
        const bool there = row + i >= 0 && row + i < t->h;
        if (there)
            wino_load(t, x + (row + i) * t->row, col, n, inside, d);
        else
            WINO_EACH(j, n)
        d[j] = vf_zero();
        wino_input(m, d, half[i]);
    }
    for (int j = 0; j < n; j++) {
        WINO_EACH(i, n)
        d[i] = half[i][j];
        wino_input(m, d, r);
        WINO_EACH(i, n)
        vf_store(v + (i * n + j) * t->position, r[i]);
    }
}

WINO_CODE wino_gradient_tile(const struct mt_winograd_tiles *t, const float *dy, int row, int col, float *dm,
                             int m, bool inside)
{
    vf half[WINO_MOST][WINO_MOST], d[WINO_MOST], r[WINO_MOST];
    const int n = m + 2;
    for (int i = 0; i < m; i++) {
        const bool there = row + i >= 0 && row + i < t->h;
        if (there)
            wino_load(t, dy + (row + i) * t->row, col, m, inside, d);
        else
            WINO_EACH(j, m)
        d[j] = vf_zero();
        wino_gradient(m, d, half[i]);
    }
    for (int j = 0; j < n; j++) {
        WINO_EACH(i, m)
        d[i] = half[i][j];
        wino_gradient(m, d, r);
        WINO_EACH(i, n)
        vf_store(dm + (i * n + j) * t->position, r[i]);
    }
}

WINO_CODE wino_output_tile(const struct mt_winograd_tiles *t, const float *from, vf bias, vf floor, float *y,
                           int row, int col, int m)
{
    vf half[WINO_MOST][WINO_MOST], d[WINO_MOST], r[WINO_MOST];
    const int n = m + 2, rows = t->h - row < m ? t->h - row : m, cols = t->w - col < m ? t->w - col : m;
    for (int j = 0; j < n; j++) {
        WINO_EACH(i, n)
        d[i] = vf_load(from + (i * n + j) * t->position);
        wino_output(m, d, r);
        WINO_EACH(i, m)
        half[i][j] = r[i];
    }
    for (int i = 0; i < rows; i++) {
        float *to = y + (row + i) * t->row + col * t->col;
        wino_output(m, half[i], r);
        WINO_EACH(j, m)
        if (j < cols)
            vf_store(to + j * t->col, vf_max(floor, vf_add(bias, r[j])));
    }
}

#define WINO_EACH_TILE(t, body)                                                                              \
    for (int i = 0; i < (t)->rows; i++) {                                                                    \
        for (int j = 0; j < (t)->cols; j++) {                                                                \
            const int row = (t)->top + i * (t)->outputs, col = (t)->left + j * (t)->outputs;                 \
            const ptrdiff_t at = (i * (t)->cols + j) * (t)->tile;                                            \
            body;                                                                                            \
        }                                                                                                    \
    }

static void winograd_input(const struct mt_winograd_tiles *t, const float *x, float *v)
{
    WINO_EACH_TILE(t, {
        const bool inside = col >= 0 && col + t->outputs + 2 <= t->w;
        if (t->outputs == 2 && inside)
            wino_input_tile(t, x, row, col, v + at, 2, true);
        else if (t->outputs == 2)
            wino_input_tile(t, x, row, col, v + at, 2, false);
        else if (inside)
            wino_input_tile(t, x, row, col, v + at, 4, true);
        else
            wino_input_tile(t, x, row, col, v + at, 4, false);
    })
}

static void winograd_gradient(const struct mt_winograd_tiles *t, const float *dy, float *dm)
{
    WINO_EACH_TILE(t, {
        const bool inside = col >= 0 && col + t->outputs <= t->w;
        if (t->outputs == 2 && inside)
            wino_gradient_tile(t, dy, row, col, dm + at, 2, true);
        else if (t->outputs == 2)
            wino_gradient_tile(t, dy, row, col, dm + at, 2, false);
        else if (inside)
            wino_gradient_tile(t, dy, row, col, dm + at, 4, true);
        else
            wino_gradient_tile(t, dy, row, col, dm + at, 4, false);
    })
}

static void winograd_output(const struct mt_winograd_tiles *t, const float *m, float bias, float floor,
                            float *y)
{
    const vf b = vf_set1(bias), f = vf_set1(floor);
    WINO_EACH_TILE(t, {
        if (t->outputs == 2)
            wino_output_tile(t, m + at, b, f, y, row, col, 2);
        else
            wino_output_tile(t, m + at, b, f, y, row, col, 4);
    })
}

WINO_CODE wino_kernels(int m, const float *du, size_t position, float *dw)
{
    vf half[3][WINO_MOST], d[WINO_MOST], r[WINO_MOST];
    const int n = m + 2;
    for (int j = 0; j < n; j++) {
        WINO_EACH(i, n)
        d[i] = vf_load(du + (size_t)(i * n + j) * position);
        wino_kernel(m, d, r);
        WINO_EACH(i, 3)
        half[i][j] = r[i];
    }
    for (int i = 0; i < 3; i++) {
        wino_kernel(m, half[i], r);
        WINO_EACH(j, 3)
        vf_store(dw + (3 * i + j) * 16, r[j]);
    }
}

static void winograd_kernels(int outputs, const float *du, size_t position, float *dw)
{
    if (outputs == 2)
        wino_kernels(2, du, position, dw);
    else
        wino_kernels(4, du, position, dw);
}

/* ---- products ---- */

/* Rows of accumulators that go with 1, 2, 3 and 4 vectors in a row. */
#if MT_SIMD_REGISTERS >= 32
#define WINO_VECTORS 4
#define WINO_ROWS_1 12
#define WINO_ROWS_2 12
#define WINO_ROWS_3 8
#define WINO_ROWS_4 6
#elif MT_SIMD_REGISTERS >= 8
#define WINO_VECTORS 3
#define WINO_ROWS_1 6
#define WINO_ROWS_2 3
#define WINO_ROWS_3 2
#else
#define WINO_VECTORS 1
#define WINO_ROWS_1 2
#endif
#define WINO_MOST_ROWS WINO_ROWS_1

/* R rows of V vectors. The rows of a lie side by side in memory and so are few streams. */
WINO_CODE wino_product_tile(const struct mt_winograd_product *p, const float *a, const float *b, float *c,
                            int R, int V)
{
    vf acc[WINO_MOST_ROWS][WINO_VECTORS];
    WINO_EACH(r, R)
    WINO_EACH(v, V)
    acc[r][v] = p->add ? vf_load(c + (size_t)r * p->c_row + v * 16) : vf_zero();
    for (int k = 0; k < p->depth; k++, b += p->b_row) {
        vf held[WINO_VECTORS];
        WINO_EACH(v, V)
        held[v] = vf_load(b + v * 16);
        WINO_EACH(r, R)
        {
            const vf scalar = vf_set1(a[(size_t)r * p->a_row + (size_t)k]);
            WINO_EACH(v, V)
            acc[r][v] = vf_fma(scalar, held[v], acc[r][v]);
        }
    }
    WINO_EACH(r, R)
    WINO_EACH(v, V)
    vf_store(c + (size_t)r * p->c_row + v * 16, acc[r][v]);
}

#define WINO_CASE(r, v)                                                                                      \
    case r:                                                                                                  \
        wino_product_tile(p, a, b, c, r, v);                                                                 \
        break;

/* All rows of V vectors; the last rows, fewer, by cases. */
#define WINO_PANEL(V, CASES)                                                                                 \
    static void wino_panel_##V(const struct mt_winograd_product *p, const float *b, float *c)                \
    {                                                                                                        \
        const float *a = p->a;                                                                               \
        int left = p->rows;                                                                                  \
        for (; left >= WINO_ROWS_##V; left -= WINO_ROWS_##V) {                                               \
            wino_product_tile(p, a, b, c, WINO_ROWS_##V, V);                                                 \
            a += WINO_ROWS_##V * p->a_row;                                                                   \
            c += WINO_ROWS_##V * p->c_row;                                                                   \
        }                                                                                                    \
        switch (left) {                                                                                      \
            CASES(V)                                                                                         \
        }                                                                                                    \
    }
#define WINO_CASES_2(v) WINO_CASE(1, v)
#define WINO_CASES_3(v) WINO_CASES_2(v) WINO_CASE(2, v)
#define WINO_CASES_6(v) WINO_CASES_3(v) WINO_CASE(3, v) WINO_CASE(4, v) WINO_CASE(5, v)
#define WINO_CASES_8(v) WINO_CASES_6(v) WINO_CASE(6, v) WINO_CASE(7, v)
#define WINO_CASES_12(v) WINO_CASES_8(v) WINO_CASE(8, v) WINO_CASE(9, v) WINO_CASE(10, v) WINO_CASE(11, v)

#if MT_SIMD_REGISTERS >= 32
WINO_PANEL(1, WINO_CASES_12)
WINO_PANEL(2, WINO_CASES_12)
WINO_PANEL(3, WINO_CASES_8)
WINO_PANEL(4, WINO_CASES_6)
#elif MT_SIMD_REGISTERS >= 8
WINO_PANEL(1, WINO_CASES_6)
WINO_PANEL(2, WINO_CASES_3)
WINO_PANEL(3, WINO_CASES_2)
#else
WINO_PANEL(1, WINO_CASES_2)
#endif

static void winograd_product(const struct mt_winograd_product *p)
{
    const int panels = (p->vectors + WINO_VECTORS - 1) / WINO_VECTORS;
    for (int i = 0, at = 0; i < panels; i++) { /* of nearly equal widths */
        const int width = (p->vectors - at + panels - i - 1) / (panels - i);
        const float *b = p->b + at * 16;
        float *c = p->c + at * 16;
        switch (width) {
        case 1:
            wino_panel_1(p, b, c);
            break;
#if WINO_VECTORS >= 2
        case 2:
            wino_panel_2(p, b, c);
            break;
#endif
#if WINO_VECTORS >= 3
        case 3:
            wino_panel_3(p, b, c);
            break;
#endif
#if WINO_VECTORS >= 4
        case 4:
            wino_panel_4(p, b, c);
            break;
#endif
        }
        at += width;
    }
}

/* ---- samples and channels change sides ---- */

static void winograd_transpose(const float *x, size_t x_channel, int channels, int n, float *to,
                               size_t to_element, size_t to_lane)
{
    for (int i = 0; i < n; i++) {
        for (int first = 0; first < channels; first += 16) {
            vf m[16];
            for (int ch = 0; ch < 16; ch++)
                m[ch] = first + ch < channels ? vf_load(x + (size_t)(first + ch) * x_channel + i * 16)
                                              : vf_zero();
            vf_transpose(m);
            for (int lane = 0; lane < 16; lane++)
                vf_store(to + (size_t)i * to_element + (size_t)lane * to_lane + first, m[lane]);
        }
    }
}

#define MT_WINOGRAD_KERNELS                                                                                  \
    {                                                                                                        \
        .input = winograd_input, .output = winograd_output, .gradient = winograd_gradient,                   \
        .kernels = winograd_kernels, .product = winograd_product, .transpose = winograd_transpose            \
    }
