/* projection_points.h: points whose affinities and fuzzy graph other programs have worked out. */
#ifndef MT_TESTS_PROJECTION_POINTS_H
#define MT_TESTS_PROJECTION_POINTS_H

#include <math.h>

#include "lib/eval/graph.h"
#include "tests/test.h"

enum { KNOWN = 12, KNOWN_PAIRS = KNOWN * (KNOWN - 1) / 2 };

static inline void known_points(float x[KNOWN * 3])
{
    for (int i = 0; i < KNOWN; i++) {
        x[3 * i] = (float)(i * 7 % 11);
        x[3 * i + 1] = (float)(i * 5 % 13);
        x[3 * i + 2] = (float)(i * i % 17);
    }
}

static inline float weight_of(const struct mt_graph *g, int i, int j)
{
    for (int64_t e = g->start[i]; e < g->start[i + 1]; e++)
        if (g->other[e] == j)
            return g->weight[e];
    return 0;
}

/* The graph has these weights, pair after pair (0,1), (0,2), ..., from both ends. */
static inline void assert_known_weights(const struct mt_graph *g, const double *known, double relative)
{
    for (int i = 0, at = 0; i < KNOWN; i++)
        for (int j = i + 1; j < KNOWN; j++, at++) {
            assert_float_equal(weight_of(g, i, j), known[at], relative * known[at] + 1e-9);
            assert_true(weight_of(g, i, j) == weight_of(g, j, i));
        }
}

#endif
