#include "lib/head/lse.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

/* Four numbers side by side, which every processor has instructions for. Lane k of a row holds its elements
 * k, k + 4, ...: the order of all sums is fixed. */
#define LANES 4
typedef float vec __attribute__((vector_size(16)));
typedef uint32_t bits __attribute__((vector_size(16)));
typedef double wide __attribute__((vector_size(32)));

static inline vec load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline vec fill(float x)
{
    return (vec){x, x, x, x};
}

/* mask ? a : b, for what a comparison gives */
static inline vec choose(bits mask, vec a, vec b)
{
    return (vec)((mask & (bits)a) | (~mask & (bits)b));
}

/* exp(x) for x <= 0 within 2 units in the last place, with the same bits on every processor: x = n ln 2 + r,
 * |r| <= ln(2)/2, Taylor series for e^r. Below -80, where it cannot matter beside 1, it stays at e^-80:
 * numbers too small for the normal format would cost a hundred times the time. NaN stays NaN. */
static inline vec exp_negative(vec x)
{
    const vec round = fill(0x1.8p23f); /* adding it leaves the nearest integer in the low bits */
    x = choose((bits)(x < fill(-80.0f)), fill(-80.0f), x);
    vec t = x * fill(0x1.715476p+0f) + round;
    vec n = t - round;
    vec r = (x - n * fill(0x1.62e4p-1f)) -
            n * fill(0x1.7f7d1cp-20f); /* ln 2 in two parts; the first product is exact */
    vec p = fill(1 / 5040.0f);
    p = p * r + fill(1 / 720.0f);
    p = p * r + fill(1 / 120.0f);
    p = p * r + fill(1 / 24.0f);
    p = p * r + fill(1 / 6.0f);
    p = p * r + fill(0.5f);
    p = p * r + fill(1.0f);
    p = p * r + fill(1.0f);
    return p * (vec)(((bits)t + 127) << 23); /* 2^n: what `round` adds above the low bits is shifted out */
}

static float row_max(int C, const float *c)
{
    vec lane = fill(-FLT_MAX);
    float max = -FLT_MAX;
    int j = 0;
    for (; j + LANES <= C; j += LANES) {
        vec v = load(c + j);
        lane = choose((bits)(v > lane), v, lane);
    }
    for (; j < C; j++)
        max = c[j] > max ? c[j] : max;
    for (int k = 0; k < LANES; k++)
        max = lane[k] > max ? lane[k] : max;
    return max;
}

static double row_exp(int C, float scale, float max, const float *c, float *e)
{
    wide lane = {0};
    double sum = 0;
    int j = 0;
    for (; j + LANES <= C; j += LANES) {
        vec v = exp_negative(fill(scale) * (load(c + j) - fill(max)));
        memcpy(e + j, &v, sizeof v);
        lane += __builtin_convertvector(v, wide);
    }
    for (; j < C; j++) {
        e[j] = exp_negative(fill(scale * (c[j] - max)))[0];
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
