#include "lib/head/product.h"

#include <string.h>

#include "lib/math/gemm.h"

/* Below this many weights plain loops were faster than OpenBLAS. */
#define FEW 256

static bool few(int C, int D)
{
    return (size_t)C * (size_t)D <= FEW;
}

static void scores_plain(int n, int C, int D, const float *x, const float *w, float *out)
{
    for (int i = 0; i < n; i++) {
        const float *xi = x + (size_t)i * (size_t)D;
        float *row = out + (size_t)i * (size_t)C;
        for (int j = 0; j < C; j++) {
            const float *wj = w + (size_t)j * (size_t)D;
            float sum = 0;
            for (int d = 0; d < D; d++)
                sum += xi[d] * wj[d];
            row[j] = sum;
        }
    }
}

static void dx_plain(int n, int C, int D, const float *g, const float *w, float *dx)
{
    for (int i = 0; i < n; i++) {
        const float *row = g + (size_t)i * (size_t)C;
        float *out = dx + (size_t)i * (size_t)D;
        memset(out, 0, (size_t)D * sizeof *out);
        for (int j = 0; j < C; j++)
            for (int d = 0; d < D; d++)
                out[d] += row[j] * w[(size_t)j * (size_t)D + (size_t)d];
    }
}

static void dw_plain(int n, int width, int C, int D, const float *g, const float *x, float *dw)
{
    for (int i = 0; i < n; i++) {
        const float *row = g + (size_t)i * (size_t)C;
        const float *xi = x + (size_t)i * (size_t)D;
        for (int j = 0; j < width; j++)
            for (int d = 0; d < D; d++)
                dw[(size_t)j * (size_t)D + (size_t)d] += row[j] * xi[d];
    }
}

void mt_head_scores(int n, int C, int D, const float *x, const float *w, float *out)
{
    if (few(C, D))
        scores_plain(n, C, D, x, w, out);
    else
        mt_sgemm(false, true, n, C, D, 1, x, D, w, D, 0, out, C);
}

void mt_head_dx(int n, int C, int D, const float *g, const float *w, float *dx)
{
    if (few(C, D))
        dx_plain(n, C, D, g, w, dx);
    else
        mt_sgemm(false, false, n, D, C, 1, g, C, w, D, 0, dx, D);
}

void mt_head_dw(int n, int width, int C, int D, const float *g, const float *x, bool accumulate, float *dw)
{
    if (few(C, D)) {
        if (!accumulate)
            memset(dw, 0, (size_t)width * (size_t)D * sizeof *dw);
        dw_plain(n, width, C, D, g, x, dw);
    } else {
        mt_sgemm(true, false, width, D, n, 1, g, C, x, D, accumulate ? 1 : 0, dw, D);
    }
}
