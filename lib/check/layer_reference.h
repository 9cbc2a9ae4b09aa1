/* layer_reference.h: what every layer computes, in double, one element after another, by the definitions
 * alone. Activations are (n,C,H,W) row-major. */
#ifndef MT_CHECK_LAYER_REFERENCE_H
#define MT_CHECK_LAYER_REFERENCE_H

#include "lib/nn/net.h"

/* A network's weights in double, and the pass to repeat. */
struct mt_layer_batch {
    const struct mt_net *net;
    const struct mt_tensors *tensors;
    const struct mt_pass *pass;
    double **w;      /* by tensor */
    double *work[2]; /* each for the largest activation of the batch */
};

struct mt_layer_reference {
    const char *name;
    void (*forward)(const struct mt_layer_batch *b, const struct mt_layer *l, int n, const double *x,
                    double *y);
};

const struct mt_layer_reference *mt_layer_reference_find(const char *name);

int mt_layer_batch_init(struct mt_layer_batch *b, const struct mt_net *net, const struct mt_tensors *tensors,
                        const struct mt_pass *pass, struct mt_err *err);
void mt_layer_batch_release(struct mt_layer_batch *b);
/* The output (n,D) for x (n, count of the input), valid until the next call. */
const double *mt_layer_reference_forward(const struct mt_layer_batch *b, int n, const double *x);

#endif
