/* idx_load.h: IDX files for the tests of their readers. */
#ifndef MT_TESTS_IDX_LOAD_H
#define MT_TESTS_IDX_LOAD_H

#include "tests/data_files.h"

static inline int load_images(char *images, struct mt_dataset *d, struct mt_err *err)
{
    struct mt_idx_cfg cfg = {.images = images, .classes = MT_UNSET_INT};
    struct mt_variant v = {&mt_format_idx.kind, &cfg};
    memset(err, 0, sizeof *err);
    return mt_dataset_load(&v, &(struct mt_load_options){.labels = false}, d, err);
}

/* Ten images of 4x4 as gzip; returns its length. */
static inline size_t ten_images(uint8_t *gz, size_t room)
{
    uint8_t file[256];
    size_t n = idx_head(file, 0x08, (uint32_t[]){10, 4, 4, 0});
    for (int k = 0; k < 160; k++)
        file[n++] = (uint8_t)(k * k);
    return gzip_bytes(file, n, gz, room);
}

static inline void refuse(char *path, const char *part)
{
    struct mt_dataset d;
    struct mt_err err;
    assert_int_equal(load_images(path, &d, &err), -1);
    assert_int_equal(err.kind, MT_ERR_DATA);
    assert_contains(err.text, part);
    assert_contains(err.text, path);
}

#endif
