#include "lib/train/model_stages.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/head/auto.h"

/* ---- heads ---- */

static struct mt_model_head *head_of(const struct mt_model *m, const struct mt_kind *kind)
{
    for (int i = 0; i < m->n_heads; i++)
        if (&m->heads[i].head->type->kind == kind)
            return &m->heads[i];
    return NULL;
}

static int add_head(struct mt_model *m, const struct mt_variant *variant,
                    const struct mt_head_options *options, struct mt_err *err)
{
    struct mt_model_head *slot = &m->heads[m->n_heads];
    struct mt_head_options o = *options;
    int rc =
        m->n_heads ? asprintf(&slot->name, "head_%s", variant->kind->name) : asprintf(&slot->name, "head");
    if (rc < 0) {
        slot->name = NULL;
        return mt_err_memory(err, "a name", 16);
    }
    o.name = slot->name;
    m->n_heads++;
    return mt_head_new(&slot->head, variant, &o, &m->plan, &m->tensors, err);
}

int mt_model_heads(struct mt_model *m, const struct mt_experiment *e, const struct mt_model_options *o,
                   struct mt_err *err)
{
    const struct mt_head_options options = {.classes = o->classes,
                                            .dim = m->dim,
                                            .max_batch = m->max_batch,
                                            .normalized = e->model.normalize,
                                            .pool = o->pool,
                                            .kernels = o->kernels};
    size_t largest = 1;
    if (!(m->heads = calloc((size_t)m->stages.n, sizeof *m->heads)))
        return mt_err_memory(err, "the heads", (size_t)m->stages.n * sizeof *m->heads);
    if (mt_auto_settle(&e->head, o->classes, m->dim, err) < 0)
        return -1;
    for (int i = m->stages.n - 1; i >= 0; i--) {
        const struct mt_variant *head = &m->stages.v[i].head;
        if (mt_auto_settle(head, o->classes, m->dim, err) < 0)
            return -1;
        largest = head->kind->cfg_size > largest ? head->kind->cfg_size : largest;
        if (!head_of(m, head->kind) && add_head(m, head, &options, err) < 0)
            return -1;
    }
    m->head_cfg = calloc(1, largest);
    return m->head_cfg ? 0 : mt_err_memory(err, "the head", largest);
}

void mt_model_release_heads(struct mt_model *m)
{
    for (int i = 0; i < m->n_heads; i++) {
        mt_head_free(m->heads[i].head);
        free(m->heads[i].name);
    }
    free(m->heads);
    free(m->head_cfg);
}

/* ---- frozen layers ---- */

static bool matches(const struct mt_strings *patterns, const char *name)
{
    for (int i = 0; i < patterns->n; i++)
        if (fnmatch(patterns->v[i], name, 0) == 0)
            return true;
    return false;
}

static bool is_of(const struct mt_tensor *t, const char *layer)
{
    size_t len = strlen(layer);
    return !strncmp(t->name, layer, len) && t->name[len] == '/';
}

static void freeze_tensors(struct mt_model *m, const char *layer, bool frozen)
{
    for (int i = 0; i < m->tensors.n; i++)
        if (is_of(m->tensors.list[i], layer))
            m->tensors.list[i]->frozen = frozen;
}

static bool names_something(const struct mt_model *m, const char *pattern)
{
    for (int i = 0; i < mt_net_layers(m->net); i++)
        if (fnmatch(pattern, mt_net_layer(m->net, i)->name, 0) == 0)
            return true;
    return fnmatch(pattern, "head", 0) == 0;
}

static bool leaves_something(const struct mt_model *m, const struct mt_stage *s)
{
    for (int i = 0; i < mt_net_layers(m->net); i++) {
        const char *name = mt_net_layer(m->net, i)->name;
        for (int t = 0; t < m->tensors.n && !matches(&s->freeze, name); t++)
            if (m->tensors.list[t]->trainable && is_of(m->tensors.list[t], name))
                return true;
    }
    return !matches(&s->freeze, "head");
}

int mt_model_check_freeze(const struct mt_model *m, struct mt_err *err)
{
    for (int i = 0; i < m->stages.n; i++) {
        const struct mt_stage *s = &m->stages.v[i];
        for (int p = 0; p < s->freeze.n; p++)
            if (!names_something(m, s->freeze.v[p]))
                return mt_err_set(
                    err, MT_ERR_USAGE,
                    "stage '%s' freezes '%s', and no layer has such a name; `metric-train check` prints "
                    "the names",
                    s->name, s->freeze.v[p]);
        if (!leaves_something(m, s))
            return mt_err_set(err, MT_ERR_USAGE, "stage '%s' freezes everything; leave something to train",
                              s->name);
    }
    return 0;
}

static void freeze(struct mt_model *m, const struct mt_stage *s)
{
    for (int i = 0; i < mt_net_layers(m->net); i++) {
        bool frozen = matches(&s->freeze, mt_net_layer(m->net, i)->name);
        mt_net_freeze(m->net, i, frozen);
        freeze_tensors(m, mt_net_layer(m->net, i)->name, frozen);
    }
    for (int i = 0; i < m->n_heads; i++)
        freeze_tensors(m, m->heads[i].name, m->heads[i].head != m->head || matches(&s->freeze, "head"));
}

/* ---- stages ---- */

void mt_model_enter(struct mt_model *m, int stage)
{
    const struct mt_stage *s = &m->stages.v[stage];
    m->stage = stage;
    m->head = head_of(m, s->head.kind)->head;
    memcpy(m->head_cfg, s->head.cfg, s->head.kind->cfg_size);
    mt_head_configure(m->head, m->head_cfg);
    mt_model_anneal(m, 1.0);
    freeze(m, s);
    if (m->optim)
        mt_optim_select(m->optim);
}

static void set_number(struct mt_model *m, const char *name, const struct mt_reals *range, double done)
{
    for (const struct mt_field *f = m->head->type->kind.fields; range->n && f->name; f++)
        if (!strcmp(f->name, name) && f->type == MT_REAL)
            *(double *)((char *)m->head_cfg + f->offset) = range->v[0] + (range->v[1] - range->v[0]) * done;
}

void mt_model_anneal(struct mt_model *m, double done)
{
    const struct mt_stage *s = &m->stages.v[m->stage];
    if (!s->anneal_s.n && !s->anneal_m.n)
        return;
    set_number(m, "s", &s->anneal_s, done);
    set_number(m, "m", &s->anneal_m, done);
    set_number(m, "m2", &s->anneal_m, done);
    mt_head_configure(m->head, m->head_cfg);
}
