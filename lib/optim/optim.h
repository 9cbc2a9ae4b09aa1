/* optim.h: optimizers and learning-rate schedules. */
#ifndef MT_OPTIM_OPTIM_H
#define MT_OPTIM_OPTIM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/fields.h"
#include "lib/core/plan.h"
#include "lib/core/pool.h"
#include "lib/core/tensor.h"

#define MT_MOMENTS 2

/* One contiguous piece of one tensor, at step t (the first is 1). */
struct mt_update {
    float *w;
    const float *g; /* gradient of the loss; multiply by g_scale (clipping), then add 2 * l2 * w */
    float *moment[MT_MOMENTS];
    size_t n;
    double lr, g_scale, l2;
    bool decay; /* weight decay applies to this tensor */
    int64_t t;
};

struct mt_optim_type {
    struct mt_kind kind; /* every optimizer's struct begins with `double lr` */
    int moments;         /* arrays of the weights' shape that it keeps, 0..MT_MOMENTS */
    const char *moment_name[MT_MOMENTS];
    void (*update)(const void *cfg, const struct mt_update *u);
};

extern const struct mt_table mt_optim_table;

struct mt_optim {
    const struct mt_optim_type *type;
    const void *cfg;
    struct mt_tensors *tensors;
    struct mt_pool *pool;
    float **moment[MT_MOMENTS]; /* [moment][tensor index]; NULL for what is not trained */
    double *norm_part;          /* partial sums of the gradient norm */
    int64_t t;                  /* steps done */
};

/* The tensors must be complete (network and head planned). */
int mt_optim_new(struct mt_optim **out, const struct mt_variant *optimizer, struct mt_tensors *tensors, struct mt_pool *pool,
                 struct mt_plan *plan, struct mt_err *err);
void mt_optim_free(struct mt_optim *o);
double mt_optim_lr(const struct mt_optim *o); /* the configured base rate */
/* Norm of all gradients (loss and l2 together), summed in double in a fixed order. */
double mt_optim_grad_norm(struct mt_optim *o);
/* sum over tensors of l2 * sum(w^2) */
double mt_optim_l2_loss(const struct mt_optim *o);
/* Moves every trainable tensor; gradients are scaled by g_scale first. */
void mt_optim_step(struct mt_optim *o, double lr, double g_scale);

/* --- schedules --- */

struct mt_schedule_at {
    int64_t step;            /* steps done since training began */
    int64_t steps_per_epoch;
    int64_t epochs;          /* planned in all */
};
struct mt_schedule_state { /* plateau's memory; saved in checkpoints */
    double best, factor;
    int64_t wait;
    bool any;
};
struct mt_schedule_type {
    struct mt_kind kind; /* every schedule's struct begins with `double warmup_epochs` */
    /* Factor on the base rate at this step, warm-up not included. */
    double (*factor)(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state);
    /* Told the monitored value after each epoch; NULL: does not care. */
    void (*observe)(const void *cfg, struct mt_schedule_state *state, double value);
};
extern const struct mt_table mt_schedule_table;

/* Learning rate of the next step: base * factor, after a linear warm-up from 0 over warmup_epochs. */
double mt_schedule_lr(const struct mt_variant *schedule, double base, const struct mt_schedule_at *at,
                      const struct mt_schedule_state *state);
void mt_schedule_observe(const struct mt_variant *schedule, struct mt_schedule_state *state, double value);

#endif
