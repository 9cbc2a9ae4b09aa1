/* head_table.c: the table of every head. A new one is a file of its own and a row here. */
#include "lib/head/heads.h"

static const struct mt_kind *const rows[] = {
    &mt_softmax.kind,    &mt_center.kind,         &mt_modified_softmax.kind,
    &mt_sphereface.kind, &mt_cosface.kind,        &mt_arcface.kind,
    &mt_combined.kind,   &mt_curricularface.kind, NULL,
};

const struct mt_table mt_head_table = {"head", rows};
