/* feasibility.h: whether a head can do what its settings ask for, from (classes C, dimensions D, s, margin)
 * alone, before a single step.
 *
 *     best arrangement    every class at its own center, centers as arrangement.h has them:
 *                         loss ln(1 + (C-1) exp(s (v - f(0))))
 *     collapsed           all centers alike, every embedding opposite to them:
 *                         loss ln(1 + (C-1) exp(s (-1 - f(pi))))
 *     margin can be met   f(0) > cos(angle): an embedding at its center beats the nearest other class
 *     s >= (C-1)/C ln((C-1) P / (1-P))     for the right class to have probability P there, centers forming a
 *                         simplex          (H. Wang et al., CosFace, CVPR 2018, equation 6)
 *     s = sqrt(2) ln(C-1)                  AdaCos' fixed scale (X. Zhang et al., CVPR 2019)
 *
 * Collapse pays where it costs less than the best arrangement. For the unguarded f = cos(theta + m) that is
 * cos m < (1 + v) / 2. CurricularFace's t changes neither number: at the best arrangement a negative is hard
 * only where the margin cannot be met, and in the collapsed state none is. */
#ifndef MT_HEAD_FEASIBILITY_H
#define MT_HEAD_FEASIBILITY_H

#include "lib/core/buf.h"
#include "lib/head/arrangement.h"
#include "lib/head/head.h"
#include "lib/head/trap.h"

#define MT_FEASIBILITY_WARNINGS 4
#define MT_FEASIBILITY_TEXT 400

/* NaN stands for what a head has not. */
struct mt_feasibility {
    int classes, dim;
    bool margin; /* a head over cosines; else only the angle says something */
    struct mt_spread spread;
    double s;             /* NaN: each embedding's own length takes its place */
    double f0, f_pi;      /* of the label's logit, divided by s */
    double m_most, m_fit; /* the largest m that can be met; m: auto */
    double s_fit;         /* s: auto */
    struct mt_crowding crowding;
    double floor, collapsed; /* loss at the best arrangement, and in the collapsed state */
    struct mt_trap trap;     /* of C >= 3 classes */
    double trapped;          /* loss there with all class weights alike; it falls a little as they part */
    double chance;           /* ln C */
    double probability;      /* of the right class by the label-free score, at the best arrangement */
    double m_collapse;       /* from here on collapse pays, were f = cos(theta + m) */
    double s_adacos, s_cosface[2]; /* P = 0.9, 0.999 */
    int warnings;
    char warning[MT_FEASIBILITY_WARNINGS][MT_FEASIBILITY_TEXT]; /* one sentence or two, with the remedy */
};

/* -1 only without memory. The head's settings must be numbers (auto.h). */
int mt_feasibility_of(struct mt_feasibility *f, const struct mt_variant *head, int classes, int dim,
                      struct mt_arrangements *found, struct mt_err *err);

/* CosFace's bound on s for probability P. */
double mt_scale_bound(int classes, double probability);

/* One word: ok; unmeetable, collapse, small-s or shape for the first of the warnings above; - without a margin. */
const char *mt_feasibility_word(const struct mt_feasibility *f);

/* A few lines for people; one line; the members of an object. */
void mt_feasibility_print(const struct mt_feasibility *f, struct mt_buf *out);
void mt_feasibility_line(const struct mt_feasibility *f, struct mt_buf *out);
void mt_feasibility_json(const struct mt_feasibility *f, struct mt_buf *out);

#endif
