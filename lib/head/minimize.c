#include "lib/head/minimize.h"

#include <math.h>
#include <string.h>

#define PAIRS MT_MINIMIZE_PAIRS
#define HALVINGS 30
#define DESCENT 1e-4 /* the part of the slope's promise that a step has to keep (Armijo) */

/* The last moves s and what they did to the gradient, y; the newest at (count - 1) % PAIRS. */
struct memory {
    size_t n;
    double *s, *y; /* (PAIRS,n) */
    double rho[PAIRS];
    int count;
};

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add(size_t n, double *a, double factor, const double *b)
{
    for (size_t i = 0; i < n; i++)
        a[i] += factor * b[i];
}

/* d = -H gradient by the two-loop recursion. */
static void direction(const struct memory *m, const double *gradient, double *d)
{
    double alpha[PAIRS];
    int kept = m->count < PAIRS ? m->count : PAIRS;
    for (size_t i = 0; i < m->n; i++)
        d[i] = -gradient[i];
    for (int k = m->count - 1; k >= m->count - kept; k--) {
        size_t at = (size_t)(k % PAIRS);
        alpha[at] = m->rho[at] * dot(m->n, m->s + at * m->n, d);
        add(m->n, d, -alpha[at], m->y + at * m->n);
    }
    if (kept) {
        const double *y = m->y + (size_t)((m->count - 1) % PAIRS) * m->n;
        double scale = 1 / (m->rho[(m->count - 1) % PAIRS] * dot(m->n, y, y));
        for (size_t i = 0; i < m->n; i++)
            d[i] *= scale;
    }
    for (int k = m->count - kept; k < m->count; k++) {
        size_t at = (size_t)(k % PAIRS);
        double beta = m->rho[at] * dot(m->n, m->y + at * m->n, d);
        add(m->n, d, alpha[at] - beta, m->s + at * m->n);
    }
}

static void remember(struct memory *m, const double *step, const double *before, const double *after)
{
    size_t at = (size_t)(m->count % PAIRS), n = m->n;
    double *s = m->s + at * n, *y = m->y + at * n;
    for (size_t i = 0; i < n; i++)
        y[i] = after[i] - before[i];
    memcpy(s, step, n * sizeof *s);
    double curve = dot(n, s, y);
    if (!(curve > 0))
        return;
    m->rho[at] = 1 / curve;
    m->count++;
}

double mt_minimize(mt_function *f, void *arg, double *x, size_t n, int steps, double *space)
{
    double *gradient = space, *d = gradient + n, *next = d + n, *after = next + n;
    struct memory m = {.n = n, .s = after + n, .y = after + n + PAIRS * n};
    double value = f(arg, x, gradient);
    for (int step = 0; step < steps; step++) {
        direction(&m, gradient, d);
        double slope = dot(n, gradient, d);
        if (!(slope < 0)) { /* what is remembered no longer fits */
            m.count = 0;
            direction(&m, gradient, d);
            slope = dot(n, gradient, d);
        }
        double length = m.count ? 1 : 0.1 / sqrt(-slope + 1e-300), found = value;
        int halvings = 0;
        for (; halvings < HALVINGS; halvings++, length /= 2) {
            memcpy(next, x, n * sizeof *x);
            add(n, next, length, d);
            found = f(arg, next, after);
            if (found <= value + DESCENT * length * slope)
                break;
        }
        if (halvings == HALVINGS || value - found <= 1e-15 * fabs(value))
            break;
        for (size_t i = 0; i < n; i++)
            d[i] = next[i] - x[i];
        remember(&m, d, gradient, after);
        memcpy(x, next, n * sizeof *x);
        memcpy(gradient, after, n * sizeof *gradient);
        value = found;
    }
    return value;
}
