/* transform_table.c: the table of every transform. A new one is a file of its own and a row here. */
#include "lib/data/transform.h"

static const struct mt_kind *const rows[] = {
    &mt_crop.kind,       &mt_random_crop.kind, &mt_rotate.kind,   &mt_flip.kind,  &mt_shift.kind,
    &mt_brightness.kind, &mt_contrast.kind,    &mt_equalize.kind, &mt_clahe.kind, NULL,
};

const struct mt_table mt_transform_table = {"transform", rows};
