/* model_stages.h: what changes in a model from stage to stage: the head and its numbers, and which layers are
 * frozen. */
#ifndef MT_TRAIN_MODEL_STAGES_H
#define MT_TRAIN_MODEL_STAGES_H

#include "lib/train/model.h"

/* The parts of building a model: a head for each type that stages use, the last stage's named "head" and
 * others "head_<type>"; and a check of what freeze names. */
int mt_model_heads(struct mt_model *m, const struct mt_experiment *e, const struct mt_model_options *o,
                   struct mt_err *err);
int mt_model_check_freeze(const struct mt_model *m, struct mt_err *err);
void mt_model_release_heads(struct mt_model *m);

/* Puts a stage's head, its numbers at the stage's end, and frozen layers in place. */
void mt_model_enter(struct mt_model *m, int stage);
/* Moves the numbers that the stage anneals: `done`, from 0 to 1, is the part of it that is over. */
void mt_model_anneal(struct mt_model *m, double done);

#endif
