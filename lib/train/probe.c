#include "lib/train/probe.h"

#include <stdlib.h>
#include <string.h>

#include "lib/head/rows.h"

int mt_probe_init(struct mt_probe *p, const struct mt_splits *splits, const struct mt_model *m,
                  struct mt_err *err)
{
    *p = (struct mt_probe){.view = splits->validation.n ? &splits->validation : &splits->train,
                           .scale = &splits->scale};
    int most = m->max_batch < MT_PROBE_SAMPLES ? m->max_batch : MT_PROBE_SAMPLES;
    size_t bytes = (size_t)m->dim * sizeof *p->sum;
    p->n = p->view->n < most ? (int)p->view->n : most;
    for (int i = 0; i < p->n; i++)
        p->index[i] = p->view->index[i * p->view->n / p->n];
    p->sum = malloc(bytes);
    return p->sum ? 0 : mt_err_memory(err, "the sum of the class weights", bytes);
}

void mt_probe_release(struct mt_probe *p)
{
    free(p->sum);
    *p = (struct mt_probe){0};
}

/* The squared length of the sum of C unit vectors is C plus twice the sum of their pairs' cosines. */
double mt_probe_weight_cos(struct mt_probe *p, const struct mt_head *head)
{
    double length2 = 0, C = 0;
    memset(p->sum, 0, (size_t)head->dim * sizeof *p->sum);
    for (int j = 0; j < head->classes; j++) {
        const float *w = head->weight->data + (size_t)j * (size_t)head->dim;
        double length = mt_length(head->dim, w);
        if (length <= MT_HEAD_ZERO)
            continue;
        C++;
        for (int d = 0; d < head->dim; d++)
            p->sum[d] += (double)w[d] / length;
    }
    for (int d = 0; d < head->dim; d++)
        length2 += p->sum[d] * p->sum[d];
    return C < 2 ? 1 : (length2 - C) / (C * (C - 1));
}

int mt_probe_rank(const struct mt_probe *p, struct mt_model *m, double *rank, struct mt_err *err)
{
    struct mt_pass pass = {.n = p->n};
    double length[MT_PROBE_SAMPLES], sum = 0;
    size_t D = (size_t)m->dim;
    if (mt_model_feed(m, p->view->data, p->index, p->n, 0, p->n, MT_NO_EPOCH, err) < 0 ||
        mt_model_load(m, p->view->data, p->scale, p->index, p->n, err) < 0)
        return -1;
    const float *x = mt_net_forward(m->net, &pass);
    for (int i = 0; i < p->n; i++) {
        length[i] = mt_length(m->dim, x + (size_t)i * D);
        for (int j = 0; j < i; j++) {
            double c = length[i] <= MT_HEAD_ZERO || length[j] <= MT_HEAD_ZERO
                           ? 1
                           : mt_dot(m->dim, x + (size_t)i * D, x + (size_t)j * D) / length[i] / length[j];
            sum += c * c;
        }
    }
    *rank = sum > 0 ? p->n * (p->n - 1) / 2.0 / sum : NAN; /* one sample, or all at right angles */
    return 0;
}
