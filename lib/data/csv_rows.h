/* csv_rows.h: the rows of a CSV file as numbers, parsed in parallel. */
#ifndef MT_DATA_CSV_ROWS_H
#define MT_DATA_CSV_ROWS_H

#include "lib/data/csv_scan.h"
#include "lib/data/dataset.h"

enum mt_csv_role { MT_CSV_VALUE, MT_CSV_LABEL, MT_CSV_IGNORE };

struct mt_csv_table {
    const char *path;
    const char *text; /* the rows; followed by a NUL; line breaks at the end are cut off */
    size_t len;
    int64_t line; /* where text starts, counted from 1 */
    int columns, values;
    const uint8_t *role;  /* (columns) enum mt_csv_role */
    uint64_t memory;      /* bytes that the values may take */
    struct mt_pool *pool; /* may be NULL */
};

/* Fills d->n, d->pixel, d->type_max and d->pixels: 8 bit when every value is an integer in 0..255, else
 * float. d->shape is given. *label (n), for free(), points into the text; NULL without a label column. */
int mt_csv_rows(const struct mt_csv_table *t, struct mt_dataset *d, struct mt_csv_field **label,
                struct mt_err *err);

#endif
