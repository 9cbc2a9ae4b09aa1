/* arrangement.h: how far apart C directions can stand in D dimensions, and what the crowding costs a softmax.
 *
 *     angle   the largest smallest angle between C unit vectors (Tammes' problem)
 *     v       what the other classes amount to for an embedding at its own class's center: the least mean
 * loss there, over all arrangements, is ln(1 + (C-1) exp(s (v - f0))), f0 = f(0) of the head
 *
 * For one class, v_y = (1/s) ln mean_{j != y} exp(s c_yj).
 *
 * Known: D >= C - 1 has the simplex, all c = -1/(C-1); the plane has the regular polygon; D + 2 <= C <= 2 D
 * has angle 90 degrees (R. A. Rankin, The closest packing of spherical caps in n dimensions, 1955). Elsewhere
 * both are searched for: v by minimizing the mean loss itself, the angle by minimizing
 *
 *     (1/s) ln mean_y exp(s v_y), s to infinity
 *
 * from several starts; the starts are named by a fixed seed, so the same C, D and s give the same numbers.
 * What is too large for that is bounded: the angle by Rankin and by the area of C caps that do not overlap, v
 * by the simplex, which no arrangement beats (Jensen). */
#ifndef MT_HEAD_ARRANGEMENT_H
#define MT_HEAD_ARRANGEMENT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lib/core/err.h"

enum mt_known {
    MT_KNOWN_EXACT, /* a closed form */
    MT_KNOWN_FOUND, /* the best that the search found */
    MT_KNOWN_BOUND, /* no arrangement is better; how near the best one comes is not known */
};

struct mt_spread {
    enum mt_known known;
    double angle; /* rad */
};
struct mt_crowding {
    enum mt_known known;
    double v;
};

/* What searches have found: they take some ten milliseconds each, and runs that are alike ask for the same
 * again. Zeroed it is empty; when it is full, nothing more is kept. In memory that processes share, one has
 * what another found. */
#define MT_ARRANGEMENTS 512
struct mt_arrangements {
    struct mt_arrangement {
        atomic_int state; /* 0: free, 1: being filled, 2: filled */
        int C, D;
        bool farthest;
        double last, f0, best; /* what `search` in arrangement.c takes and gives */
    } v[MT_ARRANGEMENTS];
};

/* C >= 2, D >= 1; `found` may be NULL. -1 only without memory. */
int mt_spread_best(struct mt_spread *out, int C, int D, struct mt_arrangements *found, struct mt_err *err);
/* s > 0. */
int mt_crowding_best(struct mt_crowding *out, int C, int D, double s, double f0,
                     struct mt_arrangements *found, struct mt_err *err);

#endif
