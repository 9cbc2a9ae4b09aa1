#ifndef MT_MATH_DENSE_H
#define MT_MATH_DENSE_H

struct mt_dense_kernels {
    int unused;
};

#endif
