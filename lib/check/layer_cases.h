/* layer_cases.h: with what keys, shapes and neighbors every layer is checked. */
#ifndef MT_CHECK_LAYER_CASES_H
#define MT_CHECK_LAYER_CASES_H

#include "lib/math/lanes.h"

struct mt_layer_case {
    const char *layer; /* the one that the case is about */
    const char *chain; /* layers with their keys: "conv2d filters=4 kernel=3,2 | relu" */
    struct mt_shape input;
    int n;
};

extern const struct mt_layer_case mt_layer_cases[]; /* ends with layer == NULL */

#endif
