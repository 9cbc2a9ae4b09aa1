/* run_eval.c: eval/SPLIT/predictions.csv and confusion_matrix.csv as arrays. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/present/run_read.h"

#define MOST_MATRIX 2000 /* classes: what class_report.h writes as a matrix */

static int open_eval(struct mt_csv_file *f, const char *run, const char *split, const char *file,
                     struct mt_err *err)
{
    char name[128];
    snprintf(name, sizeof name, "eval/%.60s/%s", split, file);
    return mt_csv_file_open(f, run, name, err);
}

/* --- predictions.csv --- */

struct predicted_columns {
    int index, file, label, label_name, pred, pred_name, probability, second, margin, center, knn;
};

static int find_columns(struct predicted_columns *at, const struct mt_csv_file *f, struct mt_err *err)
{
    at->index = mt_csv_file_find(f, "index");
    at->file = mt_csv_file_find(f, "file");
    at->label_name = mt_csv_file_find(f, "label_name");
    at->pred_name = mt_csv_file_find(f, "pred_name");
    at->probability = mt_csv_file_find(f, "probability");
    at->second = mt_csv_file_find(f, "top2");
    at->margin = mt_csv_file_find(f, "margin");
    at->center = mt_csv_file_find(f, "center_pred");
    at->knn = mt_csv_file_find(f, "knn_pred");
    return mt_csv_file_need(f, "label", &at->label, err) < 0 ? -1
                                                             : mt_csv_file_need(f, "pred", &at->pred, err);
}

static bool allocate(struct mt_predicted *p, int64_t rows, bool files)
{
    int32_t **column[] = {&p->label, &p->pred, &p->second, &p->center, &p->knn};
    bool all = (p->index = mt_read_array(rows, sizeof *p->index)) != NULL;
    for (size_t i = 0; i < sizeof column / sizeof *column; i++)
        all &= (*column[i] = mt_read_array(rows, sizeof **column[i])) != NULL;
    all &= (p->probability = mt_read_array(rows, sizeof *p->probability)) != NULL;
    all &= (p->margin = mt_read_array(rows, sizeof *p->margin)) != NULL;
    return all && (!files || (p->file = mt_read_array(rows + 1, sizeof *p->file)) != NULL);
}

static int read_sample(struct mt_predicted *p, const struct mt_csv_file *f,
                       const struct predicted_columns *at, struct mt_class_names *names, struct mt_err *err)
{
    int64_t i = p->n;
    double probability, margin;
    if (at->file >= 0 && !(p->file[i] = mt_csv_text(&f->row[at->file])))
        return mt_err_memory(err, f->path, f->row[at->file].len);
    if (mt_csv_file_whole(f, at->index, INT64_MAX, &p->index[i], err) < 0 ||
        mt_read_class(f, at->label, &p->label[i], err) < 0 ||
        mt_read_class(f, at->pred, &p->pred[i], err) < 0 ||
        mt_read_class(f, at->second, &p->second[i], err) < 0 ||
        mt_read_class(f, at->center, &p->center[i], err) < 0 ||
        mt_read_class(f, at->knn, &p->knn[i], err) < 0 ||
        mt_csv_file_real(f, at->probability, &probability, err) < 0 ||
        mt_csv_file_real(f, at->margin, &margin, err) < 0 ||
        mt_read_name(names, f, at->label_name, p->label[i], err) < 0 ||
        mt_read_name(names, f, at->pred_name, p->pred[i], err) < 0)
        return -1;
    p->probability[i] = (float)probability;
    p->margin[i] = (float)margin;
    p->n++;
    return 0;
}

int mt_predicted_read(struct mt_predicted *p, const char *run, const char *split,
                      struct mt_class_names *names, struct mt_err *err)
{
    struct mt_csv_file f;
    struct predicted_columns at;
    memset(p, 0, sizeof *p);
    int rc = open_eval(&f, run, split, "predictions.csv", err);
    if (rc <= 0)
        return rc;
    if (find_columns(&at, &f, err) < 0)
        rc = -1;
    else if (!allocate(p, f.most_rows, at.file >= 0))
        rc = mt_err_memory(err, f.path, (size_t)f.most_rows * 36);
    while (rc == 1 && (rc = mt_csv_file_next(&f, err)) == 1)
        if (read_sample(p, &f, &at, names, err) < 0)
            rc = -1;
    if (rc < 0)
        mt_predicted_release(p);
    mt_csv_file_release(&f);
    return rc < 0 ? -1 : 1;
}

void mt_predicted_release(struct mt_predicted *p)
{
    mt_read_free_texts(p->file, p->n + 1); /* the row under way has its file already */
    free(p->index);
    free(p->label);
    free(p->pred);
    free(p->second);
    free(p->center);
    free(p->knn);
    free(p->probability);
    free(p->margin);
    memset(p, 0, sizeof *p);
}

/* --- confusion_matrix.csv --- */

static int read_matrix(struct mt_confusion *c, struct mt_csv_file *f, struct mt_err *err)
{
    int more, row = 0, C = f->columns - 1;
    c->name = mt_read_array(C, sizeof *c->name);
    c->count = mt_read_array((int64_t)C * C, sizeof *c->count);
    if (!c->name || !c->count)
        return mt_err_memory(err, f->path, (size_t)C * (size_t)C * sizeof *c->count);
    c->classes = C;
    for (int k = 0; k < C; k++)
        if (!(c->name[k] = mt_csv_text(&f->header[k + 1])))
            return mt_err_memory(err, f->path, f->header[k + 1].len);
    for (; (more = mt_csv_file_next(f, err)) == 1 && row < C; row++)
        for (int k = 0; k < C; k++) {
            int64_t *count = &c->count[(int64_t)row * C + k];
            if (mt_csv_file_whole(f, k + 1, INT64_MAX / MOST_MATRIX / MOST_MATRIX, count, err) < 0)
                return -1;
            *count = *count < 0 ? 0 : *count;
        }
    if (more < 0)
        return -1;
    if (more == 0 && row == C)
        return 1;
    return mt_err_set(err, MT_ERR_DATA, "%s: has not one row for each of its %d classes; the file is damaged",
                      f->path, C);
}

int mt_confusion_read(struct mt_confusion *c, const char *run, const char *split, struct mt_err *err)
{
    struct mt_csv_file f;
    memset(c, 0, sizeof *c);
    int rc = open_eval(&f, run, split, "confusion_matrix.csv", err);
    if (rc <= 0)
        return rc;
    if (mt_csv_file_find(&f, "true") == 0)
        rc = 0;
    else if (f.columns < 2 || f.columns - 1 > MOST_MATRIX || mt_csv_file_find(&f, "true\\predicted") != 0)
        rc = mt_err_set(err, MT_ERR_DATA,
                        "%s:1: is no confusion matrix; write it anew with 'metric-train eval'", f.path);
    else
        rc = read_matrix(c, &f, err);
    if (rc < 0)
        mt_confusion_release(c);
    mt_csv_file_release(&f);
    return rc;
}

void mt_confusion_release(struct mt_confusion *c)
{
    mt_read_free_texts(c->name, c->classes);
    free(c->count);
    memset(c, 0, sizeof *c);
}
