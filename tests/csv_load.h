/* csv_load.h: CSV files for the tests of their reader. */
#ifndef MT_TESTS_CSV_LOAD_H
#define MT_TESTS_CSV_LOAD_H

#include "tests/data_files.h"

static inline struct mt_csv_cfg plain_cfg(char *file)
{
    return (struct mt_csv_cfg){.file = file, .classes = MT_UNSET_INT};
}

static inline int load(const struct mt_csv_cfg *cfg, const struct mt_load_options *options,
                       struct mt_dataset *d, struct mt_err *err)
{
    struct mt_variant v = {&mt_format_csv.kind, (void *)(uintptr_t)cfg};
    memset(err, 0, sizeof *err);
    return mt_dataset_load(&v, options, d, err);
}

static inline float value(const struct mt_dataset *d, int64_t i)
{
    return d->pixel == MT_PIXEL_U8 ? ((const uint8_t *)d->pixels)[i] : ((const float *)d->pixels)[i];
}

#endif
