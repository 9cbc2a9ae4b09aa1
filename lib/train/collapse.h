/* collapse.h: whether training has ended up where the loss is low and the embeddings are worth nothing.
 *
 * A margin head may be satisfied by embeddings that stand opposite to their class's weight, all weights drawn
 * together: the label-fed accuracy is then 100 %, and the label-free one next to nothing. Five signs are
 * looked at after each epoch:
 *
 *     leak      leak_accuracy - accuracy >= 0.25, in training, and in validation where there is one
 *     opposite  mean_target_cos < 0
 *     weights   mean_weight_cos > 0.5: the class weights, at best -1/(C-1) apart on average, draw together
 *     rank      embedding_rank < 1.25: the embeddings lie along one line     (only where dim >= 2, C >= 3)
 *     floor     train_loss is below half of what the best honest arrangement costs (head/feasibility.h)
 *
 * An epoch looks collapsed when it shows two of leak, opposite, weights and rank, or leak and floor. A run
 * has collapsed when its last two epochs do (its only one, where there is no more), or when leak alone has
 * stood for its last ten: then some classes have collapsed. Early in healthy training single signs come and
 * go: classes that are not yet told apart, embeddings of an untrained network along one line. */
#ifndef MT_TRAIN_COLLAPSE_H
#define MT_TRAIN_COLLAPSE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/head/head.h"
#include "lib/train/history.h"

#define MT_COLLAPSE_TEXT 480

struct mt_collapse {
    bool margin;  /* the head is one over cosines: others have no margin to cheat */
    bool flat;    /* one line is all that the classes need, or have */
    double floor; /* NaN: unknown */
    int64_t epochs;
    /* What it remembers; saved in checkpoints. */
    int64_t looks, leaks;          /* epochs in a row that look collapsed; that show leak */
    char reason[MT_COLLAPSE_TEXT]; /* of the last epoch, "" unless the run has collapsed by now */
};

/* What is watched from now on; what is remembered stays. `floor` as mt_feasibility has it, `epochs` those
 * that the head is trained for. */
void mt_collapse_watch(struct mt_collapse *c, const struct mt_head *head, double floor, int64_t epochs);
/* Per epoch. Returns whether the run has collapsed by now. */
bool mt_collapse_observe(struct mt_collapse *c, const struct mt_metrics *row);

#endif
