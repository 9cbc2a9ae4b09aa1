/* csv_read.h: the text of a CSV file, plain or gzip, whole in memory.
 *
 * Reading stops as soon as the text cannot be CSV any more, at a NUL byte or within a row that is longer than
 * rows may be: so a small file that inflates to gigabytes, or a large one of nothing but zeros, costs no more
 * memory than a row. */
#ifndef MT_DATA_CSV_READ_H
#define MT_DATA_CSV_READ_H

#include <stddef.h>
#include <stdint.h>

#include "lib/data/dataset.h"

struct mt_csv_content {
    char *memory;     /* for free() */
    const char *text; /* in it, behind a byte-order mark; line breaks at the end are cut off */
    size_t len;
};

/* More than `memory` bytes of text are refused. */
int mt_csv_read(struct mt_csv_content *t, const char *path, uint64_t memory, struct mt_source *source,
                struct mt_err *err);

#endif
