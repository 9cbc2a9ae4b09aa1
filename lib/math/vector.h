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
};

#endif
