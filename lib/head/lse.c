#include "lib/head/lse.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

#define LANES 8

/* exp(x) for x <= 0 within 2 units in the last place, written so that compilers vectorize it and with the
 * same bits on every processor: x = n ln 2 + r, |r| <= ln(2)/2, Taylor series for e^r. Below -87 it stays at
 * e^-87. NaN stays NaN. */
static inline float exp_negative(float x)
{
    const float round = 0x1.8p23f; /* adding it leaves the nearest integer in the low bits */
    x = x < -80.0f ? -80.0f : x;
    float t = x * 0x1.715476p+0f + round;
    float n = t - round;
    float r =
        (x - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f; /* ln 2 in two parts; the first product is exact */
    float p = 1 / 5040.0f;
    p = p * r + 1 / 720.0f;
    p = p * r + 1 / 120.0f;
    p = p * r + 1 / 24.0f;
    p = p * r + 1 / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    uint32_t bits;
    memcpy(&bits, &t, sizeof bits);
    bits = (bits + 127) << 23; /* 2^n: what `round` adds above the low bits is shifted out */
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static float row_max(int C, const float *c)
{
    float lane[LANES], max;
    int j = 0;
    for (int k = 0; k < LANES; k++)
        lane[k] = -FLT_MAX;
    for (; j + LANES <= C; j += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] = c[j + k] > lane[k] ? c[j + k] : lane[k];
    max = lane[0];
    for (int k = 1; k < LANES; k++)
        max = lane[k] > max ? lane[k] : max;
    for (; j < C; j++)
        max = c[j] > max ? c[j] : max;
    return max;
}

static double row_exp(int C, float scale, float max, const float *c, float *e)
{
    double lane[LANES] = {0}, sum = 0;
    int j = 0;
    for (; j + LANES <= C; j += LANES) {
        float v[LANES];
        for (int k = 0; k < LANES; k++)
            v[k] = exp_negative(scale * (c[j + k] - max));
        for (int k = 0; k < LANES; k++) {
            e[j + k] = v[k];
            lane[k] += (double)v[k];
        }
    }
    for (; j < C; j++) {
        e[j] = exp_negative(scale * (c[j] - max));
        sum += (double)e[j];
    }
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

void mt_lse_row(int C, int y, double scale, float *c, float *e, struct mt_lse *out)
{
    c[y] = -FLT_MAX;
    out->scale = scale;
    out->max = row_max(C, c);
    out->first = 0;
    while (out->first < C - 1 && c[out->first] != out->max)
        out->first++;
    out->sum = row_exp(C, (float)scale, out->max, c, e);
    out->sum -= (double)e[y]; /* which is not 0 where the scale is */
    e[y] = 0;
}
