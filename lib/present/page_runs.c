/* page_runs.c: the runs of a report, read; the same class name is the same class in all of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/present/page_parts.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static int class_number(struct mt_page *p, const char *name)
{
    for (int i = 0; i < p->n_classes; i++)
        if (!strcmp(p->class_name[i], name))
            return i;
    if (p->n_classes % 64 == 0) {
        char **grown = realloc(p->class_name, (size_t)(p->n_classes + 64) * sizeof *grown);
        if (!grown)
            return -1;
        p->class_name = grown;
    }
    if (!(p->class_name[p->n_classes] = strdup(name)))
        return -1;
    return p->n_classes++;
}

static int join_classes(struct mt_page *p, struct mt_page_run *r, struct mt_err *err)
{
    char room[16];
    r->class_of = calloc((size_t)r->names.n + 1, sizeof *r->class_of);
    for (int k = 0; r->class_of && k < r->names.n; k++)
        if ((r->class_of[k] = class_number(p, mt_class_name(&r->names, k, room))) < 0)
            return mt_err_memory(err, "the classes", (size_t)r->names.n);
    return r->class_of ? 0 : mt_err_memory(err, "the classes", (size_t)r->names.n);
}

static int read_points(struct mt_page_run *r, struct mt_err *err)
{
    char file[64];
    const char *run = r->result.path, *split = mt_run_split(run);
    if (!split)
        return 0;
    snprintf(file, sizeof file, "embeddings/%s.csv", split);
    return mt_points_read(&r->embeddings, run, file, &r->names, err) < 0 ||
                   mt_points_read(&r->centers, run, "embeddings/centers.csv", &r->names, err) < 0
               ? -1
               : 0;
}

static int read_run(struct mt_page *p, struct mt_page_run *r, const char *path, struct mt_err *err)
{
    if (mt_result_read(&r->result, path, err) < 0)
        return -1;
    r->label = base_name(r->result.path);
    r->split = isnan(mt_result_figure(&r->result, "test_accuracy")) ? "validation" : "test";
    if (mt_curves_read(&r->curves, path, err) < 0 ||
        mt_predicted_read(&r->predicted, path, r->split, &r->names, err) < 0 || read_points(r, err) < 0)
        return -1;
    return join_classes(p, r, err);
}

int mt_page_read(struct mt_page *p, struct mt_err *err)
{
    p->run = calloc((size_t)p->input->n_runs, sizeof *p->run);
    if (!p->run)
        return mt_err_memory(err, "the runs", (size_t)p->input->n_runs * sizeof *p->run);
    p->n_runs = p->input->n_runs;
    for (int i = 0; i < p->n_runs; i++)
        if (read_run(p, &p->run[i], p->input->run[i], err) < 0)
            return -1;
    if (!(p->class_numbers = calloc((size_t)p->n_classes + 1, sizeof *p->class_numbers)))
        return mt_err_memory(err, "the classes", (size_t)p->n_classes * sizeof *p->class_numbers);
    for (int k = 0; k < p->n_classes; k++)
        p->class_numbers[k] = k;
    for (int i = 0; i < p->n_runs; i++)
        if (mt_page_make_views(p, &p->run[i], err) < 0)
            return -1;
    return 0;
}

static void release_run(struct mt_page_run *r)
{
    mt_page_release_views(r);
    mt_points_release(&r->centers);
    mt_points_release(&r->embeddings);
    mt_predicted_release(&r->predicted);
    mt_curves_release(&r->curves);
    mt_class_names_release(&r->names);
    free(r->class_of);
    mt_result_release(&r->result);
}

void mt_page_release(struct mt_page *p)
{
    for (int i = 0; p->run && i < p->n_runs; i++)
        release_run(&p->run[i]);
    for (int i = 0; i < p->n_classes; i++)
        free(p->class_name[i]);
    free(p->class_name);
    free(p->class_numbers);
    free(p->run);
}
