/* cosine.h: heads over cosines: what all of them share.
 *
 *     z_ij = S_i c_ij,  j != y        c_ij = cos(theta_ij) = x^_i . w^_j        (N,C)
 *     z_iy = S_i f(theta_iy)          S_i = s, or |x_i| where the norm is free
 *
 * With h = -f', a_i = S_i q_iy h_i and g_ij = S_i q_ij (j != y):
 *
 *     dX_i = (a_i t_i + sum_{j != y} g_ij (w^_j - c_ij x^_i)) / |x_i|
 *     dW_j = (sum_{i: y_i = j} a_i u_i + sum_{i: y_i != j} g_ij (x^_i - c_ij w^_j)) / |W_j|
 *
 * t is the unit tangent at x^ towards w^_y, u the one at w^_y towards x^ (u = sin x^ - cos t). A free norm
 * adds the radial term: dX_i = sum_{j != y} q_ij w^_j + q_iy (f x^_i + h t_i).
 *
 * The target's angle comes from A = |x^ - w^| and B = |x^ + w^| (W. Kahan), never from acos or a division by
 * sin(theta), so every number is finite and right at every angle. A row no longer than 1e-12 has no
 * direction: x^ = 0, cos = 0, sin = 1, and its own gradient is 0. */
#ifndef MT_HEAD_COSINE_H
#define MT_HEAD_COSINE_H

#include "lib/head/logits.h"
#include "lib/head/margin.h"

/* f and h of one sample. */
typedef struct mt_slope mt_target_fn(const struct mt_head *h, const struct mt_angle *angle);

struct mt_target {
    struct mt_angle angle;
    struct mt_slope slope;
    double norm, inverse; /* |x|; 1/|x|, or 0 where it has no direction */
};

/* The state of such a head begins with this. The first group is set before mt_cosine_plan. */
struct mt_cosine {
    mt_target_fn *target;
    double s;       /* ignored where the norm is free */
    bool free_norm; /* S_i = |x_i| */
    bool bare;      /* no margin: the target logit is the score */
    struct mt_logits logits;

    struct mt_target *row; /* (max_batch) */
    float *x_hat, *t;      /* (max_batch,D) */
    float *w_hat;          /* (C,D) */
    double *w_inverse;     /* (C) */
};

int mt_cosine_plan(struct mt_head *h, struct mt_plan *plan, struct mt_tensors *tensors, struct mt_err *err);
void mt_cosine_step(struct mt_head *h, int n, const float *x, const int32_t *label, float *dx,
                    struct mt_head_stats *sum);
void mt_cosine_loss(struct mt_head *h, int n, const float *x, const int32_t *label,
                    struct mt_head_stats *sum);
void mt_cosine_score(struct mt_head *h, int n, const float *x, float *score);

/* mt_cosine_step in two halves, for a head whose state depends on the batch's angles: after the first,
 * row[i].angle holds for all i. */
void mt_cosine_angles(struct mt_head *h, int n, const float *x, const int32_t *label);
void mt_cosine_finish(struct mt_head *h, int n, const int32_t *label, float *dx, struct mt_head_stats *sum);

#endif
