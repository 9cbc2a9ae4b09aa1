#include "lib/bench/workload.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bench/layers.h"
#include "lib/bench/memory.h"
#include "lib/bench/random_data.h"
#include "lib/bench/rates.h"
#include "lib/core/memory.h"
#include "lib/math/gemm.h"
#include "lib/train/trainer.h"

/* ---- opening ---- */

/* What the options leave open comes from the experiment's own training data. */
static int complete(struct mt_bench_random *r, const struct mt_experiment *e, struct mt_pool *pool,
                    const char **key, struct mt_err *err)
{
    struct mt_splits real;
    if (r->shape.c && r->classes)
        return 0;
    if (mt_splits_open(&real, e, pool, key, err) < 0) {
        struct mt_err inner = *err;
        return mt_err_set(err, inner.kind, "%.1800s; or give both --shape and --classes", inner.text);
    }
    r->shape = r->shape.c ? r->shape : real.train_data.shape;
    r->classes = r->classes ? r->classes : real.train_data.classes;
    mt_splits_release(&real);
    return 0;
}

static int open_random(struct mt_setup *s, const struct mt_experiment *e, struct mt_bench_random r,
                       const char **key, struct mt_err *err)
{
    struct mt_splits *p = &s->splits;
    if (complete(&r, e, s->pool, key, err) < 0)
        return -1;
    *key = NULL;
    if (mt_random_data(&p->train_data, r.n, r.shape, r.classes, s->pool, err) < 0 ||
        mt_view_all(&p->train, &p->train_data, err) < 0)
        return -1;
    *key = "data.augment";
    if (mt_splits_augment(p, e, s->pool, err) < 0)
        return -1;
    *key = NULL;
    return mt_scale_fit(&p->scale, (enum mt_scale_mode)e->data.scale, e->data.max, &p->train, s->pool, err);
}

static int check_batches(const struct mt_model *m, int64_t images, struct mt_err *err)
{
    long long batch = m->stages.max_batch;
    if (batch <= images)
        return 0;
    return mt_err_set(err, MT_ERR_USAGE,
                      "%lld random images are less than one batch: train.batch_size, or that of a stage, is "
                      "%lld; use --random %lld or more",
                      (long long)images, batch, batch);
}

/* As mt_setup_open, with random data. */
static int setup_random(struct mt_setup *s, const struct mt_experiment *e, const struct mt_bench_options *o,
                        const char **key, struct mt_err *err)
{
    memset(s, 0, sizeof *s);
    *key = NULL;
    if (!(s->kernels = mt_kernels_pick(o->cpu_limit)))
        return mt_err_set(err, MT_ERR_USAGE, "--cpu: expected avx512, avx2 or c, got '%s'", o->cpu_limit);
    if (mt_experiment_check(e, key, err) < 0 || mt_gemm_open(err) < 0)
        return -1;
    if (mt_pool_new(&s->pool, o->threads ? o->threads : mt_pool_cpus(), err) < 0)
        return -1;
    if (open_random(s, e, o->random, key, err) < 0)
        goto fail;
    s->bf16 = e->train.precision == MT_BF16 ? mt_bf16_pick(s->kernels) : NULL;
    struct mt_model_options model = {.input = s->splits.train_data.shape,
                                     .classes = s->splits.train_data.classes,
                                     .training = true,
                                     .pixel = s->splits.train_data.pixel,
                                     .augment = &s->splits.augment,
                                     .kernels = s->kernels,
                                     .bf16 = s->bf16,
                                     .pool = s->pool};
    if (mt_model_new(&s->model, e, &model, key, err) < 0 || check_batches(s->model, o->random.n, err) < 0)
        goto fail;
    return 0;
fail:
    mt_setup_release(s);
    return -1;
}

static int setup(struct mt_setup *s, const struct mt_experiment *e, const struct mt_bench_options *o,
                 const struct mt_talker *talker, const char **key, struct mt_err *err)
{
    if (o->random.n)
        return setup_random(s, e, o, key, err);
    struct mt_setup_options options = {.threads = o->threads, .cpu_limit = o->cpu_limit, .training = true};
    return mt_setup_open(s, e, &options, talker, key, err);
}

static int check_memory(const struct mt_setup *s, const struct mt_experiment *e, struct mt_err *err)
{
    struct mt_needs needs;
    struct mt_memory_there there;
    mt_needs_of(&needs, s, e);
    mt_memory_there(&there);
    return mt_needs_check(&needs, &there, MT_NEEDS_LESS, err);
}

static int start(struct mt_setup *s, struct mt_trainer *t, const struct mt_experiment *e,
                 const struct mt_bench_options *o, const struct mt_talker *talker, const char **key,
                 struct mt_err *err)
{
    memset(t, 0, sizeof *t);
    if (setup(s, e, o, talker, key, err) < 0)
        return -1;
    *key = NULL;
    if (check_memory(s, e, err) < 0 || mt_model_commit(s->model, err) < 0 ||
        mt_trainer_init(t, e, &s->splits, s->model, err) < 0) {
        mt_setup_release(s);
        return -1;
    }
    mt_model_init(s->model, (uint64_t)e->seed);
    return 0;
}

/* ---- measuring ---- */

static void note_sizes(struct mt_bench *b, const struct mt_setup *s, const struct mt_experiment *e)
{
    const struct mt_splits *p = &s->splits;
    b->kernels = s->kernels;
    b->bf16 = s->bf16;
    b->threads = mt_pool_threads(s->pool);
    b->images = p->train.n;
    b->batch = (int)e->train.batch_size;
    b->dim = s->model->dim;
    b->classes = s->model->classes;
    b->shape = p->train_data.shape;
    b->parameters = mt_tensors_count(&s->model->tensors, true);
    memcpy(b->planned, s->model->plan.bytes, sizeof b->planned);
    mt_needs_of(&b->needs, s, e);
}

int mt_bench_run(struct mt_bench *b, const struct mt_experiment *e, const struct mt_bench_options *options,
                 const struct mt_talker *talker, const char **key, struct mt_err *err)
{
    struct mt_setup s;
    struct mt_trainer t;
    memset(b, 0, sizeof *b);
    mt_rss_reset();
    if (start(&s, &t, e, options, talker, key, err) < 0)
        return -1;
    note_sizes(b, &s, e);
    int rc = mt_rate_train(&b->train, &t, 0.6 * options->seconds, err);
    if (rc == 0) {
        rc = mt_rate_infer(&b->infer, &s, 0.2 * options->seconds, err);
        b->peak = mt_rss_peak();
    }
    if (rc == 0)
        rc = mt_bench_layers(b, &s, &t, 0.2 * options->seconds, err);
    mt_trainer_release(&t);
    mt_setup_release(&s);
    if (rc < 0)
        mt_bench_release(b);
    return rc;
}

void mt_bench_release(struct mt_bench *b)
{
    free(b->layer);
    memset(b, 0, sizeof *b);
}

int mt_bench_train_rate(struct mt_spread *rate, const struct mt_experiment *e,
                        const struct mt_bench_options *options, const struct mt_talker *talker,
                        const char **key, struct mt_err *err)
{
    struct mt_setup s;
    struct mt_trainer t;
    if (start(&s, &t, e, options, talker, key, err) < 0)
        return -1;
    int rc = mt_rate_train(rate, &t, options->seconds, err);
    mt_trainer_release(&t);
    mt_setup_release(&s);
    return rc;
}
