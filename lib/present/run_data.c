/* run_data.c: metrics.csv and files of points as arrays. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/present/run_read.h"

/* --- metrics.csv --- */

static int copy_header(struct mt_curves *c, const struct mt_csv_file *f, int stage)
{
    for (int i = 0; i < f->columns; i++)
        if (i != stage && !(c->name[c->columns++] = mt_csv_text(&f->header[i])))
            return -1;
    return 0;
}

static int read_epoch(struct mt_curves *c, const struct mt_csv_file *f, int stage, int64_t rows,
                      struct mt_err *err)
{
    if (stage >= 0 && !(c->stage[c->n] = mt_csv_text(&f->row[stage])))
        return mt_err_memory(err, f->path, f->row[stage].len);
    for (int i = 0, k = 0; i < f->columns; i++)
        if (i != stage && mt_csv_file_real(f, i, &c->value[k++ * rows + c->n], err) < 0)
            return -1;
    c->n++;
    return 0;
}

/* Columns were laid out for as many rows as the file might have had. */
static void close_up(struct mt_curves *c, int64_t rows)
{
    for (int k = 1; k < c->columns; k++)
        memmove(c->value + k * c->n, c->value + k * rows, (size_t)c->n * sizeof *c->value);
}

int mt_curves_read(struct mt_curves *c, const char *run, struct mt_err *err)
{
    struct mt_csv_file f;
    memset(c, 0, sizeof *c);
    int rc = mt_csv_file_open(&f, run, "metrics.csv", err);
    if (rc <= 0)
        return rc;
    int stage = mt_csv_file_find(&f, "stage"), epoch;
    int64_t rows = f.most_rows;
    c->name = mt_read_array(f.columns, sizeof *c->name);
    c->stage = mt_read_array(rows + 1, sizeof *c->stage);
    c->value = mt_read_array(rows * f.columns, sizeof *c->value);
    if (!c->name || !c->stage || !c->value || copy_header(c, &f, stage) < 0)
        rc = mt_err_memory(err, f.path, (size_t)(rows * f.columns) * sizeof *c->value);
    else
        rc = mt_csv_file_need(&f, "epoch", &epoch, err) < 0 ? -1 : 1;
    while (rc == 1 && (rc = mt_csv_file_next(&f, err)) == 1)
        if (read_epoch(c, &f, stage, rows, err) < 0)
            rc = -1;
    if (rc == 0)
        close_up(c, rows);
    else
        mt_curves_release(c);
    mt_csv_file_release(&f);
    return rc < 0 ? -1 : 1;
}

void mt_curves_release(struct mt_curves *c)
{
    mt_read_free_texts(c->name, c->columns);
    mt_read_free_texts(c->stage, c->n + 1); /* the row under way has a stage already */
    free(c->value);
    memset(c, 0, sizeof *c);
}

const double *mt_curves_column(const struct mt_curves *c, const char *name)
{
    for (int i = 0; i < c->columns; i++)
        if (!strcmp(c->name[i], name))
            return c->value + i * c->n;
    return NULL;
}

/* --- points --- */

struct point_columns {
    int index, label, name, pred, x; /* coordinates are the columns from x on */
};

static int find_columns(struct point_columns *at, const struct mt_csv_file *f, struct mt_err *err)
{
    at->index = mt_csv_file_find(f, "index");
    if (at->index < 0)
        at->index = mt_csv_file_find(f, "count");
    at->name = mt_csv_file_find(f, "label_name");
    at->pred = mt_csv_file_find(f, "pred");
    if ((at->x = mt_csv_file_find(f, "x")) < 0)
        at->x = mt_csv_file_find(f, "e0");
    if (mt_csv_file_need(f, "label", &at->label, err) < 0)
        return -1;
    if (at->x >= 0)
        return 0;
    return mt_err_set(err, MT_ERR_DATA, "%s:1: has no coordinates, columns x,y or e0,e1,...; write it anew",
                      f->path);
}

static int read_point(struct mt_points *p, const struct mt_csv_file *f, const struct point_columns *at,
                      struct mt_class_names *names, struct mt_err *err)
{
    int64_t i = p->n;
    if (mt_csv_file_whole(f, at->index, INT64_MAX, &p->index[i], err) < 0 ||
        mt_read_class(f, at->label, &p->label[i], err) < 0 ||
        mt_read_class(f, at->pred, &p->pred[i], err) < 0 ||
        mt_read_name(names, f, at->name, p->label[i], err) < 0 ||
        mt_read_name(names, f, -1, p->pred[i], err) < 0)
        return -1;
    for (int d = 0; d < p->dim; d++) {
        double v;
        if (mt_csv_file_real(f, at->x + d, &v, err) < 0)
            return -1;
        p->x[i * p->dim + d] = (float)v;
    }
    p->n++;
    return 0;
}

int mt_points_read(struct mt_points *p, const char *run, const char *file, struct mt_class_names *names,
                   struct mt_err *err)
{
    struct mt_csv_file f;
    struct point_columns at;
    memset(p, 0, sizeof *p);
    int rc = mt_csv_file_open(&f, run, file, err);
    if (rc <= 0)
        return rc;
    if (find_columns(&at, &f, err) < 0)
        rc = -1;
    else
        p->dim = f.columns - at.x;
    p->index = mt_read_array(f.most_rows, sizeof *p->index);
    p->label = mt_read_array(f.most_rows, sizeof *p->label);
    p->pred = mt_read_array(f.most_rows, sizeof *p->pred);
    p->x = mt_read_array(f.most_rows * p->dim, sizeof *p->x);
    if (rc == 1 && (!p->index || !p->label || !p->pred || !p->x))
        rc = mt_err_memory(err, f.path, (size_t)(f.most_rows * p->dim) * sizeof *p->x);
    while (rc == 1 && (rc = mt_csv_file_next(&f, err)) == 1)
        if (read_point(p, &f, &at, names, err) < 0)
            rc = -1;
    if (rc < 0)
        mt_points_release(p);
    mt_csv_file_release(&f);
    return rc < 0 ? -1 : 1;
}

void mt_points_release(struct mt_points *p)
{
    free(p->index);
    free(p->label);
    free(p->pred);
    free(p->x);
    memset(p, 0, sizeof *p);
}

const char *mt_run_split(const char *run)
{
    static const char *const splits[] = {"test", "validation", "train"};
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        char name[64];
        snprintf(name, sizeof name, "embeddings/%s.csv", splits[i]);
        if (mt_file_holds(run, name))
            return splits[i];
    }
    return NULL;
}
