#include "lib/train/setup.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/core/file.h"
#include "lib/math/gemm.h"
#include "lib/report/formula.h"
#include "lib/train/record.h"

int mt_experiment_check(const struct mt_experiment *e, const char **key, struct mt_err *err)
{
    const struct mt_head_type *head = (const struct mt_head_type *)e->head.kind;
    if (head->free_norm && e->model.normalize) {
        *key = "model.normalize";
        return mt_err_set(err, MT_ERR_USAGE,
                          "head %s scales by the embedding's own length, which normalize: true takes away; "
                          "remove it, or use "
                          "cosface or arcface",
                          e->head.kind->name);
    }
    bool watches_validation = !strncmp(mt_monitor_names[e->train.early_stop.monitor], "val_", 4);
    if (e->train.early_stop.patience != MT_UNSET_INT && watches_validation && !e->data.validation.kind) {
        *key = "train.early_stop.monitor";
        return mt_err_set(err, MT_ERR_USAGE,
                          "early_stop watches %s, but there is no data.validation; add validation: {from: "
                          "train, fraction: 0.1}, "
                          "or watch train_loss",
                          mt_monitor_names[e->train.early_stop.monitor]);
    }
    return mt_slurm_section_check(&e->slurm, key, err);
}

static void pick_bf16(struct mt_setup *s, const struct mt_talker *talker)
{
    s->bf16 = mt_bf16_pick(s->kernels);
    if (s->bf16 == s->kernels->bf16.engine)
        mt_talk_text(
            talker, MT_TALK_WARNING,
            "precision: bf16 is slow here, for the processor has no instructions for it (amx_bf16 or "
            "avx512_bf16), or --cpu forbids them; float32 is faster");
}

static int check_classes(const struct mt_setup *s, const char **key, struct mt_err *err)
{
    if (s->splits.train_data.classes >= 2)
        return 0;
    *key = "data.train";
    return mt_err_set(err, MT_ERR_DATA, "the training data has %d class; a head needs at least 2",
                      s->splits.train_data.classes);
}

static int open_splits(struct mt_setup *s, const struct mt_experiment *e,
                       const struct mt_setup_options *options, const char **key, struct mt_err *err)
{
    if (options->record) {
        if (mt_record_read(&s->splits, options->record, err) < 0)
            return -1;
        return mt_splits_augment(&s->splits, e, s->pool, err);
    }
    if (!options->splits)
        return mt_splits_open(&s->splits, e, s->pool, key, err) < 0 ? -1 : check_classes(s, key, err);
    *key = "data.augment";
    if (mt_splits_borrow(&s->splits, options->splits, e, err) < 0)
        return -1;
    *key = NULL;
    return check_classes(s, key, err);
}

static int check_batches(const struct mt_setup *s, const struct mt_experiment *e, const char **key,
                         struct mt_err *err)
{
    long long n = s->splits.train.n;
    for (int i = 0; i < s->model->stages.n; i++) {
        long long batch = s->model->stages.v[i].batch_size;
        if (batch <= n)
            continue;
        *key = batch == e->train.batch_size ? "train.batch_size" : "train.stages";
        return mt_err_set(err, MT_ERR_USAGE,
                          "%lld is larger than the %lld training samples; use at most %lld", batch, n, n);
    }
    return 0;
}

static void say_formulas(const struct mt_formulas *f, const struct mt_talker *talker)
{
    struct mt_buf words = {0};
    mt_formulas_text(f, "the class name", &words);
    mt_talk_text(talker, MT_TALK_WARNING, "%s",
                 words.data ? words.data : "some class names look like formulas");
    mt_buf_release(&words);
}

static void say_data(const struct mt_setup *s, bool training, const struct mt_talker *talker, double seconds)
{
    const struct mt_splits *p = &s->splits;
    struct mt_shape shape = p->train_data.shape;
    mt_talk_text(talker, MT_TALK_NOTE,
                 "data: %lld train, %lld validation, %lld test; %dx%dx%d, %d classes (%.2f s)",
                 (long long)p->train.n, (long long)p->validation.n, (long long)p->test.n, shape.h, shape.w,
                 shape.c, p->train_data.classes, seconds);
    if (p->validation_is_test)
        mt_talk_text(talker, MT_TALK_WARNING,
                     "validation is the test data: whatever is chosen by it, the best epoch too, is chosen "
                     "on the test samples");
    struct mt_formulas formulas = {0};
    for (int c = 0; training && c < p->train_data.classes; c++)
        mt_formulas_add(&formulas, p->train_data.class_name[c]);
    if (formulas.n)
        say_formulas(&formulas, talker);
    if (p->test.n == 0)
        mt_talk_text(talker, MT_TALK_NOTE, "no test split: the test outputs are left out");
}

int mt_setup_open(struct mt_setup *s, const struct mt_experiment *e, const struct mt_setup_options *options,
                  const struct mt_talker *talker, const char **key, struct mt_err *err)
{
    double start = mt_clock();
    memset(s, 0, sizeof *s);
    *key = NULL;
    if (!(s->kernels = mt_kernels_pick(options->cpu_limit)))
        return mt_err_set(err, MT_ERR_USAGE, "--cpu: expected avx512, avx2 or c, got '%s'",
                          options->cpu_limit);
    if (mt_experiment_check(e, key, err) < 0 || mt_gemm_open(err) < 0)
        return -1;
    if (e->train.precision == MT_BF16)
        pick_bf16(s, talker);
    if (mt_pool_new(&s->pool, options->threads ? options->threads : mt_pool_cpus(), err) < 0)
        return -1;
    if (open_splits(s, e, options, key, err) < 0)
        goto fail;
    if (!options->record)
        say_data(s, options->training, talker, mt_clock() - start);
    struct mt_model_options model = {.input = s->splits.train_data.shape,
                                     .classes = s->splits.train_data.classes,
                                     .training = options->training,
                                     .streamed = mt_splits_streamed(&s->splits),
                                     .pixel = s->splits.train_data.pixel,
                                     .augment = &s->splits.augment,
                                     .kernels = s->kernels,
                                     .bf16 = s->bf16,
                                     .pool = s->pool,
                                     .arrangements = options->arrangements};
    if (mt_model_new(&s->model, e, &model, key, err) < 0 ||
        (!options->record && check_batches(s, e, key, err) < 0))
        goto fail;
    return 0;
fail:
    mt_setup_release(s);
    return -1;
}

/* The real path of a folder, or of the first one above it that is there; for free(). NULL where
 * there is none: the working folder itself may be gone. */
static char *real_folder(const char *dir)
{
    char *path = strdup(*dir ? dir : "."), *real = NULL, *up;
    while (path && !(real = realpath(path, NULL)) && errno == ENOENT && strcmp(path, ".") &&
           (up = mt_path_dir(path))) {
        free(path);
        path = up;
    }
    free(path);
    return real;
}

static bool is_inside(const char *real, const char *folder)
{
    struct stat st;
    char *outer = stat(folder, &st) == 0 && S_ISDIR(st.st_mode) ? realpath(folder, NULL) : NULL;
    size_t len = outer ? strlen(outer) : 0;
    bool inside = outer && !strncmp(real, outer, len) && (real[len] == '/' || !real[len] || len == 1);
    free(outer);
    return inside;
}

int mt_setup_check_output(const struct mt_setup *s, const char *dir, struct mt_err *err)
{
    const struct mt_dataset *data[] = {&s->splits.train_data, &s->splits.validation_data,
                                       &s->splits.test_data};
    char *real = real_folder(dir);
    int rc = 0;
    for (int i = 0; real && rc == 0 && i < 3; i++)
        for (int k = 0; rc == 0 && k < data[i]->n_sources; k++)
            if (is_inside(real, data[i]->source[k].path))
                rc = mt_err_set(
                    err, MT_ERR_USAGE,
                    "the runs would lie among the samples in %s, and be read as such; give a folder "
                    "elsewhere",
                    data[i]->source[k].path);
    free(real);
    return rc;
}

int mt_setup_check_source(const struct mt_dataset *d, const char *file, struct mt_err *err)
{
    char *real = real_folder(file);
    int rc = 0;
    for (int i = 0; rc == 0 && i < d->n_sources; i++) {
        const char *source = d->source[i].path;
        if (mt_file_is_same(file, source))
            rc = mt_err_set(err, MT_ERR_USAGE,
                            "%s is a file of samples, %s, which would be lost; name another file", file,
                            source);
        else if (real && is_inside(real, source))
            rc = mt_err_set(err, MT_ERR_USAGE,
                            "%s would lie among the samples in %s, and be read as one; name a file elsewhere",
                            file, source);
    }
    free(real);
    return rc;
}

int mt_setup_check_file(const struct mt_splits *s, const char *file, struct mt_err *err)
{
    return mt_setup_check_source(&s->train_data, file, err) < 0 ||
                   mt_setup_check_source(&s->validation_data, file, err) < 0 ||
                   mt_setup_check_source(&s->test_data, file, err) < 0
               ? -1
               : 0;
}

void mt_setup_release(struct mt_setup *s)
{
    mt_model_free(s->model);
    mt_splits_release(&s->splits);
    mt_pool_free(s->pool);
    memset(s, 0, sizeof *s);
}
