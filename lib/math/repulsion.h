/* repulsion.h: what all other points do to a point under Student's t: the part of t-SNE's gradient that goes
 * over every pair. */
#ifndef MT_MATH_REPULSION_H
#define MT_MATH_REPULSION_H

#include <stddef.h>

struct mt_repulsion_kernels {
    /* For rows from..to-1 (even numbers) of n points (a multiple of 16), with q = 1 / (1 + |y_i - y_j|^2):
     * z_i = sum over j of q, the point itself included, and push_i = sum over j of q^2 (y_i - y_j).
     * Coordinates lie axis by axis, aligned to 64 bytes. Points that only fill up to n stand at
     * MT_REPULSION_FAR, where their q vanishes. */
    void (*push)(int axes, size_t n, size_t from, size_t to, const float *const y[3], float *const push[3],
                 float *z);
};

#define MT_REPULSION_FAR 1e12f

#endif
