/* trainer.h: the training loop itself: steps, epochs and what is counted in them, without files. */
#ifndef MT_TRAIN_TRAINER_H
#define MT_TRAIN_TRAINER_H

#include "lib/train/model.h"
#include "lib/train/splits.h"

/* Sums over the steps of an epoch so far; with the model's tensors and moments it is all that a resume in the
 * middle of an epoch needs. */
struct mt_epoch_sums {
    struct mt_head_stats head;
    double grad_norm; /* sum over steps */
    double lr;        /* of the last step */
};

struct mt_trainer {
    const struct mt_experiment *e;
    const struct mt_splits *splits;
    struct mt_model *model;
    int32_t *order;          /* (train.n) sample indices of this epoch, in order */
    float *state;            /* the tensors that are not trained, as they were before the step */
    int64_t steps_per_epoch; /* in the stage at hand */
    int64_t epoch;           /* 0-based: the epoch in progress */
    int64_t batch;           /* steps done in it */
    int64_t step;            /* steps done in all */
    struct mt_epoch_sums sums;
    struct mt_schedule_state schedule;
    double last_loss, last_norm; /* of the last step: mean loss, gradient norm */
};

/* Steps of an epoch of a stage over n samples, with or without the last, smaller batch. */
int64_t mt_steps_per_epoch(const struct mt_experiment *e, const struct mt_stage *s, int64_t n);

int mt_trainer_init(struct mt_trainer *t, const struct mt_experiment *e, const struct mt_splits *splits,
                    struct mt_model *model, struct mt_err *err);
void mt_trainer_release(struct mt_trainer *t);

/* The stage at hand. */
const struct mt_stage *mt_trainer_stage(const struct mt_trainer *t);
/* Puts the stage of epoch t->epoch in place; after a resume. */
void mt_trainer_enter(struct mt_trainer *t);
/* Whether t->epoch, of which no step is done yet, is the first of a stage. */
bool mt_trainer_stage_begins(const struct mt_trainer *t);
/* Steps of all epochs before this one. */
int64_t mt_trainer_steps_before(const struct mt_trainer *t, int64_t epoch);
/* Draws the order of epoch t->epoch, and enters its stage. To be called before its first step, after a
 * resume, and after a measurement in the middle of it. Fails only where data is streamed, for want of
 * threads. */
int mt_trainer_begin_epoch(struct mt_trainer *t, struct mt_err *err);
/* One step on the next batch of the epoch. Returns 0; or -1 (MT_ERR_DIVERGED) when loss or gradient is not
 * finite: the sentence names epoch, batch and layer, and all tensors are as before the step; nor has anything
 * changed when a streamed sample cannot be decoded. */
int mt_trainer_step(struct mt_trainer *t, struct mt_err *err);

/* After an epoch: -1 (MT_ERR_DIVERGED) when a weight, a statistic or a moment of the optimizer has left the
 * finite numbers without the loss having shown it. */
int mt_trainer_check_tensors(const struct mt_trainer *t, struct mt_err *err);
/* The same of what the validation samples' losses sum up to. */
int mt_trainer_check_validation(const struct mt_trainer *t, const struct mt_head_stats *sum,
                                struct mt_err *err);

/* Label-free score and margin loss over a view; sums. */
int mt_trainer_measure(struct mt_model *m, const struct mt_view *v, const struct mt_scale *scale,
                       struct mt_head_stats *sum, struct mt_err *err);

#endif
