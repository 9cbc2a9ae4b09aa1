/* rungs.h: how many cells of a sweep by successive halving train how long.
 *
 * Rung k = 0, 1, ... stands after min_epochs * eta^k epochs, as long as that is less than a whole run and
 * there is more than one cell: of the c cells that reach it the best ceil(c / eta) go on. What is left after
 * the last rung trains to the end. (Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and
 * Hyperparameter Optimization", AISTATS 2016; with eta as in Li et al., "Hyperband", JMLR 2018.) */
#ifndef MT_SWEEP_RUNGS_H
#define MT_SWEEP_RUNGS_H

#include <stdint.h>

#define MT_RUNGS_MOST 32 /* eta >= 2, and there are no 2^32 cells */

struct mt_rung {
    int64_t epochs;  /* after which it stands */
    int cells, keep; /* that reach it; that go on */
};

struct mt_rungs {
    struct mt_rung v[MT_RUNGS_MOST];
    int n;
    int64_t epochs; /* of a whole run */
    int last;       /* cells that train to the end */
};

void mt_rungs_make(struct mt_rungs *r, int cells, int64_t epochs, int64_t min_epochs, int64_t eta);

/* Epochs that all cells together train, with one run each, on the way to rung `from` and later ones; rung n
 * is the end. */
int64_t mt_rungs_total(const struct mt_rungs *r, int from);

/* A cell as a rung judges it. */
struct mt_standing {
    int cell;     /* its number */
    int bad;      /* runs that diverged or collapsed */
    double merit; /* the mean of its runs' figures, negative where smaller is better; not-a-number: none */
};

/* The best first: those with the fewest bad runs, of these the ones with the largest merit, and of equal ones
 * those with the smallest number. */
void mt_standings_sort(struct mt_standing *s, int n);

#endif
