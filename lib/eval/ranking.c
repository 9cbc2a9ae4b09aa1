#include "lib/eval/ranking.h"

#include <math.h>

static void two_largest(const float *score, int classes, int32_t *first, int32_t *second)
{
    *first = 0;
    *second = -1;
    for (int32_t k = 1; k < classes; k++) {
        if (score[k] > score[*first] || (isnan(score[*first]) && !isnan(score[k]))) {
            *second = *first;
            *first = k;
        } else if (*second < 0 || score[k] > score[*second] || (isnan(score[*second]) && !isnan(score[k]))) {
            *second = k;
        }
    }
}

void mt_rank_scores(const float *score, int64_t n, int classes, const struct mt_ranking *out)
{
    for (int64_t i = 0; i < n; i++) {
        const float *z = score + i * classes;
        int32_t first, second;
        double sum = 0.0;
        two_largest(z, classes, &first, &second);
        for (int k = 0; k < classes; k++)
            sum += exp((double)z[k] - z[first]);
        double behind = second < 0 ? 0.0 : exp((double)z[second] - z[first]);
        mt_ranking_set(out, i, first, second, 1.0 / sum, (1.0 - behind) / sum);
    }
}
