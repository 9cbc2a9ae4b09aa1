/* golden_net.h: a network with a head that runs single training steps from given weights: for comparison with
 * a reference written elsewhere. */
#ifndef MT_TESTS_GOLDEN_NET_H
#define MT_TESTS_GOLDEN_NET_H

#include "lib/conf/conf.h"
#include "lib/train/model.h"

struct golden_net {
    struct mt_conf *conf;
    struct mt_experiment e;
    struct mt_pool *pool;
    struct mt_model *model;
};

/* Builds what the experiment file `path` describes, for 28x28 images in 10 classes. `optimizer` replaces
 * train.optimizer ("sgd"), or is NULL. Returns 0, or -1 with the reason on stderr. */
int golden_net_open(struct golden_net *g, const char *path, const char *optimizer);
void golden_net_close(struct golden_net *g);

/* One pass forward and backward over images x (n,784) and labels (n): leaves the gradients in the tensors,
 * moves the state, and returns the mean loss. */
double golden_net_pass(struct golden_net *g, int n, const float *x, const int32_t *label);
/* One step of the optimizer on the gradients of the last pass, at its configured rate. */
void golden_net_update(struct golden_net *g);

#endif
