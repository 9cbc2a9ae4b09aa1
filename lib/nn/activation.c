#include "lib/nn/activation.h"

#include <math.h>
#include <string.h>

#include "lib/nn/layer.h"

const char *const mt_activation_names[] = {"linear", "relu", "leaky_relu", "tanh", "sigmoid", NULL};

static const struct mt_map_kernels *map_of(const struct mt_kernels *k, enum mt_activation f)
{
    const struct mt_map_kernels *const map[] = {
        [MT_RELU] = &k->vector.relu,
        [MT_LEAKY_RELU] = &k->vector.leaky_relu,
        [MT_TANH] = &k->vector.tanh,
        [MT_SIGMOID] = &k->vector.sigmoid,
    };
    return f == MT_LINEAR ? NULL : map[f];
}

void mt_activate(const struct mt_kernels *k, enum mt_activation f, float slope, float *y, const float *x,
                 size_t n)
{
    const struct mt_map_kernels *map = map_of(k, f);
    if (map)
        map->forward(y, x, n, slope);
    else if (y != x)
        memcpy(y, x, n * sizeof *y);
}

void mt_activate_backward(const struct mt_kernels *k, enum mt_activation f, float slope, float *dx,
                          const float *dy, const float *y, size_t n)
{
    const struct mt_map_kernels *map = map_of(k, f);
    if (map)
        map->backward(dx, dy, y, n, slope);
    else if (dx != dy)
        memcpy(dx, dy, n * sizeof *dx);
}
