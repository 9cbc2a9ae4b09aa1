/* data_print.h: what `data` found out, as text, CSV or JSON. */
#ifndef CMD_DATA_PRINT_H
#define CMD_DATA_PRINT_H

#include "lib/core/buf.h"
#include "lib/data/formats.h"
#include "lib/data/summary.h"

#define MIXED_SIDE 128 /* images of several sizes are looked at in this one */

/* One set of samples to describe. */
struct data_part {
    const char *name; /* of the split; NULL for a source of its own */
    const char *format;
    const struct mt_view *view;
    const struct mt_dataset *sources; /* the data set whose sources are meant */
    struct mt_summary summary;
};
#define DATA_PARTS 3

struct data_inspection {
    struct data_part part[DATA_PARTS];
    int n;
    struct mt_images_survey survey; /* n == 0: not images */
    bool mixed;                     /* images of several sizes, brought to one for this */
};

/* A paragraph for each part; `path` is what the user asked about. */
void data_print_text(const struct data_inspection *in, const char *path, struct mt_buf *b);
void data_print_csv(const struct data_inspection *in, struct mt_buf *b);
void data_print_json(const struct data_inspection *in, struct mt_buf *b);

#endif
