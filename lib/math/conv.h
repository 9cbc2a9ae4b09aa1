#ifndef MT_MATH_CONV_H
#define MT_MATH_CONV_H

struct mt_conv_kernels {
    int unused;
};

#endif
