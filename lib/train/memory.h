/* memory.h: what a whole run takes at most, known before it begins: beside the model's own plan the samples,
 * the copy of the best weights, and the evaluation at the end. */
#ifndef MT_TRAIN_MEMORY_H
#define MT_TRAIN_MEMORY_H

#include "lib/train/setup.h"

struct mt_memory {     /* bytes */
    size_t program;    /* code, libraries, and what they work in: about */
    size_t samples;    /* pixels in memory, labels, and the order of an epoch */
    size_t model;      /* mt_plan_total */
    size_t best;       /* the weights of the best epoch */
    size_t evaluation; /* embeddings of two splits, the search among the training ones, scores of a batch */
};

void mt_memory_plan(struct mt_memory *m, const struct mt_setup *s);
size_t mt_memory_all(const struct mt_memory *m);

#endif
