/* head_reference.h: the loss of every head in double, straight from its formula, with nothing shared with
 * lib/head. */
#ifndef MT_CHECK_HEAD_REFERENCE_H
#define MT_CHECK_HEAD_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/fields.h"

#define MT_REFERENCE_CLASSES 8

struct mt_head_reference;

/* What the keys of a head say; NaN or "" for those it does not have. */
struct mt_head_keys {
    double s, m, m1, m2, m3, epsilon, lambda;
    const char *pi_rule, *rule;
};

/* One batch in double, with the state its head had when it computed its loss. */
struct mt_head_batch {
    const struct mt_head_reference *reference;
    const struct mt_kind *kind;
    const void *cfg;
    struct mt_head_keys keys; /* of mt_head_reference_read */
    int N, C, D;              /* C at most MT_REFERENCE_CLASSES */
    double *x, *w, *b;        /* (N,D), (C,D), (C) */
    const double *centers;    /* (C,D) */
    const int32_t *label;
    double t;      /* CurricularFace's, as this batch uses it */
    double lambda; /* SphereFace's */
    double *held;  /* (N) NULL: exact. Else z_y / S - cos(theta_y) of each sample, held constant (detached) */
};

struct mt_head_reference {
    const char *name;
    const char *const *settings; /* keys to check with, "key=value key=value"; ends with NULL */
    /* Target function f(theta); NULL for heads without angles. */
    double (*target)(const struct mt_head_batch *b, double theta);
    /* Logit of another class over S; NULL: c itself. */
    double (*other)(const struct mt_head_batch *b, double c, double theta_y);
    /* The margin's angle is m1 theta + m2; NULL where there is none. */
    void (*phase)(const struct mt_head_batch *b, double *m1, double *m2);
    double (*term)(const struct mt_head_batch *b, int i); /* added to the loss of sample i; may be NULL */
    bool norm_scales;                                     /* S = |x| */
};

const struct mt_head_reference *mt_head_reference_find(const char *name);
/* Reads the keys by name. */
void mt_head_reference_read(struct mt_head_batch *b);
/* Mean loss of the batch. */
double mt_head_reference_loss(const struct mt_head_batch *b);
/* The angle between sample i and class j; pi/2 where one has no direction. */
double mt_head_reference_theta(const struct mt_head_batch *b, int i, int j);
/* Sets held[i] from the batch as it is. */
void mt_head_reference_hold(struct mt_head_batch *b, double *held);

#endif
