/* image.h: PNG and JPEG files to 8-bit pixels, gray or RGB, and their size.
 *
 * What a file is, its content says. Gray from color is BT.601 luma, (19595 R + 38470 G + 7471 B + 32768) >>
 * 16; of a JPEG its own luma plane. 16-bit PNG samples keep their high byte. Color profiles, gamma and EXIF
 * rotation are not applied. */
#ifndef MT_DATA_IMAGE_H
#define MT_DATA_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/err.h"
#include "lib/math/lanes.h"

#define MT_IMAGE_MAX_PIXELS (4096 * 4096)
#define MT_IMAGE_MAX_SIDE 65536
#define MT_IMAGE_MAX_BYTES ((size_t)64 << 20) /* decoded, as stored in the file; and what libjpeg may hold */
#define MT_IMAGE_MAX_FILE ((size_t)64 << 20)

enum mt_alpha { MT_ALPHA_BLACK, MT_ALPHA_WHITE, MT_ALPHA_DROP }; /* what shows through */

struct mt_image_info {
    int w, h;
    bool jpeg;
    bool color; /* has (or may have, with a palette) other colors than gray */
};

struct mt_image {
    int w, h, channels; /* 1 or 3 */
    uint8_t *data;      /* (h, w, channels), for free() */
};

/* Both are given a whole file; `path` is for messages. Errors are MT_ERR_DATA (or memory). */
int mt_image_probe(const char *path, const uint8_t *file, size_t len, struct mt_image_info *info,
                   struct mt_err *err);
int mt_image_decode(const char *path, const uint8_t *file, size_t len, int channels, enum mt_alpha alpha,
                    struct mt_image *out, struct mt_err *err);

bool mt_is_png(const uint8_t *file, size_t len);
int mt_png_probe(const char *path, const uint8_t *file, size_t len, struct mt_image_info *info,
                 struct mt_err *err);
int mt_png_decode(const char *path, const uint8_t *file, size_t len, int channels, enum mt_alpha alpha,
                  struct mt_image *out, struct mt_err *err);

bool mt_is_jpeg(const uint8_t *file, size_t len);
int mt_jpeg_probe(const char *path, const uint8_t *file, size_t len, struct mt_image_info *info,
                  struct mt_err *err);
int mt_jpeg_decode(const char *path, const uint8_t *file, size_t len, int channels, struct mt_image *out,
                   struct mt_err *err);

/* Refuses what is larger than the limits above; `pixel_bytes` is the size of a pixel as stored. */
int mt_image_check_size(const char *path, uint64_t w, uint64_t h, size_t pixel_bytes, struct mt_err *err);

/* Decodes a whole file to (channels, h, w) at `out`. */
int mt_image_sample(const char *path, const uint8_t *file, size_t len, struct mt_shape shape,
                    enum mt_alpha alpha, uint8_t *out, struct mt_err *err);

/* Resamples `in` to (channels, h, w) at `out` with a triangle filter whose width follows the reduction, which
 * is bilinear interpolation when enlarging and free of aliasing when reducing. Rounds to nearest. Fails only
 * without memory. */
int mt_image_resize(const struct mt_image *in, int h, int w, uint8_t *out, struct mt_err *err);

#endif
