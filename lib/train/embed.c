#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/train/evaluate.h"

/* Cross-entropy of one row of scores, by log-sum-exp in double. */
static double cross_entropy(const float *score, int classes, int32_t label)
{
    float max = score[0];
    double sum = 0;
    for (int c = 1; c < classes; c++)
        max = score[c] > max ? score[c] : max;
    for (int c = 0; c < classes; c++)
        sum += exp((double)score[c] - (double)max);
    return log(sum) - ((double)score[label] - (double)max);
}

struct rank_task {
    struct mt_embedded *em;
    const float *score; /* (n, C) of samples at.. */
    int64_t at;
    int n, tasks;
    double *loss; /* (tasks) */
};

static void rank_part(void *arg, int task, int worker)
{
    const struct rank_task *r = arg;
    struct mt_embedded *em = r->em;
    int from = (int)((long)task * r->n / r->tasks), to = (int)((long)(task + 1) * r->n / r->tasks);
    int64_t at = r->at + from;
    (void)worker;
    struct mt_ranking out = {em->head.pred + at, em->head.second + at, em->head.probability + at,
                             em->head.margin + at};
    mt_rank_scores(r->score + (size_t)from * (size_t)em->classes, to - from, em->classes, &out);
    r->loss[task] = 0;
    for (int i = from; em->label && i < to; i++)
        r->loss[task] +=
            cross_entropy(r->score + (size_t)i * (size_t)em->classes, em->classes, em->label[r->at + i]);
}

static int allocate(struct mt_embedded *em, struct mt_err *err)
{
    size_t n = (size_t)em->n;
    bool labels = em->view->data->label != NULL;
    em->x = malloc(n * (size_t)em->dim * sizeof *em->x);
    em->head.pred = malloc(n * sizeof *em->head.pred);
    em->head.second = malloc(n * sizeof *em->head.second);
    em->head.probability = malloc(n * sizeof *em->head.probability);
    em->head.margin = malloc(n * sizeof *em->head.margin);
    em->label = labels ? malloc(n * sizeof *em->label) : NULL;
    if (!em->x || !em->head.pred || !em->head.second || !em->head.probability || !em->head.margin ||
        (labels && !em->label))
        return mt_err_memory(err, "the embeddings", n * (size_t)em->dim * sizeof *em->x);
    for (int64_t i = 0; labels && i < em->n; i++)
        em->label[i] = em->view->data->label[em->view->index[i]];
    return 0;
}

#define TASKS 16
#define SCORE_BYTES ((size_t)16 << 20) /* scores held at a time */

/* Samples that are scored at a time: whole blocks of lanes, at least one. */
static int score_rows(const struct mt_model *m)
{
    size_t rows = SCORE_BYTES / ((size_t)m->classes * sizeof(float)) / MT_LANES * MT_LANES;
    rows = rows < MT_LANES ? MT_LANES : rows;
    return rows < (size_t)m->max_batch ? (int)rows : m->max_batch;
}

/* Scores and ranks samples at..at+n of em, whose embeddings are x. Returns the sum of their losses. */
static double score_batch(struct mt_embedded *em, struct mt_model *m, const float *x, int64_t at, int n,
                          float *score)
{
    double loss = 0, part[TASKS];
    for (int from = 0, rows = score_rows(m); from < n; from += rows) {
        int count = n - from < rows ? n - from : rows;
        m->head->type->score(m->head, count, x + (size_t)from * (size_t)m->dim, score);
        struct rank_task r = {em, score, at + from, count, TASKS, part};
        mt_pool_run(m->pool, TASKS, rank_part, &r);
        for (int i = 0; i < TASKS; i++)
            loss += part[i];
    }
    return loss;
}

static int embed_all(struct mt_embedded *em, struct mt_model *m, const struct mt_scale *scale, float *score,
                     struct mt_err *err)
{
    const struct mt_view *v = em->view;
    double loss = 0;
    if (v->n > 0 && mt_model_feed(m, v->data, v->index, v->n, 0, m->max_batch, MT_NO_EPOCH, err) < 0)
        return -1;
    for (int64_t at = 0; at < v->n; at += m->max_batch) {
        int n = (int)(v->n - at < m->max_batch ? v->n - at : m->max_batch);
        struct mt_pass pass = {.n = n};
        if (mt_model_load(m, v->data, scale, v->index + at, n, err) < 0)
            return -1;
        const float *x = mt_net_forward(m->net, &pass);
        memcpy(em->x + at * m->dim, x, (size_t)n * (size_t)m->dim * sizeof *x);
        loss += score_batch(em, m, x, at, n, score);
    }
    em->score_loss = em->label && v->n ? loss / (double)v->n : NAN;
    return 0;
}

int mt_embed_view(struct mt_embedded *out, struct mt_model *m, const struct mt_view *v,
                  const struct mt_scale *scale, struct mt_err *err)
{
    memset(out, 0, sizeof *out);
    out->view = v;
    out->n = v->n;
    out->dim = m->dim;
    out->classes = m->classes;
    size_t count = (size_t)score_rows(m) * (size_t)m->classes;
    float *score = malloc(count * sizeof *score);
    int rc = score ? allocate(out, err) : mt_err_memory(err, "the scores", count * sizeof *score);
    if (rc == 0)
        rc = embed_all(out, m, scale, score, err);
    if (rc < 0)
        mt_embedded_release(out);
    free(score);
    return rc;
}

void mt_embedded_release(struct mt_embedded *em)
{
    free(em->x);
    free(em->label);
    free(em->head.pred);
    free(em->head.second);
    free(em->head.probability);
    free(em->head.margin);
    memset(em, 0, sizeof *em);
}
