/* checkpoint_model.h: a small model with an optimizer, for tests of checkpoints. */
#ifndef TESTS_CHECKPOINT_MODEL_H
#define TESTS_CHECKPOINT_MODEL_H

#include "tests/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/train/checkpoint.h"

/* As lib/optim/adam_update.h has it. */
struct adam {
    double lr, beta1, beta2, eps, weight_decay;
};

struct model {
    struct mt_plan plan;
    struct mt_tensors tensors;
    struct mt_pool *pool;
    struct mt_optim *optim;
    struct mt_resume resume;
};

static const struct mt_tensor_spec specs[] = {
    {.layer = "conv1", .what = "kernel", .ndim = 4, .dim = {3, 3, 1, 2}, .trainable = true, .decay = true},
    {.layer = "conv1", .what = "bias", .ndim = 1, .dim = {2}, .trainable = true},
    {.layer = "bn1", .what = "moving_mean", .ndim = 1, .dim = {2}},
    {.layer = "head", .what = "weight", .ndim = 2, .dim = {4, 3}, .trainable = true},
};

static void model_init(struct model *m, const struct mt_tensor_spec *spec, int n)
{
    static const struct adam cfg = {0.01, 0.9, 0.999, 1e-7, 0};
    struct mt_variant adam = {mt_table_find(&mt_optim_table, "adam"), (void *)&cfg};
    struct mt_err err;
    memset(m, 0, sizeof *m);
    for (int i = 0; i < n; i++)
        assert_non_null(mt_tensors_add(&m->tensors, &m->plan, &spec[i], &err));
    assert_int_equal(mt_pool_new(&m->pool, 1, &err), 0);
    assert_int_equal(
        mt_optim_new(&m->optim, &adam, &m->tensors, m->pool, mt_kernels_pick(NULL), &m->plan, &err), 0);
    assert_int_equal(mt_plan_commit(&m->plan, &err), 0);
}

static void model_release(struct model *m)
{
    mt_plan_release(&m->plan);
    mt_optim_free(m->optim);
    mt_pool_free(m->pool);
    mt_tensors_release(&m->tensors);
    mt_resume_release(&m->resume);
}

static inline void train(struct model *m, int steps)
{
    for (; steps; steps--) {
        for (int i = 0; i < m->tensors.n; i++) {
            struct mt_tensor *t = m->tensors.list[i];
            for (size_t j = 0; j < t->count; j++) {
                if (t->trainable)
                    t->grad[j] = t->data[j] - (float)(j + 1) + (float)i;
                else
                    t->data[j] += 0.25F;
            }
        }
        mt_optim_step(m->optim, 0.01, 1);
        m->resume.step++;
        m->resume.sums.loss += 0.1;
    }
}

static inline void assert_same_tensors(const struct model *a, const struct model *b)
{
    for (int i = 0; i < a->tensors.n; i++)
        assert_memory_equal(a->tensors.list[i]->data, b->tensors.list[i]->data,
                            a->tensors.list[i]->count * sizeof(float));
}

/* `at` below 0 counts from the end, where the arrays are. */
static inline void flip_byte(const char *path, off_t at)
{
    unsigned char c;
    int fd = open(path, O_RDWR);
    at = at < 0 ? lseek(fd, at, SEEK_END) : at;
    assert_int_equal(pread(fd, &c, 1, at), 1);
    c ^= 1;
    assert_int_equal(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

#endif
