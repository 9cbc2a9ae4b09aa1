/* vector_impl.h: the kernels of vector.h, compiled once per instruction set. */
#include "lib/math/exp_impl.h"
#include "lib/math/vector.h"

#define EACH_VF(i, n) for (size_t i = 0; i < (n); i += 16)

static void relu_forward(float *y, const float *x, size_t n, float slope)
{
    (void)slope;
    EACH_VF(i, n)
    vf_store(y + i, vf_max(vf_zero(), vf_load(x + i)));
}

static void relu_backward(float *dx, const float *dy, const float *y, size_t n, float slope)
{
    (void)slope;
    EACH_VF(i, n)
    vf_store(dx + i, vf_select(vf_gt(vf_load(y + i), vf_zero()), vf_load(dy + i), vf_zero()));
}

static void leaky_relu_forward(float *y, const float *x, size_t n, float slope)
{
    EACH_VF(i, n)
    {
        vf v = vf_load(x + i);
        vf_store(y + i, vf_select(vf_gt(v, vf_zero()), v, vf_mul(vf_set1(slope), v)));
    }
}

static void leaky_relu_backward(float *dx, const float *dy, const float *y, size_t n, float slope)
{
    EACH_VF(i, n)
    {
        vf d = vf_load(dy + i);
        vf_store(dx + i, vf_select(vf_gt(vf_load(y + i), vf_zero()), d, vf_mul(vf_set1(slope), d)));
    }
}

/* exp(x) with an error of about 1e-7 of the result, for x clamped to [-87, 88] */
static inline vf vf_exp(vf x)
{
    x = vf_max(vf_set1(-87.0f), x);
    return vf_exp_within(vf_select(vf_gt(x, vf_set1(88.0f)), vf_set1(88.0f), x));
}

/* Near zero the Taylor series x - x^3 (1/3 - 2/15 x^2 + ...), since 1 - 2 / (exp(2x) + 1) would cancel there.
 */
static inline vf vf_tanh(vf x)
{
    const float near = 0.45f;
    const float c[] = {-21844.0f / 6081075, 1382.0f / 155925, -62.0f / 2835,
                       17.0f / 315,         -2.0f / 15,       1.0f / 3};
    vf e = vf_exp(vf_add(x, x));
    vf far = vf_sub(vf_set1(1.0f), vf_div(vf_set1(2.0f), vf_add(e, vf_set1(1.0f))));
    vf z = vf_mul(x, x), p = vf_set1(c[0]);
    for (int i = 1; i < 6; i++)
        p = vf_fma(p, z, vf_set1(c[i]));
    vf small = vf_sub(x, vf_mul(vf_mul(x, z), p));
    return vf_select(vf_gt(vf_set1(near * near), z), small, far);
}

static void tanh_forward(float *y, const float *x, size_t n, float slope)
{
    (void)slope;
    EACH_VF(i, n)
    vf_store(y + i, vf_tanh(vf_load(x + i)));
}

static void tanh_backward(float *dx, const float *dy, const float *y, size_t n, float slope)
{
    (void)slope;
    EACH_VF(i, n)
    {
        vf v = vf_load(y + i);
        vf_store(dx + i, vf_mul(vf_load(dy + i), vf_sub(vf_set1(1.0f), vf_mul(v, v))));
    }
}

static void sigmoid_forward(float *y, const float *x, size_t n, float slope)
{
    (void)slope;
    EACH_VF(i, n)
    {
        vf e = vf_exp(vf_sub(vf_zero(), vf_load(x + i)));
        vf_store(y + i, vf_div(vf_set1(1.0f), vf_add(vf_set1(1.0f), e)));
    }
}

static void sigmoid_backward(float *dx, const float *dy, const float *y, size_t n, float slope)
{
    (void)slope;
    EACH_VF(i, n)
    {
        vf v = vf_load(y + i);
        vf_store(dx + i, vf_mul(vf_load(dy + i), vf_mul(v, vf_sub(vf_set1(1.0f), v))));
    }
}

static void vector_prelu(float *y, const float *x, const float *alpha, size_t n)
{
    for (size_t e = 0; e < n; e++) {
        vf v = vf_load(x + e * 16);
        vf_store(y + e * 16, vf_select(vf_gt(v, vf_zero()), v, vf_mul(vf_set1(alpha[e]), v)));
    }
}

static void vector_prelu_backward(float *dx, const float *dy, const float *x, const float *alpha, size_t n)
{
    for (size_t e = 0; e < n; e++) {
        vf d = vf_load(dy + e * 16);
        vmask positive = vf_gt(vf_load(x + e * 16), vf_zero());
        vf_store(dx + e * 16, vf_select(positive, d, vf_mul(vf_set1(alpha[e]), d)));
    }
}

static void vector_prelu_alpha(float *dalpha, size_t n, int blocks, const float *dy, size_t dy_stride,
                               const float *x, size_t x_stride)
{
    for (size_t e = 0; e < n; e++) {
        vf sum = vf_zero();
        for (int b = 0; b < blocks; b++) {
            vf v = vf_load(x + (size_t)b * x_stride + e * 16),
               d = vf_load(dy + (size_t)b * dy_stride + e * 16);
            sum = vf_fma(d, vf_select(vf_gt(v, vf_zero()), vf_zero(), v), sum);
        }
        dalpha[e] = vf_sum(sum);
    }
}

static void vector_keep(float *y, const float *x, const uint16_t *bits, float scale, size_t n)
{
    for (size_t e = 0; e < n; e++)
        vf_store(y + e * 16, vf_select(bits[e], vf_mul(vf_load(x + e * 16), vf_set1(scale)), vf_zero()));
}

#define MT_VECTOR_KERNELS                                                                                    \
    {                                                                                                        \
        .relu = {relu_forward, relu_backward}, .leaky_relu = {leaky_relu_forward, leaky_relu_backward},      \
        .tanh = {tanh_forward, tanh_backward}, .sigmoid = {sigmoid_forward, sigmoid_backward},               \
        .prelu = vector_prelu, .prelu_backward = vector_prelu_backward, .prelu_alpha = vector_prelu_alpha,   \
        .keep = vector_keep,                                                                                 \
    }
