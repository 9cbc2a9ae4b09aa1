/* image_folder.h: a folder of images of two classes, made from random numbers. */
#ifndef MT_TESTS_IMAGE_FOLDER_H
#define MT_TESTS_IMAGE_FOLDER_H

#include "tests/image_files.h"

#define FOLDER_IMAGES 37

/* Class 0 has files 00, 02, ... and class 1 files 01, 03, ...; sizes, kinds and colors differ from file to
 * file. The path stays. */
static inline char *make_folder(const char *name)
{
    static char root[16][512];
    static int n;
    char file[64];
    assert_true(n < 16);
    strcpy(root[n], test_path(name));
    assert_int_equal(mkdir(root[n], 0777), 0);
    for (int k = 0; k < 2; k++) {
        snprintf(file, sizeof file, "%s/%d", name, k);
        assert_int_equal(mkdir(test_path(file), 0777), 0);
    }
    for (int i = 0; i < FOLDER_IMAGES; i++) {
        struct mt_rng r;
        struct mt_buf b = {0};
        uint16_t sample[12 * 9 * 3];
        uint8_t pixels[12 * 9 * 3];
        mt_rng_init(&r, 5, MT_STREAM_TEST, (uint32_t)i, 0);
        int h = 4 + (int)mt_rng_below(&r, 9), w = 4 + (int)mt_rng_below(&r, 6), channels = i % 2 ? 3 : 1;
        for (int k = 0; k < h * w * channels; k++)
            sample[k] = pixels[k] = (uint8_t)mt_rng_u32(&r);
        if (i % 5 == 0)
            jpeg_file(&b, pixels, h, w, channels, false);
        else
            png_file(&b, &(struct png_spec){
                             .w = w, .h = h, .depth = 8, .color = channels == 3 ? 2 : 0, .sample = sample});
        snprintf(file, sizeof file, "%s/%d/%02d", name, i % 2, i);
        put_file(file, b.data, b.len);
        mt_buf_release(&b);
    }
    return root[n++];
}

#endif
