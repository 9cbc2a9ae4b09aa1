#include "lib/present/csv_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/data/number.h"

#define MOST_BYTES ((size_t)4 << 30)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* The last line may lack its line break. */
static int64_t count_lines(const char *text, size_t len)
{
    int64_t n = 1;
    for (const char *p = text, *end = text + len; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        n++;
    return n;
}

static int read_header(struct mt_csv_file *f, size_t len, struct mt_err *err)
{
    size_t mark = len >= 3 && !memcmp(f->text, BYTE_ORDER_MARK, 3) ? 3 : 0;
    f->at = (struct mt_csv_cursor){.path = f->path, .p = f->text + mark, .end = f->text + len, .line = 1};
    if (f->at.p == f->at.end)
        return mt_err_set(err, MT_ERR_DATA, "%s:1: is empty; it needs a header", f->path);
    if (mt_csv_row(&f->at, &f->header, &f->columns, err) < 0)
        return -1;
    if (!(f->row = malloc((size_t)f->columns * sizeof *f->row)))
        return mt_err_memory(err, f->path, (size_t)f->columns * sizeof *f->row);
    int64_t lines = count_lines(f->text, len), fit = (int64_t)len / f->columns + 1;
    f->most_rows = lines < fit ? lines : fit;
    return 0;
}

int mt_csv_file_read(struct mt_csv_file *f, const char *path, struct mt_err *err)
{
    size_t len;
    memset(f, 0, sizeof *f);
    int rc = (f->path = strdup(path)) ? 0 : mt_err_memory(err, path, strlen(path));
    if (rc == 0 && (rc = mt_file_read(path, MOST_BYTES, &f->text, &len, err)) == 0)
        rc = read_header(f, len, err);
    if (rc < 0)
        mt_csv_file_release(f);
    return rc;
}

int mt_csv_file_open(struct mt_csv_file *f, const char *run, const char *name, struct mt_err *err)
{
    char *path = mt_path_join(run, name);
    int there = path ? mt_file_exists(path) : mt_err_memory(err, run, strlen(run));
    memset(f, 0, sizeof *f);
    if (there == 1 && mt_csv_file_read(f, path, err) < 0)
        there = -1;
    free(path);
    return there;
}

void mt_csv_file_release(struct mt_csv_file *f)
{
    free(f->path);
    free(f->text);
    free(f->header);
    free(f->row);
    memset(f, 0, sizeof *f);
}

int mt_csv_file_find(const struct mt_csv_file *f, const char *column)
{
    for (int i = 0; i < f->columns; i++)
        if (f->header[i].len == strlen(column) && !memcmp(f->header[i].at, column, f->header[i].len))
            return i;
    return -1;
}

int mt_csv_file_need(const struct mt_csv_file *f, const char *column, int *place, struct mt_err *err)
{
    *place = mt_csv_file_find(f, column);
    if (*place >= 0)
        return 0;
    return mt_err_set(err, MT_ERR_DATA, "%s:1: has no column '%s'; the file is damaged", f->path, column);
}

int mt_csv_file_next(struct mt_csv_file *f, struct mt_err *err)
{
    struct mt_csv_field field;
    int n = 0;
    if (f->at.p == f->at.end)
        return 0;
    mt_csv_begin_row(&f->at);
    do {
        if (mt_csv_field(&f->at, &field, err) < 0)
            return -1;
        if (n < f->columns)
            f->row[n] = field;
        n++;
    } while (!field.ends_row);
    if (n == f->columns)
        return 1;
    return mt_err_set(err, MT_ERR_DATA, "%s:%lld: has %d fields where the header has %d; the file is damaged",
                      f->path, (long long)f->at.row_line, n, f->columns);
}

static int bad_field(const struct mt_csv_file *f, int column, const char *wanted, struct mt_err *err)
{
    char name[40], value[40];
    return mt_err_set(err, MT_ERR_DATA,
                      "%s:%lld: column '%s' holds '%s', which is no %s; the file is damaged", f->path,
                      (long long)f->at.row_line, mt_csv_show(&f->header[column], name),
                      mt_csv_show(&f->row[column], value), wanted);
}

int mt_csv_file_whole(const struct mt_csv_file *f, int column, int64_t most, int64_t *value,
                      struct mt_err *err)
{
    *value = -1;
    if (column < 0 || f->row[column].len == 0)
        return 0;
    if (mt_parse_integer(f->row[column].at, f->row[column].len, value) && *value >= 0 && *value <= most)
        return 0;
    return bad_field(f, column, "number from 0 on that fits", err);
}

/* What printf writes for what is not finite. */
static bool parse_special(const struct mt_csv_field *f, double *value)
{
    static const struct {
        const char *text;
        double value;
    } special[] = {{"", NAN}, {"nan", NAN}, {"-nan", NAN}, {"inf", INFINITY}, {"-inf", -INFINITY}};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (f->len == strlen(special[i].text) && !memcmp(f->at, special[i].text, f->len)) {
            *value = special[i].value;
            return true;
        }
    return false;
}

int mt_csv_file_real(const struct mt_csv_file *f, int column, double *value, struct mt_err *err)
{
    *value = NAN;
    if (column < 0 || mt_parse_number(f->row[column].at, f->row[column].len, value) ||
        parse_special(&f->row[column], value))
        return 0;
    return bad_field(f, column, "number", err);
}
