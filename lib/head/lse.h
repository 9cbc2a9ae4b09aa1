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

#include "lib/math/softmax.h"

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

/* log(1 + e^d), and its derivative 1 / (1 + e^-d) */
static inline double mt_softplus_slope(double d, double *sigmoid)
{
    double e = exp(-fabs(d));
    *sigmoid = (d > 0 ? 1 : e) / (1 + e);
    return (d > 0 ? d : 0) + log1p(e);
}

static inline double mt_softplus(double d)
{
    double sigmoid;
    return mt_softplus_slope(d, &sigmoid);
}

#endif
