/* image_list.h: work on a list of image files, on all threads. When files are bad, the first of the list is
 * named, whatever the threads do. */
#ifndef MT_DATA_IMAGE_LIST_H
#define MT_DATA_IMAGE_LIST_H

#include "lib/data/dataset.h"
#include "lib/data/image.h"

struct mt_image_list {
    const char *dir;   /* what names are relative to, or NULL */
    char *const *name; /* (n) */
    int64_t n;
    struct mt_pool *pool; /* may be NULL */
};

/* Reads the headers of all files into info (n); sources (n, or NULL) get size and checksum. */
int mt_image_list_probe(const struct mt_image_list *list, struct mt_image_info *info,
                        struct mt_source *source, struct mt_err *err);

/* Decodes all files into pixels (n, C, H, W), resized; sources (n) get size and checksum, and no path. */
int mt_image_list_decode(const struct mt_image_list *list, struct mt_shape shape, enum mt_alpha alpha,
                         uint8_t *pixels, struct mt_source *source, struct mt_err *err);

#endif
