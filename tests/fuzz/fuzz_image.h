/* fuzz_image.h: what the targets png and jpeg share. */
#ifndef MT_TESTS_FUZZ_IMAGE_H
#define MT_TESTS_FUZZ_IMAGE_H

#include "lib/data/image.h"
#include "tests/fuzz/fuzz.h"

#define FUZZ_IMAGE_SIDE 256 /* larger images take the time of many small ones, and the same paths */

/* Header, whole image as gray or RGB, and as a sample of a fixed size. What the header says is what comes
 * out. */
static inline void fuzz_image(const uint8_t *file, size_t size, int channels, enum mt_alpha alpha)
{
    static uint8_t sample[3 * 8 * 8];
    struct mt_image_info info;
    struct mt_image image;
    struct mt_err err = {.kind = 0};
    if (mt_image_probe("fuzz", file, size, &info, &err) < 0) {
        FUZZ_CHECK(err.kind == MT_ERR_DATA && err.text[0]);
        return;
    }
    FUZZ_CHECK(info.w > 0 && info.h > 0 && (int64_t)info.w * info.h <= MT_IMAGE_MAX_PIXELS);
    if (info.w > FUZZ_IMAGE_SIDE || info.h > FUZZ_IMAGE_SIDE)
        return;
    if (mt_image_decode("fuzz", file, size, channels, alpha, &image, &err) < 0) {
        FUZZ_CHECK(err.kind == MT_ERR_DATA && err.text[0]);
        return;
    }
    FUZZ_CHECK(image.w == info.w && image.h == info.h && image.channels == channels);
    /* Every pixel was written. */
    unsigned sum = 0;
    for (size_t i = 0; i < (size_t)image.w * (size_t)image.h * (size_t)channels; i++)
        sum += image.data[i];
    FUZZ_CHECK(sum <= 255u * 3 * FUZZ_IMAGE_SIDE * FUZZ_IMAGE_SIDE);
    FUZZ_CHECK(mt_image_resize(&image, 8, 8, sample, &err) == 0);
    free(image.data);
}

#endif
