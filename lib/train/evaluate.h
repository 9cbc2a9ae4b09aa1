/* evaluate.h: a model judged on a split: label-free predictions by the head, by the nearest class center and
 * by the k nearest training embeddings, and the files that come of it. */
#ifndef MT_TRAIN_EVALUATE_H
#define MT_TRAIN_EVALUATE_H

#include "lib/eval/angles.h"
#include "lib/eval/centers.h"
#include "lib/eval/class_report.h"
#include "lib/eval/knn.h"
#include "lib/train/model.h"
#include "lib/train/splits.h"

/* The embeddings of a view and what the head makes of them. Arrays are owned; release frees them. */
struct mt_embedded {
    const struct mt_view *view;
    int64_t n;
    int dim, classes;
    float *x;               /* (n, D) */
    int32_t *label;         /* (n); NULL without labels */
    struct mt_ranking head; /* by score; each (n) */
    double score_loss;      /* mean cross-entropy of the scores; NaN without labels */
};

/* Runs the network over the view in inference mode and scores it without labels. Fails for want of memory, or
 * of a streamed sample.
 */
int mt_embed_view(struct mt_embedded *out, struct mt_model *m, const struct mt_view *v,
                  const struct mt_scale *scale, struct mt_err *err);
void mt_embedded_release(struct mt_embedded *em);

/* What samples are compared with: the training embeddings, their class centers and a search among them, or
 * among eval.knn_references of them: voter r is then training sample r * n / voters, rounded down. */
struct mt_reference {
    struct mt_embedded train;
    struct mt_centers centers;
    struct mt_neighbors *neighbors;
    int64_t voters;
    int32_t *voter_label; /* (voters) */
    float *voter;         /* (voters, D); NULL where all training samples vote */
    int k;
};
int mt_reference_init(struct mt_reference *r, struct mt_model *m, const struct mt_splits *s,
                      const struct mt_experiment *e, struct mt_err *err);
void mt_reference_release(struct mt_reference *r);

/* The voters and the search among them, from r->train: a part of mt_reference_init. */
int mt_reference_choose(struct mt_reference *r, int64_t most, enum mt_metric metric, struct mt_err *err);

/* Ranks embeddings by the votes of their neighbors. Of the training samples themselves (r->train.x), none
 * votes for itself. */
int mt_reference_vote(const struct mt_reference *r, const float *x, int64_t n, struct mt_pool *pool,
                      const struct mt_ranking *out, struct mt_err *err);

/* Predictions for one split by all three ways, and the figures. NaN stands for what could not be measured (no
 * labels). */
struct mt_judgement {
    const struct mt_embedded *em;
    int32_t *by_center, *by_knn; /* (n) */
    double accuracy, center_accuracy, knn_accuracy;
    struct mt_class_report report; /* of the head's predictions; classes == 0 without labels */
    double angle_within, angle_between,
        angle_between_min; /* degrees: samples to the own class's center; between centers */
};
int mt_judge(struct mt_judgement *j, const struct mt_reference *r, const struct mt_embedded *em,
             struct mt_pool *pool, struct mt_err *err);
void mt_judgement_release(struct mt_judgement *j);

#endif
