/* stages.h: training in stages: one after another on the same network, each with what it changes.
 *
 * What a stage leaves out is as the keys of the experiment have it. An experiment without stages has one, of
 * all its epochs, named "train". Weights go on from stage to stage. A head goes on where a later stage has
 * one of the same type, with that stage's numbers; another type starts with first weights of its own. */
#ifndef MT_TRAIN_STAGES_H
#define MT_TRAIN_STAGES_H

#include "lib/train/experiment.h"

/* A stage as the file has it. */
struct mt_stage_cfg {
    char *name;
    int64_t epochs, batch_size;
    struct mt_variant head, schedule;
    struct {
        double lr;
        bool reset;
    } optimizer;
    struct mt_strings freeze;
    struct {
        struct mt_reals s, m; /* [from, to] */
    } anneal;
    char key[48]; /* of what mt_stages_settle found wrong */
};

extern const struct mt_table mt_stage_table;

/* A stage with all that holds in it. */
struct mt_stage {
    char *name;
    int64_t first, epochs; /* its first epoch, counted from 0, and how many it has */
    int64_t batch_size;
    struct mt_variant head, schedule;
    double lr; /* the base rate */
    bool reset_optimizer;
    struct mt_strings freeze;           /* names of layers, with * and ?; "head" is the head's weights */
    struct mt_reals anneal_s, anneal_m; /* [from, to], or empty */
};

struct mt_stages {
    struct mt_stage *v;
    int n;
    int64_t max_batch;
};

/* Sets train.epochs to the sum of the stages' where there are any. MT_ERR_USAGE, with *key, when epochs are
 * missing or contradict the stages, or a stage asks for what cannot be. */
int mt_stages_settle(struct mt_experiment *e, const char **key, struct mt_err *err);
/* After mt_stages_settle; what the stages say is borrowed from the experiment. */
int mt_stages_new(struct mt_stages *s, const struct mt_experiment *e, struct mt_err *err);
void mt_stages_release(struct mt_stages *s);
/* The index of the stage that an epoch belongs to; the last one's for epochs past the end. */
int mt_stage_at(const struct mt_stages *s, int64_t epoch);

#endif
