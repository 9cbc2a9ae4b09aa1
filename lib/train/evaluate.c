#include "lib/train/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
        mt_neighbors_new(&r->neighbors, r->train.x, r->train.n, m->dim, metric, err) < 0) {
        mt_reference_release(r);
        return -1;
    }
    return 0;
}

void mt_reference_release(struct mt_reference *r)
{
    mt_neighbors_free(r->neighbors);
    mt_centers_release(&r->centers);
    mt_embedded_release(&r->train);
    memset(r, 0, sizeof *r);
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
    bool is_train = em == &r->train; /* a training sample is not its own neighbor */
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
        mt_knn_rank(r->neighbors, r->train.label, em->classes, em->x, em->n, is_train ? 0 : -1, r->k, pool,
                    &knn, err) < 0 ||
        measure(j, r, pool, err) < 0)
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
