#include "lib/train/cloud.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/core/rng.h"
#include "lib/data/number.h"
#include "lib/report/csv.h"

#define MAX_BYTES ((size_t)4 << 30)
#define MAX_POINTS INT32_MAX

static const char *const note_names[MT_CLOUD_NOTES] = {"index", "label", "label_name", "pred"};

struct table {
    const char *path;
    struct mt_csv_cursor at;
    int columns;
    int note[MT_CLOUD_NOTES]; /* places of the columns; -1: is not there */
    int *coordinate;          /* (columns) which coordinate the column holds; -1: none */
    int dim;
};

static bool is_text(const struct mt_csv_field *f, const char *text)
{
    return f->len == strlen(text) && !memcmp(f->at, text, f->len);
}

static int find_column(const struct mt_csv_field *field, int columns, const char *name)
{
    for (int i = 0; i < columns; i++)
        if (is_text(&field[i], name))
            return i;
    return -1;
}

/* The number of a column named e0, e1, ...; -1: has another name. */
static int embedding_number(const struct mt_csv_field *f)
{
    int64_t v;
    if (f->len < 2 || f->at[0] != 'e' || f->at[1] < '0' || f->at[1] > '9' ||
        !mt_parse_integer(f->at + 1, f->len - 1, &v) || v >= MT_CSV_MAX_COLUMNS)
        return -1;
    return (int)v;
}

/* Columns e0, e1, ... hold the coordinates; where there are none, x, y and z. Each must be there once. */
static int find_coordinates(struct table *t, const struct mt_csv_field *field, struct mt_err *err)
{
    static const char *const letters[] = {"x", "y", "z"};
    int most = -1;
    for (int i = 0; i < t->columns; i++) {
        t->coordinate[i] = embedding_number(&field[i]);
        t->dim += t->coordinate[i] >= 0;
        most = t->coordinate[i] > most ? t->coordinate[i] : most;
    }
    for (int d = 0; most < 0 && d < 3; d++) {
        int at = find_column(field, t->columns, letters[d]);
        if (at < 0)
            break;
        t->coordinate[at] = d;
        t->dim++;
    }
    if (t->dim == 0)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: has no coordinates; name their columns x,y or x,y,z or e0,e1,...", t->path);
    if (most >= t->dim)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: has %d columns of coordinates up to e%d; number them e0,e1,...", t->path,
                          t->dim, most);
    return 0;
}

static int check_twice(const struct table *t, struct mt_err *err)
{
    bool *seen = calloc((size_t)t->dim, sizeof *seen);
    int rc = seen ? 0 : mt_err_memory(err, t->path, (size_t)t->dim);
    for (int i = 0; rc == 0 && i < t->columns; i++) {
        int d = t->coordinate[i];
        if (d >= 0 && seen[d])
            rc = mt_err_set(err, MT_ERR_DATA, "%s: has two columns e%d", t->path, d);
        else if (d >= 0)
            seen[d] = true;
    }
    free(seen);
    return rc;
}

static int read_header(struct table *t, struct mt_err *err)
{
    struct mt_csv_field *field;
    if (t->at.p == t->at.end)
        return mt_err_set(err, MT_ERR_DATA, "%s: is empty; it needs a header", t->path);
    if (mt_csv_row(&t->at, &field, &t->columns, err) < 0)
        return -1;
    for (int k = 0; k < MT_CLOUD_NOTES; k++)
        t->note[k] = find_column(field, t->columns, note_names[k]);
    t->coordinate = malloc((size_t)t->columns * sizeof *t->coordinate);
    int rc = t->coordinate ? find_coordinates(t, field, err) : mt_err_memory(err, t->path, 1);
    if (rc == 0)
        rc = check_twice(t, err);
    free(field);
    return rc;
}

static int read_number(const struct table *t, const struct mt_csv_field *f, float *out, struct mt_err *err)
{
    double v;
    char text[40];
    if (mt_parse_number(f->at, f->len, &v) && isfinite((float)v)) {
        *out = (float)v;
        return 0;
    }
    return mt_err_set(err, MT_ERR_DATA,
                      "%s:%" PRId64 ": expected a finite number as a coordinate, got %s; leave the row out",
                      t->path, t->at.row_line, mt_csv_show(f, text));
}

static int read_row(struct table *t, struct mt_cloud *p, struct mt_err *err)
{
    struct mt_csv_field f;
    struct mt_cloud_point *point = &p->point[p->n];
    int at = 0;
    *point = (struct mt_cloud_point){.row = (int32_t)p->n};
    mt_csv_begin_row(&t->at);
    do {
        if (mt_csv_field(&t->at, &f, err) < 0)
            return -1;
        if (at < t->columns && t->coordinate[at] >= 0 &&
            read_number(t, &f, p->x + p->n * p->dim + t->coordinate[at], err) < 0)
            return -1;
        for (int k = 0; k < MT_CLOUD_NOTES; k++)
            if (t->note[k] == at)
                point->note[k] = f;
        at++;
    } while (!f.ends_row);
    if (at != t->columns)
        return mt_err_set(err, MT_ERR_DATA, "%s:%" PRId64 ": has %d fields, and the header %d", t->path,
                          t->at.row_line, at, t->columns);
    p->n++;
    return 0;
}

static int grow(struct mt_cloud *p, int64_t *room, struct mt_err *err)
{
    int64_t cap = *room ? *room * 2 : 1024;
    size_t bytes = (size_t)cap * (size_t)p->dim * sizeof *p->x;
    float *x = realloc(p->x, bytes);
    p->x = x ? x : p->x;
    struct mt_cloud_point *point = x ? realloc(p->point, (size_t)cap * sizeof *point) : NULL;
    if (!point || cap > MAX_POINTS)
        return mt_err_memory(err, "the embeddings", bytes);
    p->point = point;
    *room = cap;
    return 0;
}

static int read_rows(struct table *t, struct mt_cloud *p, struct mt_err *err)
{
    int64_t room = 0;
    p->dim = t->dim;
    while (t->at.p < t->at.end) {
        if ((p->n == room && grow(p, &room, err) < 0) || read_row(t, p, err) < 0)
            return -1;
    }
    if (p->n == 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: has no rows behind its header", t->path);
    return 0;
}

int mt_cloud_read(struct mt_cloud *p, const char *path, struct mt_err *err)
{
    struct table t = {.path = path};
    size_t len;
    memset(p, 0, sizeof *p);
    if (mt_file_read(path, MAX_BYTES, &p->text, &len, err) < 0)
        return -1;
    size_t mark = len >= 3 && !memcmp(p->text, "\xef\xbb\xbf", 3) ? 3 : 0; /* a byte order mark */
    t.at = (struct mt_csv_cursor){.path = path, .p = p->text + mark, .end = p->text + len, .line = 1};
    int rc = read_header(&t, err);
    if (rc == 0)
        rc = read_rows(&t, p, err);
    free(t.coordinate);
    if (rc < 0)
        mt_cloud_release(p);
    return rc;
}

void mt_cloud_release(struct mt_cloud *p)
{
    free(p->x);
    free(p->point);
    free(p->text);
    memset(p, 0, sizeof *p);
}

/* Each point is taken with the probability that is still needed (Knuth's algorithm S). */
int mt_cloud_draw(struct mt_cloud *p, int64_t count, uint64_t seed, struct mt_err *err)
{
    struct mt_rng rng;
    int64_t kept = 0;
    if (count < 1 || count > p->n)
        return mt_err_set(err, MT_ERR_USAGE, "cannot draw %" PRId64 " of %" PRId64 " embeddings", count,
                          p->n);
    mt_rng_init(&rng, seed, MT_STREAM_PROJECT, mt_hash_name("draw"), 0);
    for (int64_t i = 0; i < p->n; i++) {
        if ((int64_t)mt_rng_below(&rng, (uint32_t)(p->n - i)) >= count - kept)
            continue;
        memmove(p->x + kept * p->dim, p->x + i * p->dim, (size_t)p->dim * sizeof *p->x);
        p->point[kept++] = p->point[i];
    }
    p->n = kept;
    return 0;
}

static void put_note(struct mt_buf *out, const struct mt_csv_field *f)
{
    if (f->quoted)
        mt_buf_puts(out, "\"");
    if (f->at)
        mt_buf_append(out, f->at, f->len);
    if (f->quoted)
        mt_buf_puts(out, "\"");
}

void mt_cloud_csv(const struct mt_cloud *p, const float *y, int axes, struct mt_buf *out)
{
    mt_buf_puts(out, axes == 2 ? "index,label,label_name,pred,x,y\n" : "index,label,label_name,pred,x,y,z\n");
    for (int64_t i = 0; i < p->n; i++) {
        const struct mt_cloud_point *point = &p->point[i];
        if (!point->note[MT_CLOUD_INDEX].at)
            mt_buf_printf(out, "%" PRId32, point->row);
        for (int k = 0; k < MT_CLOUD_NOTES; k++) {
            put_note(out, &point->note[k]);
            mt_buf_puts(out, ",");
        }
        for (int a = 0; a < axes; a++) {
            mt_csv_float(out, y[i * axes + a]);
            mt_buf_puts(out, a < axes - 1 ? "," : "\n");
        }
    }
}
