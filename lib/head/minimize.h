/* minimize.h: the nearest minimum of a smooth function of many variables: limited-memory BFGS (J. Nocedal,
 * Updating quasi-Newton matrices with limited storage, 1980) with a step that is halved until it descends. */
#ifndef MT_HEAD_MINIMIZE_H
#define MT_HEAD_MINIMIZE_H

#include <stddef.h>

#define MT_MINIMIZE_PAIRS 6

/* The value at x (n), and its gradient. */
typedef double mt_function(void *arg, const double *x, double *gradient);

/* Numbers of working space for n variables. */
static inline size_t mt_minimize_space(size_t n)
{
    return n * (2 * MT_MINIMIZE_PAIRS + 4);
}

/* Moves x (n) downhill for at most `steps` steps and returns the value there. It ends early where a step
 * gains less than 1e-15 of the value. */
double mt_minimize(mt_function *f, void *arg, double *x, size_t n, int steps, double *space);

#endif
