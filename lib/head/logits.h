/* logits.h: a batch through a linear classifier whose target logit may be replaced: what all heads have in
 * common.
 *
 * Scores c = rows_x rows_w^T + bias (n,C), logits z_ij = scale_i * c_ij for j != y, z_iy given per sample.
 * The batch goes through in chunks of samples, so that scratch stays bounded however many classes there are.
 * A chunk is cut into shards of samples (scores, softmax, gradient of x), then into tiles of classes
 * (gradient of w). All cuts depend on shapes alone. */
#ifndef MT_HEAD_LOGITS_H
#define MT_HEAD_LOGITS_H

#include "lib/head/head.h"
#include "lib/head/lse.h"

struct mt_sample {
    /* in */
    double scale; /* S_i */
    double z;     /* margin logit of the target */
    bool plain;   /* z is not set: the target's logit is its score */
    bool zero;    /* an embedding without length */
    double cos;   /* of the target, for the statistics */
    /* out */
    double pull; /* -q_iy = sigmoid(L - z) / n */
    double loss, score_loss;
    bool correct, leak;
};

/* Replaces the logits of the other classes (CurricularFace): c (C) holds the scores; on return c_j is exp of
 * the new logit, as lib/math/softmax.h has it, times d(new c_j)/d(c_j). */
typedef void mt_negatives_fn(const struct mt_head *h, int i, int y, float *c, struct mt_lse *score,
                             struct mt_lse *loss);

struct mt_logits {
    struct mt_sample *sample; /* (max_batch) */
    float *g;                 /* (chunk, C): scores, then dL/dc with the 1/n */
    int chunk;
    bool linear; /* the target's column of g takes part in the products; else its owner adds that part itself
                  */
    mt_negatives_fn *negatives; /* NULL: the other classes keep their scores */
};

/* What one pass reads and writes. dx (n,D) receives g w, dw (C,D) g^T x and db (C) the column sums; the
 * target's own column of g is 0 unless mt_logits.linear. All three NULL: loss only. */
struct mt_logits_pass {
    int n;
    const float *x, *w, *bias;
    const int32_t *label;
    float *dx, *dw, *db;
};

int mt_logits_plan(struct mt_head *h, struct mt_logits *l, struct mt_plan *plan, struct mt_err *err);
void mt_logits_run(struct mt_head *h, struct mt_logits *l, const struct mt_logits_pass *p);
/* Adds what the samples say, in their order. */
void mt_logits_sum(const struct mt_logits *l, int n, struct mt_head_stats *sum);
/* out (n,C) = x w^T + bias, row i times sample[i].scale. Of the pass only n, x, w and bias are read. */
void mt_logits_score(struct mt_head *h, struct mt_logits *l, const struct mt_logits_pass *p, float *out);

/* Runs tasks on the pool, or on the caller alone when `work` (multiplications, about) is not worth waking
 * anyone. */
void mt_head_tasks(struct mt_head *h, int tasks, size_t work, mt_task_fn *fn, void *arg);

/* Cuts: samples by shards of 16-sample blocks, classes by tiles. */
struct mt_range {
    int begin, end;
};
int mt_head_shards(int n);
struct mt_range mt_head_shard(int n, int shard);
int mt_head_tiles(int classes);
struct mt_range mt_head_tile(int classes, int tile);

#endif
