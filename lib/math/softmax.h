/* softmax.h: kernels of a softmax over one row of scores, its target left out. Rows need not be aligned, and
 * are not touched beyond their ends. */
#ifndef MT_MATH_SOFTMAX_H
#define MT_MATH_SOFTMAX_H

/* Log-sum-exp of the other classes' scores (lib/head/lse.h). */
struct mt_lse {
    double scale;
    float max;  /* the largest c_j, j != y */
    int first;  /* where it stands, the first of equals */
    double sum; /* sum of exp(scale (c_j - max)), j != y, in double: at least 1 */
};

struct mt_softmax_kernels {
    /* c (C) scores, C >= 2, to which bias (C) is added unless it is NULL. c_j becomes exp(scale (c_j - max)),
     * never less than e^-80, and c_y 0. */
    void (*row)(int C, int y, double scale, const float *bias, float *c, struct mt_lse *out);
    /* The same for scores n(c_j) = c_j (t + c_j) where c_j > threshold, c_j elsewhere: c_j becomes the
     * exponential of the new score times n'(c_j) = 2 c_j + t or 1. `score` is what `row` says of c, `loss`
     * what it says of n(c). */
    void (*curriculum)(int C, int y, double scale, double threshold, float t, float *c, struct mt_lse *score,
                       struct mt_lse *loss);
    /* e_j = each e_j, or 0 where |e_j| < least */
    void (*gradient)(int C, float each, float least, float *e);
};

#endif
