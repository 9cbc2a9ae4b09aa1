#include "lib/core/tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int grow(struct mt_tensors *ts, struct mt_err *err)
{
    if (ts->n < ts->cap)
        return 0;
    int cap = ts->cap ? ts->cap * 2 : 32;
    struct mt_tensor **list = realloc(ts->list, (size_t)cap * sizeof *list);
    if (!list)
        return mt_err_memory(err, "the tensor list", (size_t)cap * sizeof *list);
    ts->list = list;
    ts->cap = cap;
    return 0;
}

struct mt_tensor *mt_tensors_add(struct mt_tensors *ts, struct mt_plan *plan,
                                 const struct mt_tensor_spec *spec, struct mt_err *err)
{
    if (grow(ts, err) < 0)
        return NULL;
    struct mt_tensor *t = calloc(1, sizeof *t);
    if (!t) {
        mt_err_memory(err, "a tensor", sizeof *t);
        return NULL;
    }
    snprintf(t->name, sizeof t->name, "%s/%s", spec->layer, spec->what);
    if (mt_tensors_find(ts, t->name)) {
        mt_err_set(err, MT_ERR_USAGE, "two layers are named '%s'; give one of them another name",
                   spec->layer);
        goto fail;
    }
    t->ndim = spec->ndim;
    t->count = 1;
    for (int i = 0; i < spec->ndim; i++) {
        t->dim[i] = spec->dim[i];
        if (__builtin_mul_overflow(t->count, (size_t)spec->dim[i], &t->count)) {
            mt_err_set(err, MT_ERR_RUN, "tensor '%s' has more elements than can be addressed", t->name);
            goto fail;
        }
    }
    t->trainable = spec->trainable;
    t->decay = spec->decay;
    t->l2 = spec->l2;
    if (mt_plan_add(plan, spec->trainable ? MT_AREA_PARAM : MT_AREA_STATE, &t->data, t->count, sizeof(float),
                    err) < 0)
        goto fail;
    if (spec->trainable && mt_plan_add(plan, MT_AREA_GRAD, &t->grad, t->count, sizeof(float), err) < 0)
        goto fail;
    ts->list[ts->n++] = t;
    return t;
fail:
    free(t);
    return NULL;
}

struct mt_tensor *mt_tensors_find(const struct mt_tensors *ts, const char *name)
{
    for (int i = 0; i < ts->n; i++)
        if (!strcmp(ts->list[i]->name, name))
            return ts->list[i];
    return NULL;
}

/* x - x is 0 for a finite x and not a number otherwise, and so is the sum: one test for all. */
bool mt_all_finite(const float *x, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] - x[i];
    return sum == 0;
}

const struct mt_tensor *mt_tensors_find_nonfinite(const struct mt_tensors *ts)
{
    for (int i = 0; i < ts->n; i++)
        if (!mt_all_finite(ts->list[i]->data, ts->list[i]->count))
            return ts->list[i];
    return NULL;
}

size_t mt_tensors_count(const struct mt_tensors *ts, bool trainable_only)
{
    size_t count = 0;
    for (int i = 0; i < ts->n; i++)
        if (!trainable_only || ts->list[i]->trainable)
            count += ts->list[i]->count;
    return count;
}

void mt_tensors_release(struct mt_tensors *ts)
{
    for (int i = 0; i < ts->n; i++)
        free(ts->list[i]);
    free(ts->list);
    memset(ts, 0, sizeof *ts);
}
