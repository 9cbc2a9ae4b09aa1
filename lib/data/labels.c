/* labels.c: from what a file calls its classes to numbers 0..classes-1. */
#include "lib/data/build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mt_free_names(char **name, int64_t n)
{
    for (int64_t i = 0; name && i < n; i++)
        free(name[i]);
    free(name);
}

char **mt_copy_names(char *const *name, int64_t n)
{
    char **copy = calloc((size_t)n, sizeof *copy);
    for (int64_t i = 0; copy && i < n; i++) {
        if (!(copy[i] = strdup(name[i]))) {
            mt_free_names(copy, n);
            return NULL;
        }
    }
    return copy;
}

static int alloc_labels(struct mt_dataset *d, struct mt_err *err)
{
    d->label = malloc((size_t)d->n * sizeof *d->label);
    return d->label ? 0 : mt_err_memory(err, "labels", (size_t)d->n * sizeof *d->label);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int name_by_digits(struct mt_dataset *d, const int64_t *value, int classes, struct mt_err *err)
{
    d->classes = classes;
    if (!(d->class_name = calloc((size_t)classes, sizeof *d->class_name)))
        return mt_err_memory(err, "class names", (size_t)classes * sizeof *d->class_name);
    for (int c = 0; c < classes; c++)
        if (asprintf(&d->class_name[c], "%" PRId64, value ? value[c] : (int64_t)c) < 0) {
            d->class_name[c] = NULL;
            return mt_err_memory(err, "class names", 32);
        }
    return 0;
}

static int fixed_classes(struct mt_dataset *d, const int64_t *value, int64_t classes, const char *path,
                         struct mt_err *err)
{
    for (int64_t i = 0; i < d->n; i++) {
        if (value[i] < 0 || value[i] >= classes)
            return mt_err_set(err, MT_ERR_DATA,
                              "%s: label %" PRId64 " of sample %" PRId64
                              " is out of range; with classes: %" PRId64 " labels are 0..%" PRId64,
                              path, value[i], i, classes, classes - 1);
        d->label[i] = (int32_t)value[i];
    }
    return name_by_digits(d, NULL, (int)classes, err);
}

static int found_classes(struct mt_dataset *d, const int64_t *value, struct mt_err *err)
{
    size_t bytes = (size_t)d->n * sizeof *value;
    int64_t *found = malloc(bytes), n_found = 0;
    if (!found)
        return mt_err_memory(err, "labels", bytes);
    memcpy(found, value, bytes);
    qsort(found, (size_t)d->n, sizeof *found, by_value);
    for (int64_t i = 0; i < d->n; i++)
        if (i == 0 || found[i] != found[n_found - 1])
            found[n_found++] = found[i];
    for (int64_t i = 0; i < d->n; i++) {
        const int64_t *at = bsearch(&value[i], found, (size_t)n_found, sizeof *found, by_value);
        d->label[i] = (int32_t)(at - found);
    }
    int rc = name_by_digits(d, found, (int)n_found, err);
    free(found);
    return rc;
}

int mt_build_labels(struct mt_dataset *d, const int64_t *value, int64_t classes, const char *path,
                    struct mt_err *err)
{
    if (alloc_labels(d, err) < 0)
        return -1;
    return classes == MT_UNSET_INT ? found_classes(d, value, err)
                                   : fixed_classes(d, value, classes, path, err);
}

struct named {
    const char *name;
    int64_t at;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static struct named *sorted_names(const char *const *name, int64_t n)
{
    struct named *sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (struct named){name[i], i};
    qsort(sorted, (size_t)n, sizeof *sorted, by_name);
    return sorted;
}

int mt_build_text_labels(struct mt_dataset *d, const char *const *text, struct mt_err *err)
{
    int rc = -1;
    struct named *sorted = sorted_names(text, d->n);
    if (!sorted || alloc_labels(d, err) < 0)
        goto out;
    int64_t classes = 0;
    for (int64_t i = 0; i < d->n; i++) {
        if (i == 0 || strcmp(sorted[i].name, sorted[i - 1].name))
            classes++;
        d->label[sorted[i].at] = (int32_t)(classes - 1);
    }
    d->classes = (int)classes;
    if (!(d->class_name = calloc((size_t)classes, sizeof *d->class_name)))
        goto out;
    for (int64_t i = 0; i < d->n; i++) {
        char **name = &d->class_name[d->label[i]];
        if (!*name && !(*name = strdup(text[i])))
            goto out;
    }
    rc = 0;
out:
    if (rc < 0)
        mt_err_memory(err, "labels", (size_t)d->n * sizeof *sorted);
    free(sorted);
    return rc;
}

int mt_build_labels_like(struct mt_dataset *d, const struct mt_dataset *like, struct mt_err *err)
{
    int rc = -1, *becomes = malloc((size_t)d->classes * sizeof *becomes);
    struct named *sorted = sorted_names((const char *const *)like->class_name, like->classes);
    char **names = mt_copy_names(like->class_name, like->classes);
    const char *path = d->n_sources ? d->source[d->n_sources - 1].path : "data";
    if (!becomes || !sorted || !names) {
        mt_err_memory(err, "class names", (size_t)like->classes * sizeof *sorted);
        goto out;
    }
    for (int c = 0; c < d->classes; c++) {
        struct named key = {d->class_name[c], 0};
        const struct named *at = bsearch(&key, sorted, (size_t)like->classes, sizeof *sorted, by_name);
        becomes[c] = at ? (int)at->at : -1;
    }
    for (int64_t i = 0; i < d->n; i++) {
        int c = becomes[d->label[i]];
        if (c < 0) {
            mt_err_set(err, MT_ERR_DATA,
                       "%s: label \"%s\" of sample %" PRId64
                       " is not one of the %d classes of the training data; correct the "
                       "label or add the class to the training data",
                       path, d->class_name[d->label[i]], i, like->classes);
            goto out;
        }
        d->label[i] = c;
    }
    mt_free_names(d->class_name, d->classes);
    d->class_name = names;
    d->classes = like->classes;
    names = NULL;
    rc = 0;
out:
    mt_free_names(names, like->classes);
    free(sorted);
    free(becomes);
    return rc;
}
