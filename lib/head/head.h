/* head.h: what a loss head is: from embeddings X (N,D) and labels to a loss, its gradients and, without
 * labels, a score.
 *
 * A head type is one file with one const struct and one row in head_table.c. `score` takes no label, and
 * accuracy comes from it alone. What a margin head would have "predicted" with the label fed in is counted
 * beside it as leak_correct, and can only mislead. */
#ifndef MT_HEAD_HEAD_H
#define MT_HEAD_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/fields.h"
#include "lib/core/plan.h"
#include "lib/core/pool.h"
#include "lib/core/tensor.h"
#include "lib/math/kernels.h"

struct mt_head;

/* Sums over a batch, so that batches can be added up; divide by n. */
struct mt_head_stats {
    int64_t n;
    double loss;          /* sum of the training loss, with margin (and the center term where there is one) */
    double score_loss;    /* sum of the cross-entropy of the label-free score */
    double target_cos;    /* sum of cos(theta_y); for heads without normalized weights too */
    int64_t correct;      /* argmax of the score is the label; the first of equal scores counts */
    int64_t leak_correct; /* argmax of the margin logits, the label fed in, is the label */
    int64_t zero;         /* embeddings of length <= 1e-12 */
};

/* The target function of a cosine head at one angle: f(theta) and h = -f'(theta), as the gradient takes it.
 */
struct mt_slope {
    double f, h;
};

/* What is known of a head before it has seen a sample: z_y = S f(theta_y). */
struct mt_head_margin {
    struct mt_slope (*at)(const void *cfg, double theta);
    /* Where the head has one margin m: the largest that can be met, f(0) > cos(angle), by classes that stand
     * `angle` apart, and the one for `m: auto`. NULL elsewhere. */
    double (*most)(double angle), (*fit)(double angle);
    bool others_plain; /* the other classes' logits are s cos(theta_j), whatever the label's is */
};

struct mt_head_type {
    struct mt_kind kind;
    bool cosine;                         /* z = s * f(cos): weights are normalized and s scales */
    const struct mt_head_margin *margin; /* NULL: no cosine head */
    bool free_norm;                      /* needs the embedding's own length: `normalize: true` is an error */
    size_t state_size;
    /* Rules that need the shape (classes, dim): for instance s or m too large to mean anything. May be NULL.
     */
    int (*check)(const void *cfg, int classes, int dim, const char **key, struct mt_err *err);
    /* Takes the numbers that may change in the course of training (s, m) from h->cfg. May be NULL. */
    void (*configure)(struct mt_head *h);
    /* Registers weight (C,D), bias, state tensors (named <head's name>/...) and scratch for max_batch. */
    int (*plan)(struct mt_head *h, struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err);
    void (*init)(struct mt_head *h, uint64_t seed);
    /* One training batch: adds to `sum`, overwrites dx (N,D) and the gradients of its tensors with those of
     * the MEAN loss, and moves its state (t, centers, lambda). */
    void (*step)(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                 struct mt_head_stats *sum);
    /* The same loss without gradients; moves nothing. */
    void (*loss)(struct mt_head *h, int n, const float *x, const int32_t *label, struct mt_head_stats *sum);
    /* Label-free scores (N,C); moves nothing. */
    void (*score)(struct mt_head *h, int n, const float *x, float *score);
    /* The number worth logging per epoch (CurricularFace's t, SphereFace's lambda); NULL: none. */
    double (*gauge)(const struct mt_head *h);
};

struct mt_head {
    const struct mt_head_type *type;
    const char *name; /* of its tensors */
    const void *cfg;
    int classes, dim, max_batch;
    struct mt_pool *pool;
    const struct mt_kernels *k;
    struct mt_tensor *weight, *bias; /* (C,D), (C); bias NULL where the head has none */
    void *state;                     /* of type->state_size, zeroed */
};

extern const struct mt_table mt_head_table;

struct mt_head_options {
    int classes, dim, max_batch;
    bool normalized; /* the embeddings arrive with length 1 (model.normalize) */
    struct mt_pool *pool;
    const struct mt_kernels *kernels; /* NULL: the best of this processor */
    const char *name;                 /* begins the names of its tensors, and must outlive it; NULL: "head" */
};

/* Builds a head and registers its memory. `head` (a row of mt_head_table and its struct) must outlive it;
 * keys of the struct that say auto become numbers (auto.h). */
int mt_head_new(struct mt_head **out, const struct mt_variant *head, const struct mt_head_options *options,
                struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err);
/* Goes on with other settings, of a struct of the same type, which must outlive it: only what `configure`
 * takes counts.
 */
void mt_head_configure(struct mt_head *h, const void *cfg);
void mt_head_free(struct mt_head *h);

#endif
