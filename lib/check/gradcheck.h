/* gradcheck.h: every head and layer against finite differences of a forward pass in double, written
 * separately.
 *
 * A check is one setting (a head with its rule and gradient mode, a layer with its keys) in one case (an
 * angle, a zero embedding, a shape). The float gradients of dX, dW and db are compared with the fourth-order
 * central difference of the double loss; the error is max |float - difference| / max |difference|, taken per
 * tensor, the worst of them. Tables are walked row by row: what has no reference of its own here fails. */
#ifndef MT_CHECK_GRADCHECK_H
#define MT_CHECK_GRADCHECK_H

#include <stdbool.h>

#include "lib/core/err.h"
#include "lib/core/pool.h"

struct mt_head_type;
struct mt_layer_type;

struct mt_gradcheck_row {
    char what[32];     /* "arcface", "conv2d" */
    char rule[32];     /* pi_rule and other choices of the loss; empty where there are none */
    char mode[16];     /* exact, detached, or the kernel set a layer ran on */
    char setting[128]; /* keys that differ from the defaults; the chain of layers */
    char at[40];       /* the case */
    double error;      /* worst relative error */
    double tolerance;
    int nonfinite; /* numbers that are not finite, of all that the code under test returned */
    bool pass;
};

struct mt_gradcheck {
    struct mt_gradcheck_row *row;
    int n, cap;
};

/* Append every check of every head and of every layer, the latter on every kernel set this processor runs.
 * Both fail only without memory, or when a check asks for keys that are not there. */
int mt_gradcheck_heads(struct mt_gradcheck *g, struct mt_pool *pool, struct mt_err *err);
int mt_gradcheck_layers(struct mt_gradcheck *g, struct mt_pool *pool, struct mt_err *err);
/* Those of one head or layer, which need not be in the table; its name says what it is compared with. */
int mt_gradcheck_head(struct mt_gradcheck *g, const struct mt_head_type *type, struct mt_pool *pool,
                      struct mt_err *err);
int mt_gradcheck_layer(struct mt_gradcheck *g, const struct mt_layer_type *type, struct mt_pool *pool,
                       struct mt_err *err);
void mt_gradcheck_release(struct mt_gradcheck *g);

bool mt_gradcheck_passed(const struct mt_gradcheck *g); /* all of at least one */
struct mt_gradcheck_row *mt_gradcheck_add(struct mt_gradcheck *g,
                                          struct mt_err *err); /* a zeroed row, or NULL */

/* --- for the checks themselves --- */

/* A row that fails because nothing here says what `what` should compute. */
int mt_gradcheck_missing(struct mt_gradcheck *g, const char *what, struct mt_err *err);

/* The loss as a function of numbers that the check moves. */
struct mt_difference {
    double (*loss)(void *arg);
    void *arg;
    double step; /* of the outermost of four points, in units of the numbers */
};
/* dL/d(*at), with *at put back. */
double mt_difference_at(const struct mt_difference *d, double *at);

/* Compares n float derivatives with differences: raises *error to the worst of max |a - b| / max(max |b|,
 * floor) and adds to *nonfinite. */
void mt_gradcheck_compare(int n, const float *a, const double *b, double floor, double *error,
                          int *nonfinite);

#endif
