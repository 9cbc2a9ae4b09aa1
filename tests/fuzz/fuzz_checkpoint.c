/* fuzz_checkpoint.c: a checkpoint into a model that is there, with what a resume needs, and as weights to
 * start from. */
#include "lib/train/checkpoint.h"
#include "tests/fuzz/fuzz_safetensors.h"

static const struct mt_tensor_spec specs[] = {
    {.layer = "c", .what = "kernel", .ndim = 4, .dim = {1, 1, 1, 2}, .trainable = true, .decay = true},
    {.layer = "c", .what = "mean", .ndim = 1, .dim = {2}},
    {.layer = "head", .what = "weight", .ndim = 2, .dim = {2, 1}, .trainable = true},
};

/* The same for every input: a checkpoint is read as a whole or not at all. */
static struct model {
    struct mt_plan plan;
    struct mt_tensors tensors;
    struct mt_pool *pool;
    struct mt_optim *optim;
} * model;

static void make_model(void)
{
    struct mt_err err;
    static const double adam_cfg[8] = {0.01, 0.9, 0.999, 1e-7};
    struct mt_variant adam = {mt_table_find(&mt_optim_table, "adam"), (void *)adam_cfg};
    model = calloc(1, sizeof *model);
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
        FUZZ_CHECK(mt_tensors_add(&model->tensors, &model->plan, &specs[i], &err));
    FUZZ_CHECK(mt_pool_new(&model->pool, 1, &err) == 0);
    FUZZ_CHECK(mt_optim_new(&model->optim, &adam, &model->tensors, model->pool, mt_kernels_pick(NULL),
                            &model->plan, &err) == 0);
    FUZZ_CHECK(mt_plan_commit(&model->plan, &err) == 0);
}

static void free_model(void)
{
    mt_plan_release(&model->plan);
    mt_optim_free(model->optim);
    mt_pool_free(model->pool);
    mt_tensors_release(&model->tensors);
    free(model);
    model = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mt_err err = {.kind = 0};
    struct mt_resume resume = {0};
    struct mt_buf report = {0};
    const char *path = fuzz_file(FUZZ_FIRST, data, size);
    if (!model) {
        make_model();
        atexit(free_model);
    }
    bool full = mt_checkpoint_load(path, &model->tensors, model->optim, &resume, &err) == 0;
    FUZZ_CHECK(full || (err.kind == MT_ERR_DATA && err.text[0]));
    bool weights = mt_checkpoint_load(path, &model->tensors, NULL, NULL, &err) == 0;
    FUZZ_CHECK(weights || !full);
    bool some = mt_checkpoint_init_from(path, &model->tensors, &report, &err) == 0;
    FUZZ_CHECK(some || !weights);
    mt_buf_release(&report);
    mt_resume_release(&resume);
    return 0;
}
