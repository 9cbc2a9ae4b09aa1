#include "lib/train/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t voter_at(const struct mt_reference *r, int64_t voter)
{
    return voter * r->train.n / r->voters; /* both below 2^31 */
}

int mt_reference_choose(struct mt_reference *r, int64_t most, enum mt_metric metric, struct mt_err *err)
{
    const struct mt_embedded *t = &r->train;
    size_t D = (size_t)t->dim;
    r->voters = t->n < most ? t->n : most;
    r->voter_label = malloc((size_t)r->voters * sizeof *r->voter_label);
    r->voter = r->voters < t->n ? malloc((size_t)r->voters * D * sizeof *r->voter) : NULL;
    if (!r->voter_label || (r->voters < t->n && !r->voter))
        return mt_err_memory(err, "the neighbors", (size_t)r->voters * (D + 1) * sizeof *r->voter);
    for (int64_t v = 0; v < r->voters; v++) {
        r->voter_label[v] = t->label[voter_at(r, v)];
        if (r->voter)
            memcpy(r->voter + (size_t)v * D, t->x + (size_t)voter_at(r, v) * D, D * sizeof *r->voter);
    }
    return mt_neighbors_new(&r->neighbors, r->voter ? r->voter : t->x, r->voters, t->dim, metric, err);
}

int mt_reference_init(struct mt_reference *r, struct mt_model *m, const struct mt_splits *s,
                      const struct mt_experiment *e, struct mt_err *err)
{
    enum mt_metric metric = (enum mt_metric)e->eval.metric;
    memset(r, 0, sizeof *r);
    r->k = (int)e->eval.knn_k;
    if (mt_embed_view(&r->train, m, &s->train, &s->scale, err) < 0)
        return -1;
    if (mt_centers_fit(&r->centers, r->train.x, r->train.label, r->train.n, m->classes, m->dim, metric, err) <
            0 ||
        mt_reference_choose(r, e->eval.knn_references, metric, err) < 0) {
        mt_reference_release(r);
        return -1;
    }
    return 0;
}

void mt_reference_release(struct mt_reference *r)
{
    mt_neighbors_free(r->neighbors);
    free(r->voter_label);
    free(r->voter);
    mt_centers_release(&r->centers);
    mt_embedded_release(&r->train);
    memset(r, 0, sizeof *r);
}

static void copy_row(const struct mt_ranking *to, int64_t i, const struct mt_ranking *from, int64_t j)
{
    to->pred[i] = from->pred[j];
    if (to->second)
        to->second[i] = from->second[j];
    if (to->probability)
        to->probability[i] = from->probability[j];
    if (to->margin)
        to->margin[i] = from->margin[j];
}

/* The voters again, now that each is told apart from itself. */
static int vote_on_voters(const struct mt_reference *r, struct mt_pool *pool, const struct mt_ranking *out,
                          struct mt_err *err)
{
    size_t n = (size_t)r->voters;
    struct mt_ranking own = {.pred = malloc(n * sizeof *own.pred),
                             .second = out->second ? malloc(n * sizeof *own.second) : NULL,
                             .probability = out->probability ? malloc(n * sizeof *own.probability) : NULL,
                             .margin = out->margin ? malloc(n * sizeof *own.margin) : NULL};
    int rc = 0;
    if (!own.pred || !own.second != !out->second || !own.probability != !out->probability ||
        !own.margin != !out->margin)
        rc = mt_err_memory(err, "the neighbors' votes", n * sizeof *own.pred);
    if (rc == 0)
        rc = mt_knn_rank(r->neighbors, r->voter_label, r->train.classes, r->voter, r->voters, 0, r->k, pool,
                         &own, err);
    for (int64_t v = 0; rc == 0 && v < r->voters; v++)
        copy_row(out, voter_at(r, v), &own, v);
    free(own.pred);
    free(own.second);
    free(own.probability);
    free(own.margin);
    return rc;
}

int mt_reference_vote(const struct mt_reference *r, const float *x, int64_t n, struct mt_pool *pool,
                      const struct mt_ranking *out, struct mt_err *err)
{
    bool is_train = x == r->train.x;
    int64_t self = is_train && !r->voter ? 0 : -1;
    if (mt_knn_rank(r->neighbors, r->voter_label, r->train.classes, x, n, self, r->k, pool, out, err) < 0)
        return -1;
    return is_train && r->voter ? vote_on_voters(r, pool, out, err) : 0;
}

static double share_right(const int32_t *pred, const int32_t *label, int64_t n)
{
    int64_t right = 0;
    if (!label || n == 0)
        return NAN;
    for (int64_t i = 0; i < n; i++)
        right += pred[i] == label[i];
    return (double)right / (double)n;
}

static int measure(struct mt_judgement *j, const struct mt_reference *r, struct mt_pool *pool,
                   struct mt_err *err)
{
    const struct mt_embedded *em = j->em;
    j->accuracy = share_right(em->head.pred, em->label, em->n);
    j->center_accuracy = share_right(j->by_center, em->label, em->n);
    j->knn_accuracy = share_right(j->by_knn, em->label, em->n);
    j->angle_within = j->angle_between = j->angle_between_min = NAN;
    if (!em->label)
        return 0;
    struct mt_angles angles;
    if (mt_angles_measure(&angles, &r->centers, em->x, em->label, em->n, pool, err) < 0)
        return -1;
    j->angle_within = angles.within;
    j->angle_between = angles.between_mean;
    j->angle_between_min = angles.between_min;
    mt_angles_release(&angles);
    return mt_class_report_make(&j->report, em->label, em->head.pred, em->n, em->classes, err);
}

int mt_judge(struct mt_judgement *j, const struct mt_reference *r, const struct mt_embedded *em,
             struct mt_pool *pool, struct mt_err *err)
{
    size_t bytes = (size_t)em->n * sizeof(int32_t);
    memset(j, 0, sizeof *j);
    j->em = em;
    j->by_center = malloc(bytes);
    j->by_knn = malloc(bytes);
    if (!j->by_center || !j->by_knn) {
        mt_err_memory(err, "the predictions", bytes);
        goto fail;
    }
    struct mt_ranking center = {.pred = j->by_center}, knn = {.pred = j->by_knn};
    if (mt_centers_rank(&r->centers, em->x, em->n, pool, &center, err) < 0 ||
        mt_reference_vote(r, em->x, em->n, pool, &knn, err) < 0 || measure(j, r, pool, err) < 0)
        goto fail;
    return 0;
fail:
    mt_judgement_release(j);
    return -1;
}

void mt_judgement_release(struct mt_judgement *j)
{
    free(j->by_center);
    free(j->by_knn);
    mt_class_report_release(&j->report);
    memset(j, 0, sizeof *j);
}
