/* formats.h: the rows of mt_format_table, and how their structs look to code that fills them without an
 * experiment file. */
#ifndef MT_DATA_FORMATS_H
#define MT_DATA_FORMATS_H

#include "lib/data/dataset.h"

enum mt_idx_layout { MT_LAYOUT_AUTO, MT_LAYOUT_CHW, MT_LAYOUT_HWC };

struct mt_idx_cfg {
    char *images;
    char *labels;    /* may be NULL where no labels are asked for */
    int64_t classes; /* or unset */
    int layout;      /* of four-dimensional files */
};
extern const struct mt_format_type mt_format_idx;

enum mt_csv_header { MT_HEADER_AUTO, MT_HEADER_YES, MT_HEADER_NO };

struct mt_csv_cfg {
    char *file;
    char *label;              /* name, position, "first" or "last"; NULL: by rule */
    int header;               /* enum mt_csv_header */
    struct mt_ints shape;     /* [N], [H, W] or [C, H, W]; n = 0: a flat vector */
    struct mt_strings ignore; /* columns that are neither label nor value */
    int64_t classes;          /* or unset */
};
extern const struct mt_format_type mt_format_csv;

enum mt_images_channels { MT_CHANNELS_AUTO, MT_CHANNELS_GRAY, MT_CHANNELS_RGB };

struct mt_images_cfg {
    char *dir;
    int64_t height, width; /* both, or both unset */
    int channels;          /* enum mt_images_channels */
    int alpha;             /* enum mt_alpha */
};
extern const struct mt_format_type mt_format_images;

/* What stands in a folder of class folders, by the headers of its files. */
struct mt_images_survey {
    int64_t n, color, jpeg; /* all; with color; JPEG, the others being PNG */
    int min_h, max_h, min_w, max_w;
};
int mt_images_survey(const char *dir, struct mt_pool *pool, struct mt_images_survey *out, struct mt_err *err);

/* The row of mt_format_table that reads `path`: a folder is images, a file that starts like IDX (gzip or not) is idx, and any
 * other csv. NULL with err set when it cannot be read. */
const struct mt_kind *mt_format_guess(const char *path, struct mt_err *err);

#endif
