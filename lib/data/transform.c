/* transform.c: what several transforms have in common. */
#include "lib/data/transform.h"

#include <math.h>

int mt_form_check_fill(const struct mt_form *f, double fill, struct mt_err *err)
{
    if (isnan(fill) || f->pixel == MT_PIXEL_F32 || (fill >= 0 && fill <= f->top && fill == floor(fill)))
        return 0;
    return mt_err_set(
        err, MT_ERR_USAGE,
        "fill: %g is not one of the values of the samples, 0 to %d; leave it away to repeat the "
        "edge",
        fill, f->top);
}

int mt_factor_check(const struct mt_reals *range, struct mt_err *err)
{
    if (range->n == 1 && range->v[0] <= 1)
        return 0;
    if (range->n == 1)
        return mt_err_set(err, MT_ERR_USAGE,
                          "one number d stands for factors from 1 - d to 1 + d, and is at most 1, not %g",
                          range->v[0]);
    if (range->n == 2 && range->v[0] <= range->v[1])
        return 0;
    return mt_err_set(err, MT_ERR_USAGE, "expected the least and the largest factor, like [0.8, 1.2]");
}

float mt_factor_draw(const struct mt_reals *range, struct mt_rng *r)
{
    double low = range->n == 2 ? range->v[0] : 1 - range->v[0];
    double high = range->n == 2 ? range->v[1] : 1 + range->v[0];
    return (float)(low + (high - low) * (double)mt_rng_unit(r));
}
