#include "lib/head/linear.h"

#include <math.h>

#include "lib/head/rows.h"
#include "lib/head/weight.h"

int mt_linear_plan(struct mt_head *h, struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err)
{
    struct mt_linear *l = h->state;
    l->logits.linear = true;
    if (mt_weight_plan(h, true, plan, tensors, err) < 0)
        return -1;
    return mt_logits_plan(h, &l->logits, plan, err);
}

struct job {
    struct mt_head *h;
    int n;
    const float *x;
    const int32_t *label;
};

/* cos(theta_y), which this head does not need but every head reports. */
static void describe_shard(void *arg, int task, int worker)
{
    const struct job *job = arg;
    const struct mt_unit_kernels *k = &job->h->k->unit;
    struct mt_linear *l = job->h->state;
    struct mt_range shard = mt_head_shard(job->n, task);
    int D = job->h->dim;
    (void)worker;
    for (int i = shard.begin; i < shard.end; i++) {
        const float *x = job->x + (size_t)i * (size_t)D;
        struct mt_sample s = {.scale = 1, .plain = true};
        double norm = sqrt(k->dot(D, x, x));
        s.zero = norm <= MT_HEAD_ZERO;
        if (job->label) {
            const float *w = job->h->weight->data + (size_t)job->label[i] * (size_t)D;
            double w_norm = sqrt(k->dot(D, w, w));
            s.cos = s.zero || w_norm <= MT_HEAD_ZERO ? 0 : k->dot(D, x, w) / norm / w_norm;
        }
        l->logits.sample[i] = s;
    }
}

static void describe(struct mt_head *h, int n, const float *x, const int32_t *label)
{
    struct job job = {h, n, x, label};
    mt_head_tasks(h, mt_head_shards(n), (size_t)n * (size_t)h->dim * 3, describe_shard, &job);
}

void mt_linear_step(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                    struct mt_head_stats *sum)
{
    struct mt_linear *l = h->state;
    struct mt_logits_pass p = {
        .n = n, .x = x, .w = h->weight->data, .bias = h->bias->data, .label = label, .dx = dx};
    p.dw = h->weight->grad;
    p.db = h->bias->grad;
    describe(h, n, x, label);
    mt_logits_run(h, &l->logits, &p);
    mt_logits_sum(&l->logits, n, sum);
}

void mt_linear_loss(struct mt_head *h, int n, const float *x, const int32_t *label, struct mt_head_stats *sum)
{
    struct mt_linear *l = h->state;
    struct mt_logits_pass p = {.n = n, .x = x, .w = h->weight->data, .bias = h->bias->data, .label = label};
    describe(h, n, x, label);
    mt_logits_run(h, &l->logits, &p);
    mt_logits_sum(&l->logits, n, sum);
}

void mt_linear_score(struct mt_head *h, int n, const float *x, float *score)
{
    struct mt_linear *l = h->state;
    struct mt_logits_pass p = {.n = n, .x = x, .w = h->weight->data, .bias = h->bias->data};
    describe(h, n, x, NULL);
    mt_logits_score(h, &l->logits, &p, score);
}
