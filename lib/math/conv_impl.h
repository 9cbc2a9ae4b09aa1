#define MT_CONV_KERNELS {0}
