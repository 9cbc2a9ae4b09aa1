#include "lib/head/product.h"

#include <string.h>

#include "lib/math/gemm.h"

/* Below this many weights plain loops were faster than OpenBLAS. */
#define FEW 256

static bool few(int width, int D)
{
    return (size_t)width * (size_t)D <= FEW;
}

static void scores_plain(int n, int width, int D, const float *x, const float *w, float *out, int ld)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < width; j++) {
            const float *wj = w + j * D;
            float sum = 0;
            for (int d = 0; d < D; d++)
                sum += x[d] * wj[d];
            out[j] = sum;
        }
        x += D;
        out += ld;
    }
}

static void dx_plain(int n, int C, int D, int width, const float *g, const float *w, float *dx)
{
    for (int i = 0; i < n; i++) {
        memset(dx, 0, (size_t)width * sizeof *dx);
        for (int j = 0; j < C; j++)
            for (int d = 0; d < width; d++)
                dx[d] += g[j] * w[j * D + d];
        g += C;
        dx += D;
    }
}

static void dw_plain(int n, int width, int D, const float *g, int ld, const float *x, float *dw)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < width; j++)
            for (int d = 0; d < D; d++)
                dw[j * D + d] += g[j] * x[d];
        g += ld;
        x += D;
    }
}

void mt_head_scores(int n, int width, int D, const float *x, const float *w, float *out, int ld)
{
    if (few(width, D))
        scores_plain(n, width, D, x, w, out, ld);
    else
        mt_sgemm(false, true, n, width, D, 1, x, D, w, D, 0, out, ld);
}

void mt_head_dx(int n, int C, int D, int width, const float *g, const float *w, float *dx)
{
    if (few(C, width))
        dx_plain(n, C, D, width, g, w, dx);
    else
        mt_sgemm(false, false, n, width, C, 1, g, C, w, D, 0, dx, D);
}

void mt_head_dw(int n, int width, int D, const float *g, int ld, const float *x, bool accumulate, float *dw)
{
    if (few(width, D)) {
        if (!accumulate)
            memset(dw, 0, (size_t)width * (size_t)D * sizeof *dw);
        dw_plain(n, width, D, g, ld, x, dw);
    } else {
        mt_sgemm(true, false, width, D, n, 1, g, ld, x, D, accumulate ? 1 : 0, dw, D);
    }
}
