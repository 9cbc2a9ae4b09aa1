/* vector.h: kernels that go over blocks element by element (lanes.h). Pointers are aligned to 64 bytes. */
#ifndef MT_MATH_VECTOR_H
#define MT_MATH_VECTOR_H

#include <stddef.h>
#include <stdint.h>

/* An elementwise function of n floats, a multiple of 16; y may be x and dx may be dy. `slope` is
 * leaky_relu's. */
struct mt_map_kernels {
    void (*forward)(float *y, const float *x, size_t n, float slope);
    void (*backward)(float *dx, const float *dy, const float *y, size_t n,
                     float slope); /* dx = dy f'(x), from y = f(x) */
};

struct mt_vector_kernels {
    struct mt_map_kernels relu, leaky_relu, tanh, sigmoid;
    /* y = x where x > 0, else alpha[e] x, for n elements of 16 lanes; dx likewise from dy. */
    void (*prelu)(float *y, const float *x, const float *alpha, size_t n);
    void (*prelu_backward)(float *dx, const float *dy, const float *x, const float *alpha, size_t n);
    /* dalpha[e] = sum over blocks and lanes of dy x where x <= 0, for n elements; blocks lie dy_stride and
     * x_stride floats apart. */
    void (*prelu_alpha)(float *dalpha, size_t n, int blocks, const float *dy, size_t dy_stride,
                        const float *x, size_t x_stride);
    /* y = x scale in the lanes whose bit is set, else 0, for n elements of 16 lanes; y may be x. */
    void (*keep)(float *y, const float *x, const uint16_t *bits, float scale, size_t n);
};

#endif
