#ifndef MT_MATH_VECTOR_H
#define MT_MATH_VECTOR_H

struct mt_vector_kernels {
    int unused;
};

#endif
