#include "lib/train/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/json.h"
#include "lib/train/layout.h"

#define MOST_BYTES ((size_t)16 << 20)
#define LONGEST_NAME 4096

static struct mt_manifest_file *add(struct mt_manifest *m)
{
    if (m->n == m->cap) {
        size_t cap = m->cap ? 2 * m->cap : 64;
        struct mt_manifest_file *file = realloc(m->file, cap * sizeof *file);
        if (!file)
            return NULL;
        m->file = file;
        m->cap = cap;
    }
    m->file[m->n] = (struct mt_manifest_file){0};
    return &m->file[m->n++];
}

void mt_manifest_release(struct mt_manifest *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->file[i].name);
    free(m->file);
    *m = (struct mt_manifest){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct mt_manifest_file *)a)->name, ((const struct mt_manifest_file *)b)->name);
}

static void sort(struct mt_manifest *m)
{
    if (m->n)
        qsort(m->file, m->n, sizeof *m->file, by_name);
}

const struct mt_manifest_file *mt_manifest_find(const struct mt_manifest *m, const char *name)
{
    struct mt_manifest_file key = {.name = (char *)name};
    return m->n ? bsearch(&key, m->file, m->n, sizeof key, by_name) : NULL;
}

/* --- reading --- */

/* Relative, and without "", "." and ".." between its slashes. */
static bool stays_inside(const char *name)
{
    if (strlen(name) > LONGEST_NAME)
        return false;
    for (const char *part = name;; part++) {
        size_t len = strcspn(part, "/");
        if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        part += len;
        if (!*part)
            return true;
    }
}

static void read_checksum(struct mt_json *j, char out[MT_SHA256_HEX])
{
    char *text = mt_json_string(j);
    if (text && strlen(text) == MT_SHA256_HEX - 1 && strspn(text, "0123456789abcdef") == MT_SHA256_HEX - 1)
        memcpy(out, text, MT_SHA256_HEX);
    else
        mt_json_fail(j, "a checksum is not 64 hexadecimal digits");
    free(text);
}

/* Takes the name over. */
static struct mt_manifest_file *add_named(struct mt_manifest *m, struct mt_json *j, char *name)
{
    struct mt_manifest_file *f = NULL;
    if (!stays_inside(name))
        mt_json_fail(j, "a name leads out of the run folder");
    else if (!(f = add(m)))
        mt_json_no_memory(j);
    if (f)
        f->name = name;
    else
        free(name);
    return f;
}

static void read_file(struct mt_manifest *m, struct mt_json *j, char *name)
{
    struct mt_manifest_file *f = add_named(m, j, name);
    bool size = false;
    char *key;
    if (!f || !mt_json_take(j, '{'))
        return;
    for (bool more = false; mt_json_member(j, &more, &key); free(key)) {
        if (!strcmp(key, "size"))
            size = mt_json_whole(j, &f->size);
        else if (!strcmp(key, "sha256"))
            read_checksum(j, f->sha256);
        else
            mt_json_skip(j);
    }
    if (!size || !f->sha256[0])
        mt_json_fail(j, "a file lacks its size or checksum");
}

static void read_files(struct mt_manifest *m, struct mt_json *j)
{
    char *name;
    mt_json_take(j, '{');
    for (bool more = false; mt_json_member(j, &more, &name);)
        read_file(m, j, name);
}

static void read_times(struct mt_manifest *m, struct mt_json *j)
{
    mt_json_take(j, '[');
    for (bool more = false; mt_json_element(j, &more);) {
        char *name = mt_json_string(j);
        struct mt_manifest_file *f = name ? add_named(m, j, name) : NULL;
        if (f)
            f->times = true;
    }
}

static const char *parse(struct mt_manifest *m, struct mt_json *j)
{
    bool files = false;
    char *key;
    mt_json_take(j, '{');
    for (bool more = false; mt_json_member(j, &more, &key); free(key)) {
        if (!strcmp(key, "files")) {
            files = true;
            read_files(m, j);
        } else if (!strcmp(key, "times")) {
            read_times(m, j);
        } else {
            mt_json_skip(j);
        }
    }
    if (!mt_json_end(j))
        return j->problem;
    sort(m);
    for (size_t i = 1; i < m->n; i++)
        if (!strcmp(m->file[i - 1].name, m->file[i].name))
            return "it names a file twice";
    return files ? NULL : "it names no files";
}

static int read_manifest(struct mt_manifest *m, const char *path, struct mt_err *err)
{
    struct mt_json j;
    char *text;
    size_t len;
    int there = mt_file_there(path, err);
    if (there <= 0)
        return there;
    if (mt_file_read(path, MOST_BYTES, &text, &len, err) < 0)
        return -1;
    mt_json_init(&j, text, len);
    const char *problem = parse(m, &j);
    size_t at = mt_json_offset(&j);
    free(text);
    if (!problem)
        return 1;
    mt_manifest_release(m);
    if (j.memory)
        return mt_err_memory(err, path, len);
    return mt_err_set(err, MT_ERR_DATA, "%s: is no manifest: byte %zu: %s; train the run again with --force",
                      path, at, problem);
}

int mt_manifest_read(struct mt_manifest *m, const char *run, struct mt_err *err)
{
    char *path = mt_path_join(run, MT_MANIFEST_FILE);
    *m = (struct mt_manifest){0};
    int rc = path ? read_manifest(m, path, err) : mt_err_memory(err, run, strlen(run));
    free(path);
    return rc;
}

/* --- writing --- */

static int add_file(struct mt_manifest *m, const struct mt_rundir *rd, const struct mt_layout_file *file,
                    struct mt_err *err)
{
    struct mt_manifest_file *f = add(m);
    char *path = mt_rundir_file(rd, file->name);
    int rc = f && path && (f->name = strdup(file->name)) ? 0 : mt_err_memory(err, MT_MANIFEST_FILE, 1);
    if (rc == 0 && file->kind == MT_FILE_VARIES)
        f->times = true;
    else if (rc == 0)
        rc = mt_file_sha256(path, f->sha256, &f->size, err);
    free(path);
    return rc;
}

/* Adds what is below `under`, which may be "". */
static int add_files(struct mt_manifest *m, const struct mt_rundir *rd, const char *under, struct mt_err *err)
{
    struct mt_layout l;
    int rc = 0;
    if (mt_layout_list(&l, rd->path, err) < 0)
        return -1;
    for (size_t i = 0; i < l.n && rc == 0; i++)
        if (!strncmp(l.file[i].name, under, strlen(under)))
            rc = add_file(m, rd, &l.file[i], err);
    mt_layout_release(&l);
    return rc;
}

static void print(const struct mt_manifest *m, struct mt_buf *out)
{
    bool first = true;
    mt_buf_puts(out, "{\n  \"files\": {");
    for (size_t i = 0; i < m->n; i++) {
        const struct mt_manifest_file *f = &m->file[i];
        if (f->times)
            continue;
        mt_buf_puts(out, first ? "\n    " : ",\n    ");
        mt_buf_json_string(out, f->name);
        mt_buf_printf(out, ": {\"size\": %llu, \"sha256\": \"%s\"}", (unsigned long long)f->size, f->sha256);
        first = false;
    }
    mt_buf_puts(out, "\n  },\n  \"times\": [");
    first = true;
    for (size_t i = 0; i < m->n; i++) {
        if (!m->file[i].times)
            continue;
        mt_buf_puts(out, first ? "" : ", ");
        mt_buf_json_string(out, m->file[i].name);
        first = false;
    }
    mt_buf_puts(out, "]\n}\n");
}

static int write_manifest(struct mt_manifest *m, const struct mt_rundir *rd, struct mt_err *err)
{
    struct mt_buf b = {0};
    sort(m);
    print(m, &b);
    int rc = b.failed ? mt_err_memory(err, MT_MANIFEST_FILE, b.len)
                      : mt_rundir_write(rd, MT_MANIFEST_FILE, b.data, b.len, err);
    mt_buf_release(&b);
    return rc;
}

int mt_manifest_write(const struct mt_rundir *rd, struct mt_err *err)
{
    struct mt_manifest m = {0};
    int rc = add_files(&m, rd, "", err);
    if (rc == 0)
        rc = write_manifest(&m, rd, err);
    mt_manifest_release(&m);
    return rc;
}

int mt_manifest_renew(const struct mt_rundir *rd, const char *under, struct mt_err *err)
{
    struct mt_manifest m;
    size_t kept = 0;
    int rc = mt_manifest_read(&m, rd->path, err);
    for (size_t i = 0; i < m.n; i++)
        if (strncmp(m.file[i].name, under, strlen(under)))
            m.file[kept++] = m.file[i];
        else
            free(m.file[i].name);
    m.n = kept;
    if (rc == 1) {
        rc = add_files(&m, rd, under, err);
        if (rc == 0)
            rc = write_manifest(&m, rd, err);
    }
    mt_manifest_release(&m);
    return rc;
}
