#include "lib/head/head.h"

#include <stdlib.h>

#include "lib/head/auto.h"
#include "lib/math/gemm.h"

static int check(const struct mt_head_type *type, const struct mt_variant *head,
                 const struct mt_head_options *o, struct mt_err *err)
{
    const char *key = NULL;
    if (o->classes < 2)
        return mt_err_set(err, MT_ERR_USAGE,
                          "head '%s' needs at least 2 classes, and the training data has %d", type->kind.name,
                          o->classes);
    if (o->normalized && type->free_norm)
        return mt_err_set(
            err, MT_ERR_USAGE,
            "head '%s' scales by the embedding's own length, which `normalize: true` makes 1; set "
            "model.normalize to false",
            type->kind.name);
    return type->check ? type->check(head->cfg, o->classes, o->dim, &key, err) : 0;
}

int mt_head_new(struct mt_head **out, const struct mt_variant *head, const struct mt_head_options *options,
                struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err)
{
    const struct mt_head_type *type = (const struct mt_head_type *)head->kind; /* its first member */
    struct mt_head *h = NULL;
    *out = NULL;
    if (mt_gemm_open(err) < 0 || check(type, head, options, err) < 0 ||
        mt_auto_settle(head, options->classes, options->dim, err) < 0)
        return -1;
    h = calloc(1, sizeof *h);
    if (!h || !(h->state = calloc(1, type->state_size))) {
        mt_err_memory(err, "the head", sizeof *h + type->state_size);
        goto fail;
    }
    h->type = type;
    h->name = options->name ? options->name : "head";
    h->cfg = head->cfg;
    h->classes = options->classes;
    h->dim = options->dim;
    h->max_batch = options->max_batch;
    h->pool = options->pool;
    h->k = options->kernels ? options->kernels : mt_kernels_pick(NULL);
    if (type->configure)
        type->configure(h);
    if (type->plan(h, plan, tensors, err) < 0)
        goto fail;
    *out = h;
    return 0;
fail:
    mt_head_free(h);
    return -1;
}

void mt_head_configure(struct mt_head *h, const void *cfg)
{
    h->cfg = cfg;
    if (h->type->configure)
        h->type->configure(h);
}

void mt_head_free(struct mt_head *h)
{
    if (!h)
        return;
    free(h->state);
    free(h);
}
