/* csv_file.h: a CSV file with a header, row by row, its columns found by name. Private to lib/present. */
#ifndef MT_PRESENT_CSV_FILE_H
#define MT_PRESENT_CSV_FILE_H

#include "lib/data/csv_scan.h"

struct mt_csv_file {
    char *path, *text;
    struct mt_csv_cursor at;
    struct mt_csv_field *header, *row; /* (columns) each; row: of the last mt_csv_file_next */
    int columns;
    int64_t most_rows; /* no more rows than this follow the header, each of at least `columns` bytes */
};

/* Reads a file; a byte order mark is passed over. MT_ERR_DATA where it has no header. Released by the caller
 * on success only. */
int mt_csv_file_read(struct mt_csv_file *f, const char *path, struct mt_err *err);
/* Reads RUN/NAME. Returns 1, 0 where there is no such file, or -1. To be released after 1 only. */
int mt_csv_file_open(struct mt_csv_file *f, const char *run, const char *name, struct mt_err *err);
void mt_csv_file_release(struct mt_csv_file *f);

int mt_csv_file_find(const struct mt_csv_file *f, const char *column); /* its place, or -1 */
int mt_csv_file_need(const struct mt_csv_file *f, const char *column, int *place, struct mt_err *err);
/* The next row. Returns 1, 0 behind the last, -1 where it is damaged. */
int mt_csv_file_next(struct mt_csv_file *f, struct mt_err *err);

/* A field of the row. An empty field gives -1 or not-a-number; a column at -1 reads as empty. -1 and an error
 * that names file, line and column where the field holds something else. */
int mt_csv_file_whole(const struct mt_csv_file *f, int column, int64_t most, int64_t *value,
                      struct mt_err *err);
int mt_csv_file_real(const struct mt_csv_file *f, int column, double *value, struct mt_err *err);

#endif
