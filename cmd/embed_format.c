#include "cmd/embed_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "cmd/say.h"
#include "lib/core/file.h"
#include "lib/report/csv.h"
#include "lib/report/npy.h"
#include "lib/report/projector.h"
#include "lib/train/outputs.h"

static int write_csv(const struct vectors *v, const char *out)
{
    struct mt_buf b = {0};
    if (v->em)
        mt_embeddings_csv(v->em, &b);
    else
        mt_csv_centers(&b, v->x, v->number, v->class_name, (int)v->n, v->dim);
    return output_write_csv(out, &b);
}

static struct mt_npy matrix(const struct vectors *v)
{
    return (struct mt_npy){v->em ? "embeddings" : "centers", MT_NPY_FLOAT32, v->n, v->dim, v->x};
}

static int write_npy(const struct vectors *v, const char *out)
{
    struct mt_buf b = {0};
    struct mt_npy x = matrix(v);
    mt_npy_write(&b, &x);
    return output_write(out, &b);
}

static int write_npz(const struct vectors *v, const char *out)
{
    struct mt_npy array[4] = {matrix(v), {v->em ? "index" : "count", MT_NPY_INT64, v->n, 0, v->number}};
    struct mt_buf b = {0};
    struct mt_err err;
    int n = 2;
    if (v->label)
        array[n++] = (struct mt_npy){"labels", MT_NPY_INT32, v->n, 0, v->label};
    if (v->pred)
        array[n++] = (struct mt_npy){"pred", MT_NPY_INT32, v->n, 0, v->pred};
    if (mt_npz_write(&b, array, n, &err) < 0) {
        mt_buf_release(&b);
        return say_error(&err);
    }
    return output_write(out, &b);
}

/* --- TensorBoard's projector --- */

static int write_part(const char *folder, const char *name, struct mt_buf *b)
{
    struct mt_err err;
    char *path = mt_path_join(folder, name);
    if (path) {
        int rc = output_write_at(path, b);
        free(path);
        return rc;
    }
    mt_buf_release(b);
    mt_err_memory(&err, name, strlen(folder));
    return say_error(&err);
}

static void put_class(struct mt_buf *b, const struct vectors *v, const int32_t *k, int64_t i, bool last)
{
    if (k && k[i] >= 0 && v->class_name)
        mt_projector_text(b, v->class_name[k[i]], last);
    else
        mt_projector_number(b, k ? k[i] : -1, last);
}

static void put_metadata(struct mt_buf *b, const struct vectors *v)
{
    mt_buf_puts(b, v->em ? "label\tpred\n" : "label\tcount\n");
    for (int64_t i = 0; i < v->n; i++) {
        put_class(b, v, v->label, i, false);
        if (v->em)
            put_class(b, v, v->pred, i, true);
        else
            mt_projector_number(b, v->number[i], true);
    }
}

static int write_tsv(const struct vectors *v, const char *out)
{
    struct mt_buf b = {0};
    struct mt_err err;
    if (v->dim < 2) {
        mt_err_set(&err, MT_ERR_USAGE,
                   "--format tsv: the projector shows vectors of at least 2 numbers, and these have %d",
                   v->dim);
        return say_error(&err);
    }
    if (mt_file_mkdirs(out, &err) < 0)
        return say_error(&err);
    mt_projector_vectors(&b, v->x, v->n, v->dim);
    int rc = write_part(out, MT_PROJECTOR_VECTORS, &b);
    if (rc == 0) {
        put_metadata(&b, v);
        rc = write_part(out, MT_PROJECTOR_METADATA, &b);
    }
    if (rc == 0) {
        mt_projector_config(&b);
        rc = write_part(out, MT_PROJECTOR_CONFIG, &b);
    }
    return rc;
}

/* --- the table --- */

static const struct embed_format formats[] = {
    {"csv", false, false, write_csv},
    {"npy", true, false, write_npy},
    {"npz", true, false, write_npz},
    {"tsv", false, true, write_tsv},
};

static const struct embed_format *find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (!name || !strcmp(name, formats[i].name))
            return &formats[i];
    return NULL;
}

const struct embed_format *embed_format_choose(const struct args *a)
{
    const char *name = args_get(a, "format"), *out = args_get(a, "out");
    const struct embed_format *f = find(name);
    bool to_stdout = !out || !strcmp(out, "-");
    if (!f)
        say_line("metric-train embed: error: --format: expected csv, npy, npz or tsv, got '%s'", name);
    else if (f->folder && to_stdout)
        say_line("metric-train embed: error: --format %s writes three files; name a folder with --out",
                 f->name);
    else if (f->binary && to_stdout && isatty(STDOUT_FILENO))
        say_line("metric-train embed: error: --format %s is not for a terminal; name a file with --out",
                 f->name);
    else
        return f;
    return NULL;
}
