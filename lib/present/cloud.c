#include "lib/present/cloud.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/rng.h"
#include "lib/data/number.h"
#include "lib/present/csv_file.h"
#include "lib/report/csv.h"

static const char *const note_names[MT_CLOUD_NOTES] = {"index", "label", "label_name", "pred"};

struct table {
    struct mt_csv_file file;
    int note[MT_CLOUD_NOTES]; /* places of the columns; -1: is not there */
    int *coordinate;          /* (columns) which coordinate the column holds; -1: none */
    int dim;
};

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
static int find_coordinates(struct table *t, struct mt_err *err)
{
    static const char *const letters[] = {"x", "y", "z"};
    const struct mt_csv_file *f = &t->file;
    int most = -1;
    for (int i = 0; i < f->columns; i++) {
        t->coordinate[i] = embedding_number(&f->header[i]);
        t->dim += t->coordinate[i] >= 0;
        most = t->coordinate[i] > most ? t->coordinate[i] : most;
    }
    for (int d = 0; most < 0 && d < 3; d++) {
        int at = mt_csv_file_find(f, letters[d]);
        if (at < 0)
            break;
        t->coordinate[at] = d;
        t->dim++;
    }
    if (t->dim == 0)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: has no coordinates; name their columns x,y or x,y,z or e0,e1,...", f->path);
    if (most >= t->dim)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: has %d columns of coordinates up to e%d; number them e0,e1,...", f->path,
                          t->dim, most);
    return 0;
}

static int check_twice(const struct table *t, struct mt_err *err)
{
    bool *seen = calloc((size_t)t->dim, sizeof *seen);
    int rc = seen ? 0 : mt_err_memory(err, t->file.path, (size_t)t->dim);
    for (int i = 0; rc == 0 && i < t->file.columns; i++) {
        int d = t->coordinate[i];
        if (d >= 0 && seen[d])
            rc = mt_err_set(err, MT_ERR_DATA, "%s: has two columns e%d", t->file.path, d);
        else if (d >= 0)
            seen[d] = true;
    }
    free(seen);
    return rc;
}

static int find_columns(struct table *t, struct mt_err *err)
{
    for (int k = 0; k < MT_CLOUD_NOTES; k++)
        t->note[k] = mt_csv_file_find(&t->file, note_names[k]);
    size_t bytes = (size_t)t->file.columns * sizeof *t->coordinate;
    if (!(t->coordinate = malloc(bytes)))
        return mt_err_memory(err, t->file.path, bytes);
    return find_coordinates(t, err) < 0 ? -1 : check_twice(t, err);
}

static int read_number(const struct mt_csv_file *f, int column, float *out, struct mt_err *err)
{
    double v;
    char text[40];
    if (mt_parse_number(f->row[column].at, f->row[column].len, &v) && isfinite((float)v)) {
        *out = (float)v;
        return 0;
    }
    return mt_err_set(err, MT_ERR_DATA,
                      "%s:%" PRId64 ": expected a finite number as a coordinate, got %s; leave the row out",
                      f->path, f->at.row_line, mt_csv_show(&f->row[column], text));
}

static int read_row(const struct table *t, struct mt_cloud *p, struct mt_err *err)
{
    const struct mt_csv_file *f = &t->file;
    struct mt_cloud_point *point = &p->point[p->n];
    *point = (struct mt_cloud_point){.row = (int32_t)p->n};
    for (int k = 0; k < MT_CLOUD_NOTES; k++)
        if (t->note[k] >= 0)
            point->note[k] = f->row[t->note[k]];
    for (int i = 0; i < f->columns; i++)
        if (t->coordinate[i] >= 0 && read_number(f, i, p->x + p->n * p->dim + t->coordinate[i], err) < 0)
            return -1;
    p->n++;
    return 0;
}

static int read_rows(struct table *t, struct mt_cloud *p, struct mt_err *err)
{
    int64_t most = t->file.most_rows;
    int more;
    p->dim = t->dim;
    if (most > INT32_MAX)
        return mt_err_set(err, MT_ERR_DATA, "%s: has too many rows", t->file.path);
    p->x = malloc((size_t)(most * p->dim) * sizeof *p->x);
    p->point = malloc((size_t)most * sizeof *p->point);
    if (!p->x || !p->point)
        return mt_err_memory(err, "the embeddings", (size_t)(most * p->dim) * sizeof *p->x);
    while ((more = mt_csv_file_next(&t->file, err)) == 1)
        if (read_row(t, p, err) < 0)
            return -1;
    if (more == 0 && p->n == 0)
        return mt_err_set(err, MT_ERR_DATA, "%s: has no rows behind its header", t->file.path);
    return more;
}

int mt_cloud_read(struct mt_cloud *p, const char *path, struct mt_err *err)
{
    struct table t = {0};
    memset(p, 0, sizeof *p);
    if (mt_csv_file_read(&t.file, path, err) < 0)
        return -1;
    int rc = find_columns(&t, err);
    if (rc == 0)
        rc = read_rows(&t, p, err);
    p->text = t.file.text; /* notes point into it */
    t.file.text = NULL;
    mt_csv_file_release(&t.file);
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
