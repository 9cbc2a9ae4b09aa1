/* page_images.h: samples of the data that a run was judged on, as pictures. Private to lib/present. */
#ifndef MT_PRESENT_PAGE_IMAGES_H
#define MT_PRESENT_PAGE_IMAGES_H

#include "lib/compare/results.h"
#include "lib/data/dataset.h"

struct mt_page_images {
    struct mt_dataset data;
    bool open;
    char missing[512]; /* why there are none */
};

/* Reads the file or folder that the samples of a split come from. Where it is gone, is not what the run was
 * judged on, or holds no images, `missing` says so. -1 where it cannot be read just now. */
int mt_page_images_open(struct mt_page_images *m, const struct mt_result *r, const char *split,
                        struct mt_err *err);
void mt_page_images_release(struct mt_page_images *m);

/* Appends a PNG of sample `index`. Returns 1; 0 where there is no such sample, or its file is gone; -1
 * without memory. */
int mt_page_image_png(const struct mt_page_images *m, int64_t index, struct mt_buf *out, struct mt_err *err);

#endif
