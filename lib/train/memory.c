#include "lib/train/memory.h"

#define PROGRAM ((size_t)8 << 20)

/* What is kept of each sample of a split that was embedded: the embedding and what the head says of it
 * (evaluate.h). */
static size_t embedded_bytes(size_t dim)
{
    return dim * sizeof(float) + sizeof(int32_t) + 2 * sizeof(int32_t) + 2 * sizeof(float);
}

/* In the search among the training embeddings: a copy, its length, whether there is one. */
static size_t neighbor_bytes(size_t dim)
{
    return dim * sizeof(float) + sizeof(float) + sizeof(bool);
}

static size_t evaluation(const struct mt_setup *s)
{
    size_t dim = (size_t)s->model->dim, classes = (size_t)s->model->classes;
    size_t train = (size_t)s->splits.train.n, validation = (size_t)s->splits.validation.n,
           test = (size_t)s->splits.test.n, judged = test > validation ? test : validation;
    return train * (embedded_bytes(dim) + neighbor_bytes(dim)) +
           judged * (embedded_bytes(dim) + 2 * sizeof(int32_t)) +
           classes * (dim + (size_t)s->model->max_batch) * sizeof(float);
}

void mt_memory_plan(struct mt_memory *m, const struct mt_setup *s)
{
    const struct mt_splits *p = &s->splits;
    size_t samples = (size_t)(p->train_data.n + p->validation_data.n + p->test_data.n),
           indices = (size_t)(2 * p->train.n + p->validation.n + p->test.n);
    m->program = PROGRAM;
    m->samples = (size_t)mt_splits_bytes(p) + (samples + indices) * sizeof(int32_t);
    m->model = mt_plan_total(&s->model->plan);
    m->best = mt_tensors_count(&s->model->tensors, false) * sizeof(float);
    m->evaluation = evaluation(s);
}

size_t mt_memory_all(const struct mt_memory *m)
{
    return m->program + m->samples + m->model + m->best + m->evaluation;
}
