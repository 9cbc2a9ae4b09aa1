/* foresight.h: what can be known of each stage's head before training (head/feasibility.h). */
#ifndef MT_TRAIN_FORESIGHT_H
#define MT_TRAIN_FORESIGHT_H

#include "lib/head/feasibility.h"
#include "lib/train/model.h"
#include "lib/train/talk.h"

struct mt_foresight {
    struct mt_feasibility *stage; /* (n); where numbers are annealed, of the stage's end */
    int n;
};

/* Leaves the model in its last stage. */
int mt_foresight_new(struct mt_foresight *f, struct mt_model *m, struct mt_err *err);
void mt_foresight_release(struct mt_foresight *f);

/* An array with an object for each stage: its name, its head, and what is known of it. */
void mt_foresight_json(const struct mt_foresight *f, const struct mt_model *m, struct mt_buf *out);
/* Whether a stage's head is that of the stage before, so that there is nothing new to say. */
bool mt_foresight_repeats(const struct mt_foresight *f, int stage);
/* The warnings, and with `figures` a line for each head. */
void mt_foresight_say(const struct mt_foresight *f, const struct mt_model *m, bool figures,
                      const struct mt_talker *talker);

#endif
