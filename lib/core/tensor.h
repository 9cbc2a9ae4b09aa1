/* tensor.h: the named arrays of a model: weights with their gradients, and state without.
 *
 * Layers and the head add theirs while the model is planned; the optimizer walks the trainable ones, the checkpoint
 * saves and loads all of them by name. Names are `<layer name>/<what>`, for instance `conv1/kernel`, `head/weight`. */
#ifndef MT_CORE_TENSOR_H
#define MT_CORE_TENSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/err.h"
#include "lib/core/plan.h"

#define MT_TENSOR_NAME 80
#define MT_TENSOR_DIMS 4

struct mt_tensor {
    char name[MT_TENSOR_NAME];
    int ndim, dim[MT_TENSOR_DIMS];
    size_t count;     /* product of dim */
    bool trainable;   /* has a gradient and is moved by the optimizer */
    bool frozen;      /* trainable, but not now: the optimizer passes it over */
    bool decay;       /* takes part in weight decay (weights and kernels do; biases, gamma and beta do not) */
    double l2;        /* adds l2 * sum(w^2) to the loss */
    float *data;      /* row-major */
    float *grad;      /* same shape; NULL when not trainable */
};

struct mt_tensors {
    struct mt_tensor **list; /* owned; addresses stay fixed */
    int n, cap;
};

/* Describes a tensor; `dim` ends at ndim. */
struct mt_tensor_spec {
    const char *layer, *what; /* the name is layer/what */
    int ndim, dim[MT_TENSOR_DIMS];
    bool trainable, decay;
    double l2;
};

/* Adds a tensor and plans its memory. Returns it, or NULL with err set (also when the name is taken). */
struct mt_tensor *mt_tensors_add(struct mt_tensors *ts, struct mt_plan *plan, const struct mt_tensor_spec *spec,
                                 struct mt_err *err);
struct mt_tensor *mt_tensors_find(const struct mt_tensors *ts, const char *name);
/* The first tensor that holds a number which is not finite, or NULL. */
const struct mt_tensor *mt_tensors_find_nonfinite(const struct mt_tensors *ts);
bool mt_all_finite(const float *x, size_t n);
size_t mt_tensors_count(const struct mt_tensors *ts, bool trainable_only); /* elements */
void mt_tensors_release(struct mt_tensors *ts);

#endif
