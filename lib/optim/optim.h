/* optim.h: optimizers and learning-rate schedules.
 *
 * An optimizer or schedule is one file with one const struct and one row in its table. A step moves fixed
 * pieces of the tensors in parallel; what a piece becomes depends on that piece alone, so the result is the
 * same for any number of threads. */
#ifndef MT_OPTIM_OPTIM_H
#define MT_OPTIM_OPTIM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/err.h"
#include "lib/core/fields.h"
#include "lib/core/plan.h"
#include "lib/core/pool.h"
#include "lib/core/tensor.h"
#include "lib/math/kernels.h"

#define MT_MOMENTS 2

/* One contiguous piece of one tensor. `rate` is mt_optim_type.rate. What the optimizer follows is
 * g_scale * (g + 2 * l2 * w): the l2 term belongs to the loss, so clipping scales it too; weight decay does
 * not. */
struct mt_update {
    float *w;
    const float *g; /* gradient of the loss without l2 */
    float *moment[MT_MOMENTS];
    size_t n;
    double lr, rate, g_scale, l2;
    bool decay; /* weight decay applies to this tensor */
    const struct mt_update_kernels *kernels;
};

struct mt_optim_type {
    struct mt_kind kind; /* every optimizer's struct begins with `double lr` */
    int moments;         /* arrays of the weights' shape that it keeps, 0..MT_MOMENTS */
    const char *moment_name[MT_MOMENTS];
    int (*moments_used)(const void *cfg); /* how many of them this configuration needs; NULL: all */
    /* The part of step t (the first is 1) that is the same for all pieces; NULL: lr. */
    double (*rate)(const void *cfg, double lr, int64_t t);
    void (*update)(const void *cfg, const struct mt_update *u);
};

extern const struct mt_table mt_optim_table;

struct mt_piece { /* elements [start, start + n) of one tensor */
    int tensor;
    size_t start, n;
};

struct mt_optim {
    const struct mt_optim_type *type;
    const void *cfg;
    struct mt_tensors *tensors;
    struct mt_pool *pool;
    int moments;                /* in use, 0..MT_MOMENTS */
    float **moment[MT_MOMENTS]; /* [moment][tensor index]; NULL for what is not trained */
    const struct mt_update_kernels *kernels;
    struct mt_piece *piece; /* the trainable tensors cut up, in their order */
    int *first;             /* (tasks + 1) each task's first piece: together as many elements each */
    int tasks;
    double *part; /* (tasks) partial sums */
    int64_t t;    /* steps done */
};

/* The tensors must be complete (network and head planned). */
int mt_optim_new(struct mt_optim **out, const struct mt_variant *optimizer, struct mt_tensors *tensors,
                 struct mt_pool *pool, const struct mt_kernels *kernels, struct mt_plan *plan,
                 struct mt_err *err);
void mt_optim_free(struct mt_optim *o);
/* Goes on with the tensors that are not frozen now. */
void mt_optim_select(struct mt_optim *o);
void mt_optim_reset(struct mt_optim *o); /* as new: moments 0, no steps done */
/* The first tensor of which a moment holds a number that is not finite, or NULL. */
const struct mt_tensor *mt_optim_find_nonfinite(const struct mt_optim *o);
double mt_optim_lr(const struct mt_optim *o); /* the configured base rate */
/* Norm of all gradients (loss and l2 together) that are not frozen, summed in double in a fixed order. */
double mt_optim_grad_norm(const struct mt_optim *o);
/* sum over tensors that are not frozen of l2 * sum(w^2) */
double mt_optim_l2_loss(const struct mt_optim *o);
/* Moves every trainable tensor; gradients (with l2) are scaled by g_scale first, 1 without clipping. */
void mt_optim_step(struct mt_optim *o, double lr, double g_scale);

/* --- schedules ---
 *
 * Rate of step k = 0, 1, ... (k counts all steps since training began, S steps per epoch, E epochs):
 *
 *     lr(k) = base * min(1, (k + 1) / W) * factor(k),   W = warmup_epochs * S
 *
 * The warm-up is linear from 0 and reaches the base rate with its last step; its first step already moves.
 * What is counted in epochs (step, multistep, plateau) counts from the beginning of training and changes with
 * the first step of an epoch; what decays smoothly (exponential, polynomial, cosine) starts where the warm-up
 * ends. */

struct mt_schedule_at {
    int64_t step;            /* k: steps done since training began */
    int64_t steps_per_epoch; /* S >= 1 */
    int64_t epochs;          /* E: planned in all */
};
struct mt_schedule_state { /* plateau's memory; saved in checkpoints */
    double best, factor;
    int64_t wait;
    bool any;
};
struct mt_schedule_type {
    struct mt_kind kind; /* every schedule's struct begins with `double warmup_epochs` */
    /* Factor on the base rate at this step, warm-up not included: finite, and above 0 for steps before the
     * planned end. */
    double (*factor)(const void *cfg, const struct mt_schedule_at *at, const struct mt_schedule_state *state);
    /* Told the monitored value after each epoch; NULL: does not care. */
    void (*observe)(const void *cfg, struct mt_schedule_state *state, double value);
};
extern const struct mt_table mt_schedule_table;

void mt_schedule_start(struct mt_schedule_state *state); /* before the first step */
/* Learning rate of the next step. */
double mt_schedule_lr(const struct mt_variant *schedule, double base, const struct mt_schedule_at *at,
                      const struct mt_schedule_state *state);
/* After each epoch. Larger values are better: a monitor that is minimized is passed with its sign turned. A
 * value that is not a number is no improvement. */
void mt_schedule_observe(const struct mt_variant *schedule, struct mt_schedule_state *state, double value);

#endif
