/* heads.h: the rows of head_table.c. */
#ifndef MT_HEAD_HEADS_H
#define MT_HEAD_HEADS_H

#include "lib/head/head.h"

extern const struct mt_head_type mt_softmax, mt_center, mt_modified_softmax, mt_sphereface, mt_cosface,
    mt_arcface, mt_combined, mt_curricularface;

#endif
