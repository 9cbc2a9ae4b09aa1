/* dropout.h: dropout as a part of the layer before it, which applies its masks (batch_norm.c). */
#ifndef MT_NN_DROPOUT_H
#define MT_NN_DROPOUT_H

#include "lib/nn/layer.h"

/* Plans the masks of a dropout layer that was absorbed. */
int mt_dropout_plan(const struct mt_layer *l, const struct mt_layer_plan *p, struct mt_err *err);
/* Draws a block's mask. False: nothing is dropped in this pass. */
bool mt_dropout_draw(const struct mt_layer *l, const struct mt_pass *p, int block, struct mt_norm_keep *keep);
/* The mask that was drawn last. */
void mt_dropout_mask(const struct mt_layer *l, int block, struct mt_norm_keep *keep);

#endif
