#include "lib/data/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int mt_image_check_size(const char *path, uint64_t w, uint64_t h, size_t pixel_bytes, struct mt_err *err)
{
    if (w == 0 || h == 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: has no pixels (%" PRIu64 "x%" PRIu64 "); remove it", path, w,
                          h);
    if (w > MT_IMAGE_MAX_SIDE || h > MT_IMAGE_MAX_SIDE || w * h > MT_IMAGE_MAX_PIXELS ||
        w * h * pixel_bytes > MT_IMAGE_MAX_BYTES)
        return mt_err_set(
            err, MT_ERR_DATA,
            "%s: is %" PRIu64 "x%" PRIu64
            " with %zu byte%s per pixel; sides of at most %d, %d pixels and %zu MiB are read, so "
            "reduce it first",
            path, w, h, pixel_bytes, pixel_bytes == 1 ? "" : "s", MT_IMAGE_MAX_SIDE, MT_IMAGE_MAX_PIXELS,
            MT_IMAGE_MAX_BYTES >> 20);
    return 0;
}

static int unknown(const char *path, size_t len, struct mt_err *err)
{
    if (len == 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: is empty; remove or replace it", path);
    return mt_err_set(err, MT_ERR_DATA,
                      "%s: is neither PNG nor JPEG by its content; convert it or move it elsewhere", path);
}

int mt_image_probe(const char *path, const uint8_t *file, size_t len, struct mt_image_info *info,
                   struct mt_err *err)
{
    if (mt_is_png(file, len))
        return mt_png_probe(path, file, len, info, err);
    if (mt_is_jpeg(file, len))
        return mt_jpeg_probe(path, file, len, info, err);
    return unknown(path, len, err);
}

int mt_image_decode(const char *path, const uint8_t *file, size_t len, int channels, enum mt_alpha alpha,
                    struct mt_image *out, struct mt_err *err)
{
    *out = (struct mt_image){0};
    if (mt_is_png(file, len))
        return mt_png_decode(path, file, len, channels, alpha, out, err);
    if (mt_is_jpeg(file, len))
        return mt_jpeg_decode(path, file, len, channels, out, err);
    return unknown(path, len, err);
}

int mt_image_sample(const char *path, const uint8_t *file, size_t len, struct mt_shape shape,
                    enum mt_alpha alpha, uint8_t *out, struct mt_err *err)
{
    struct mt_image image;
    if (mt_image_decode(path, file, len, shape.c, alpha, &image, err) < 0)
        return -1;
    int rc = mt_image_resize(&image, shape.h, shape.w, out, err);
    free(image.data);
    return rc;
}
