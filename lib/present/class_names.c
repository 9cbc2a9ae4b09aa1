#include <stdio.h>
#include <stdlib.h>

#include "lib/present/run_read.h"

#define MOST_CLASSES (1 << 20) /* names have room up to the largest number that is met */

void mt_read_free_texts(char **text, int64_t n)
{
    for (int64_t i = 0; text && i < n; i++)
        free(text[i]);
    free(text);
}

void *mt_read_array(int64_t n, size_t size)
{
    return calloc(n > 0 ? (size_t)n : 1, size);
}

void mt_class_names_release(struct mt_class_names *c)
{
    mt_read_free_texts(c->name, c->n);
    *c = (struct mt_class_names){0};
}

const char *mt_class_name(const struct mt_class_names *c, int k, char room[16])
{
    if (c && k >= 0 && k < c->n && c->name[k] && *c->name[k])
        return c->name[k];
    snprintf(room, 16, "%d", k);
    return room;
}

static int grow_names(struct mt_class_names *c, int n, struct mt_err *err)
{
    if (n > c->cap) {
        int cap = n > 2 * c->cap ? n : 2 * c->cap;
        char **grown = realloc(c->name, (size_t)cap * sizeof *grown);
        if (!grown)
            return mt_err_memory(err, "the names of classes", (size_t)cap * sizeof *grown);
        c->name = grown;
        c->cap = cap;
    }
    for (; c->n < n; c->n++)
        c->name[c->n] = NULL;
    return 0;
}

int mt_read_name(struct mt_class_names *c, const struct mt_csv_file *f, int column, int64_t k,
                 struct mt_err *err)
{
    if (!c || k < 0)
        return 0;
    if (k >= c->n && grow_names(c, (int)k + 1, err) < 0)
        return -1;
    if (column >= 0 && !c->name[k] && !(c->name[k] = mt_csv_text(&f->row[column])))
        return mt_err_memory(err, f->path, f->row[column].len);
    return 0;
}

int mt_read_class(const struct mt_csv_file *f, int column, int32_t *k, struct mt_err *err)
{
    int64_t v;
    if (mt_csv_file_whole(f, column, MOST_CLASSES - 1, &v, err) < 0)
        return -1;
    *k = (int32_t)v;
    return 0;
}
