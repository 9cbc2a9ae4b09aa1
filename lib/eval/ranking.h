/* ranking.h: which class a sample is put in, which comes next, and how clearly. */
#ifndef MT_EVAL_RANKING_H
#define MT_EVAL_RANKING_H

#include <stdint.h>

struct mt_ranking { /* each (n) and the caller's; all but `pred` may be NULL */
    int32_t *pred;
    int32_t *second;    /* the next best class; -1: there is none */
    float *probability; /* of pred, in [0, 1]; not-a-number where the method has none */
    float *margin;      /* by how much pred is ahead of second; probability where there is no second */
};

/* From the head's scores (N,C), C >= 1: probability = softmax(score)[pred]; margin: the difference of the two
 * probabilities. Of equal scores the smaller class is first. A score that is not a number ranks last. */
void mt_rank_scores(const float *score, int64_t n, int classes, const struct mt_ranking *out);

/* Writes one sample's row. */
static inline void mt_ranking_set(const struct mt_ranking *r, int64_t i, int32_t pred, int32_t second,
                                  double probability, double margin)
{
    r->pred[i] = pred;
    if (r->second)
        r->second[i] = second;
    if (r->probability)
        r->probability[i] = (float)probability;
    if (r->margin)
        r->margin[i] = (float)margin;
}

#endif
