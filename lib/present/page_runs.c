/* page_runs.c: the runs of a report, read; the same class name is the same class in all of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/rng.h"
#include "lib/present/page_parts.h"

/* What the run's folder is called; its experiment's name where that is said by dots. */
static const char *folder_name(const struct mt_result *r)
{
    const char *slash = strrchr(r->path, '/'), *name = slash && slash[1] ? slash + 1 : r->path;
    return strcmp(name, ".") && strcmp(name, "..") ? name : r->name;
}

/* The place of a name in the table: where it is, or a free one. */
static int *find_class(const struct mt_page *p, const char *name)
{
    size_t at = (size_t)mt_hash_name(name);
    for (;; at++) {
        int *slot = &p->class_slot[at & (p->n_slots - 1)];
        if (*slot == 0 || !strcmp(p->class_name[*slot - 1], name))
            return slot;
    }
}

/* Twice the room: the table is never more than half full. */
static int grow_classes(struct mt_page *p)
{
    size_t slots = p->n_slots ? 2 * p->n_slots : 128;
    char **grown = realloc(p->class_name, slots / 2 * sizeof *grown);
    p->class_name = grown ? grown : p->class_name;
    int *slot = grown ? calloc(slots, sizeof *slot) : NULL;
    if (!slot)
        return -1;
    free(p->class_slot);
    p->class_slot = slot;
    p->n_slots = slots;
    for (int k = 0; k < p->n_classes; k++)
        *find_class(p, p->class_name[k]) = k + 1;
    return 0;
}

static int class_number(struct mt_page *p, const char *name)
{
    if ((size_t)p->n_classes >= p->n_slots / 2 && grow_classes(p) < 0)
        return -1;
    int *slot = find_class(p, name);
    if (*slot == 0) {
        if (!(p->class_name[p->n_classes] = strdup(name)))
            return -1;
        *slot = ++p->n_classes;
    }
    return *slot - 1;
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

/* Centers are of all classes: a number beyond belongs to other classes, or to none. */
static int check_classes(const struct mt_page_run *r, struct mt_err *err)
{
    int32_t last = -1;
    for (int64_t i = 0; i < r->centers.n; i++)
        last = r->centers.label[i] > last ? r->centers.label[i] : last;
    if (r->centers.n == 0 || r->names.n <= last + 1)
        return 0;
    return mt_err_set(err, MT_ERR_DATA,
                      "%s: its samples name class %d, and embeddings/centers.csv ends with %d; the files are "
                      "damaged or of different runs",
                      r->result.path, r->names.n - 1, last);
}

static int read_run(struct mt_page *p, struct mt_page_run *r, const char *path, struct mt_err *err)
{
    if (mt_result_read(&r->result, path, err) < 0)
        return -1;
    r->label = folder_name(&r->result);
    r->split = isnan(mt_result_figure(&r->result, "test_accuracy")) ? "validation" : "test";
    if (mt_curves_read(&r->curves, path, err) < 0 ||
        mt_predicted_read(&r->predicted, path, r->split, &r->names, err) < 0 || read_points(r, err) < 0 ||
        check_classes(r, err) < 0)
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
    free(p->class_slot);
    free(p->class_numbers);
    free(p->run);
}
