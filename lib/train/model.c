#include "lib/train/model.h"

#include <stdlib.h>
#include <string.h>

#include "lib/math/gemm.h"
#include "lib/train/model_stages.h"

/* Passes that only look at data take at least this many samples at once, so that several threads find work.
 * Not a function of the number of threads: sums over passes would then depend on it. */
#define LEAST_BATCH 64

/* model.normalize is a layer like any other, behind those of the backbone. */
static int collect_layers(struct mt_model *m, const struct mt_experiment *e, struct mt_err *err)
{
    int n = e->model.backbone.n + (e->model.normalize ? 1 : 0);
    m->layers.v = calloc((size_t)n + 1, sizeof *m->layers.v);
    if (!m->layers.v)
        return mt_err_memory(err, "the list of layers", (size_t)n * sizeof *m->layers.v);
    memcpy(m->layers.v, e->model.backbone.v, (size_t)e->model.backbone.n * sizeof *m->layers.v);
    m->layers.n = n;
    if (!e->model.normalize)
        return 0;
    struct mt_variant *last = &m->layers.v[n - 1];
    last->kind = mt_table_find(&mt_layer_table, "l2_normalize");
    last->cfg = m->normalize_cfg = calloc(1, last->kind->cfg_size);
    return last->cfg ? 0 : mt_err_memory(err, "a layer", last->kind->cfg_size);
}

/* Samples in memory that are not transformed need none. */
static int plan_loader(struct mt_model *m, const struct mt_model_options *o, struct mt_err *err)
{
    m->augment = o->training && o->augment && o->augment->n_random ? o->augment : NULL;
    struct mt_loader_options options = {.shape = o->input,
                                        .pixel = o->pixel,
                                        .max_batch = m->max_batch,
                                        .threads = mt_pool_threads(o->pool),
                                        .augment = m->augment};
    if (!o->streamed && !m->augment)
        return 0;
    if (mt_loader_new(&m->loader, &options, &m->plan, err) < 0)
        return -1;
    return mt_plan_add(&m->plan, MT_AREA_SAMPLES, &m->row, (size_t)m->max_batch, sizeof *m->row, err);
}

static int build(struct mt_model *m, const struct mt_experiment *e, const struct mt_model_options *o,
                 const char **key, struct mt_err *err)
{
    if (e->train.conv != MT_CONV_DIRECT && e->train.precision == MT_BF16) {
        *key = "train.conv";
        return mt_err_set(err, MT_ERR_USAGE,
                          "winograd adds in float32 and does not go with train.precision: bf16; remove one of them");
    }
    *key = "model.backbone";
    if (mt_stages_new(&m->stages, e, err) < 0)
        return -1;
    m->max_batch = m->stages.max_batch > LEAST_BATCH ? (int)m->stages.max_batch : LEAST_BATCH;
    m->pool = o->pool;
    m->arrangements = o->arrangements;
    m->classes = o->classes;
    struct mt_net_options net = {.input = o->input,
                                 .max_batch = m->max_batch,
                                 .training = o->training,
                                 .conv = (enum mt_conv_algorithm)e->train.conv,
                                 .kernels = o->kernels,
                                 .bf16 = o->bf16,
                                 .pool = o->pool};
    if (collect_layers(m, e, err) < 0 ||
        mt_net_new(&m->net, &m->layers, &net, &m->plan, &m->tensors, err) < 0)
        return -1;
    m->dim = mt_net_dim(m->net);
    *key = "head";
    if (mt_model_heads(m, e, o, err) < 0)
        return -1;
    *key = "train.stages";
    if (mt_model_check_freeze(m, err) < 0)
        return -1;
    *key = NULL;
    if (plan_loader(m, o, err) < 0 ||
        mt_plan_add(&m->plan, MT_AREA_SCRATCH, &m->label, (size_t)m->max_batch, sizeof *m->label, err) < 0)
        return -1;
    if (o->training &&
        (mt_plan_add(&m->plan, MT_AREA_SCRATCH, &m->dx, (size_t)m->max_batch * (size_t)m->dim, sizeof(float),
                     err) < 0 ||
         mt_optim_new(&m->optim, &e->train.optimizer, &m->tensors, o->pool, o->kernels, &m->plan, err) < 0))
        return -1;
    mt_model_enter(m, m->stages.n - 1);
    return 0;
}

int mt_model_new(struct mt_model **out, const struct mt_experiment *e, const struct mt_model_options *options,
                 const char **key, struct mt_err *err)
{
    struct mt_model *m = calloc(1, sizeof *m);
    *out = NULL;
    *key = NULL;
    if (!m)
        return mt_err_memory(err, "the model", sizeof *m);
    if (build(m, e, options, key, err) < 0) {
        mt_model_free(m);
        return -1;
    }
    *out = m;
    return 0;
}

int mt_model_commit(struct mt_model *m, struct mt_err *err)
{
    if (mt_plan_commit(&m->plan, err) < 0)
        return -1;
    for (int i = 0; m->row && i < m->max_batch; i++)
        m->row[i] = i;
    return mt_gemm_check_memory(mt_pool_threads(m->pool), err);
}

void mt_model_free(struct mt_model *m)
{
    if (!m)
        return;
    mt_loader_free(m->loader); /* whose threads write to the plan's block */
    mt_plan_release(&m->plan);
    mt_optim_free(m->optim);
    mt_model_release_heads(m);
    mt_stages_release(&m->stages);
    mt_net_free(m->net);
    mt_tensors_release(&m->tensors);
    free(m->normalize_cfg);
    free(m->layers.v);
    free(m);
}

void mt_model_init(struct mt_model *m, uint64_t seed)
{
    mt_net_init(m->net, seed);
    for (int i = 0; i < m->n_heads; i++)
        m->heads[i].head->type->init(m->heads[i].head, seed);
}

struct fill {
    struct mt_model *m;
    const struct mt_dataset *data;
    const struct mt_scale *scale;
    const int32_t *index;
    int n;
};

static void fill_block(void *arg, int block, int worker)
{
    const struct fill *f = arg;
    int at = block * MT_LANES, left = f->n - at;
    (void)worker;
    mt_batch_block(f->data, f->scale, f->index + at, left < MT_LANES ? left : MT_LANES,
                   mt_net_input(f->m->net, block));
}

void mt_model_input(struct mt_model *m, const struct mt_dataset *data, const struct mt_scale *scale,
                    const int32_t *index, int n)
{
    struct fill f = {m, data, scale, index, n};
    mt_pool_run(m->pool, mt_blocks(n), fill_block, &f);
}

int mt_model_feed(struct mt_model *m, const struct mt_dataset *data, const int32_t *index, int64_t n,
                  int64_t first, int batch, int64_t epoch, struct mt_err *err)
{
    epoch = m->augment ? epoch : MT_NO_EPOCH;
    m->loading = data->stream || epoch != MT_NO_EPOCH;
    return m->loading ? mt_loader_start(m->loader, data, index, n, first, batch, epoch, err) : 0;
}

void mt_model_stop_feeding(struct mt_model *m)
{
    if (m->loader)
        mt_loader_stop(m->loader);
}

int mt_model_load(struct mt_model *m, const struct mt_dataset *data, const struct mt_scale *scale,
                  const int32_t *index, int n, struct mt_err *err)
{
    const struct mt_dataset *batch;
    if (!m->loading) {
        mt_model_input(m, data, scale, index, n);
        return 0;
    }
    if (mt_loader_next(m->loader, &batch, err) < 0) {
        mt_loader_stop(m->loader);
        return -1;
    }
    mt_model_input(m, batch, scale, m->row, n);
    return 0;
}
