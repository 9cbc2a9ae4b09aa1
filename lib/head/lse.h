/* lse.h: log-sum-exp over a row of scores with the target left out.
 *
 * With S = sum_{j != y} exp(scale (c_j - max)) and L = scale * max + log S, the cross-entropy of a target
 * logit z is softplus(L - z), and its softmax gradient is q_y = -sigmoid(L - z),   q_j = sigmoid(L - z) *
 * exp(scale (c_j - max)) / S,  j != y. No probability is formed and no difference 1 - p taken, so losses and
 * gradients keep their relative precision however sure or wrong the classifier is; and a margin, which
 * changes z alone, needs no second pass. */
#ifndef MT_HEAD_LSE_H
#define MT_HEAD_LSE_H

#include <math.h>
#include <stdbool.h>

struct mt_lse {
    double scale;
    float max;  /* the largest c_j, j != y */
    int first;  /* where it stands, the first of equals */
    double sum; /* S, at least 1 */
};

/* c (C) scores, C >= 2. e (C) receives exp(scale (c_j - max)) and e_y = 0; it may be c itself. c_y is lost.
 */
void mt_lse_row(int C, int y, double scale, float *c, float *e, struct mt_lse *out);

static inline double mt_lse_log(const struct mt_lse *l)
{
    return l->scale * (double)l->max + log(l->sum);
}

/* Whether target y with logit z is the argmax, the first of equals counting. */
static inline bool mt_lse_wins(const struct mt_lse *l, int y, double z)
{
    double max = l->scale * (double)l->max;
    return z > max || (z == max && y < l->first);
}

static inline double mt_softplus(double d)
{
    return d > 0 ? d + log1p(exp(-d)) : log1p(exp(d));
}

static inline double mt_sigmoid(double d)
{
    return d > 0 ? 1 / (1 + exp(-d)) : exp(d) / (1 + exp(d));
}

#endif
