/* unit.h: kernels on single rows of D floats: products, lengths and directions, in double and in one fixed
 * order, so that all sets give the same bytes. Rows need not be aligned, and are not touched beyond their
 * ends. */
#ifndef MT_MATH_UNIT_H
#define MT_MATH_UNIT_H

struct mt_unit_kernels {
    /* sum of a_d b_d */
    double (*dot)(int D, const float *a, const float *b);
    /* y = f x; y may be x */
    void (*scale)(int D, double f, const float *x, float *y);
    /* y = f (y + a u + b v) */
    void (*combine)(int D, double f, double a, const float *u, double b, const float *v, float *y);
    /* y = f (y + a u) */
    void (*lean)(int D, double f, double a, const float *u, float *y);
    /* sum of (a x_d - b w_d)^2 and of (a x_d + b w_d)^2 */
    void (*apart)(int D, double a, const float *x, double b, const float *w, double *difference, double *sum);
    /* y = a x + b w + c x, in this order for what cancels; returns the sum of squares before y is rounded */
    double (*tangent)(int D, double a, const float *x, double b, const float *w, double c, float *y);
};

#endif
