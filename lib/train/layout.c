#include "lib/train/layout.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/file.h"
#include "lib/train/checkpoint.h"

#define DEEPEST 4

/* What stands at the top of a run folder. Of a folder, everything in it belongs to the run. */
static const struct entry {
    const char *name;
    enum mt_layout_kind kind;
} top[] = {
    {"config.yaml", MT_FILE_SAME},
    {"model.txt", MT_FILE_SAME},
    {"data.json", MT_FILE_SAME},
    {"feasibility.json", MT_FILE_SAME},
    {"metrics.csv", MT_FILE_SAME},
    {"summary.json", MT_FILE_SAME},
    {MT_MANIFEST_FILE, MT_FILE_MANIFEST},
    {"timing.csv", MT_FILE_VARIES},
    {MT_STATUS_FILE, MT_FILE_VARIES},
    {"environment.json", MT_FILE_VARIES},
    {"log.txt", MT_FILE_VARIES},
    {"checkpoints", MT_FILE_SAME},
    {"eval", MT_FILE_SAME},
    {"embeddings", MT_FILE_SAME},
    {"projections", MT_FILE_SAME},
    {"report.html", MT_FILE_DRAWN},
    {"plots", MT_FILE_DRAWN},
};

static const struct entry *find_top(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof top / sizeof *top; i++)
        if (strlen(top[i].name) == len && !memcmp(top[i].name, name, len))
            return &top[i];
    return NULL;
}

const char *mt_layout_temporary(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (!dot || !dot[1] || dot[1 + strspn(dot + 1, "0123456789")] || dot - name < 4 ||
        memcmp(dot - 4, ".tmp", 4))
        return NULL;
    return dot - 4;
}

static const struct entry *owner(const char *name)
{
    const char *end = mt_layout_temporary(name);
    size_t len = strcspn(name, "/");
    return find_top(name, end && (size_t)(end - name) < len ? (size_t)(end - name) : len);
}

/* Checkpoints that are there for safety: whether they exist, and what they hold, depends on where the run was
 * interrupted. */
static bool is_spare(const char *name)
{
    return !strcmp(name, "checkpoints/" MT_CHECKPOINT_PREV) ||
           !strcmp(name, "checkpoints/" MT_CHECKPOINT_BAD);
}

static enum mt_layout_kind kind_of(const char *name)
{
    const struct entry *entry = owner(name);
    if (!entry)
        return MT_FILE_FOREIGN;
    return mt_layout_temporary(name) ? MT_FILE_TEMPORARY : is_spare(name) ? MT_FILE_SPARE : entry->kind;
}

static int add(struct mt_layout *l, const char *name, enum mt_layout_kind kind, struct mt_err *err)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        struct mt_layout_file *file = realloc(l->file, cap * sizeof *file);
        if (!file)
            return mt_err_memory(err, "a list of files", cap * sizeof *file);
        l->file = file;
        l->cap = cap;
    }
    char *copy = strdup(name);
    if (!copy)
        return mt_err_memory(err, "a list of files", strlen(name));
    l->file[l->n++] = (struct mt_layout_file){copy, kind};
    return 0;
}

static int walk(struct mt_layout *l, const char *run, const char *under, int depth, struct mt_err *err);

/* One entry of the folder `under` ("" for the run folder itself). */
static int visit(struct mt_layout *l, const char *run, const char *under, const char *entry, int depth,
                 struct mt_err *err)
{
    struct stat st;
    char *name = NULL, *path = NULL;
    int rc = 0;
    if (asprintf(&name, "%s%s%s", under, *under ? "/" : "", entry) < 0 ||
        asprintf(&path, "%s/%s", run, name) < 0) {
        free(name);
        return mt_err_memory(err, "a path", strlen(run));
    }
    if (!strcmp(name, MT_LOCK_FILE))
        rc = 0;
    else if (lstat(path, &st) < 0)
        rc = errno == ENOENT ? 0 : mt_err_read(err, path, "look at", errno); /* removed since, or unknown */
    else if (owner(name) && S_ISDIR(st.st_mode) && depth < DEEPEST)
        rc = walk(l, run, name, depth + 1, err);
    else
        rc = add(l, name, S_ISREG(st.st_mode) ? kind_of(name) : MT_FILE_FOREIGN, err);
    free(name);
    free(path);
    return rc;
}

/* An end that is none would leave files out of the manifest. */
static int walk_entries(struct mt_layout *l, DIR *dir, const char *path, const char *run, const char *under,
                        int depth, struct mt_err *err)
{
    for (;;) {
        errno = 0;
        struct dirent *e = readdir(dir);
        if (!e)
            return errno
                       ? mt_err_set(err, MT_ERR_RUN, "%s: cannot read the folder: %s", path, strerror(errno))
                       : 0;
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
            visit(l, run, under, e->d_name, depth, err) < 0)
            return -1;
    }
}

/* Adds what is below run/under. Neither links nor folders that are not the run's are followed. */
static int walk(struct mt_layout *l, const char *run, const char *under, int depth, struct mt_err *err)
{
    char *path = *under ? mt_path_join(run, under) : strdup(run);
    DIR *dir = path ? opendir(path) : NULL;
    int rc = 0;
    if (!path)
        rc = mt_err_memory(err, "a path", strlen(run));
    else if (!dir)
        rc = mt_err_read(err, path, "read the folder", errno);
    else
        rc = walk_entries(l, dir, path, run, under, depth, err);
    if (dir)
        closedir(dir);
    free(path);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct mt_layout_file *)a)->name, ((const struct mt_layout_file *)b)->name);
}

void mt_layout_release(struct mt_layout *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->file[i].name);
    free(l->file);
    *l = (struct mt_layout){0};
}

int mt_layout_survey(struct mt_layout *l, const char *run, struct mt_err *err)
{
    *l = (struct mt_layout){0};
    if (walk(l, run, "", 0, err) < 0) {
        mt_layout_release(l);
        return -1;
    }
    if (l->n)
        qsort(l->file, l->n, sizeof *l->file, by_name);
    return 0;
}

const struct mt_layout_file *mt_layout_find(const struct mt_layout *l, const char *name)
{
    struct mt_layout_file key = {.name = (char *)name};
    return l->n ? bsearch(&key, l->file, l->n, sizeof key, by_name) : NULL;
}

int mt_layout_list(struct mt_layout *l, const char *run, struct mt_err *err)
{
    size_t kept = 0;
    if (mt_layout_survey(l, run, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n; i++)
        if (l->file[i].kind == MT_FILE_SAME || l->file[i].kind == MT_FILE_VARIES)
            l->file[kept++] = l->file[i];
        else
            free(l->file[i].name);
    l->n = kept;
    return 0;
}

static int remove_files(const char *run, bool all, struct mt_err *err)
{
    struct mt_layout l;
    int rc = mt_layout_survey(&l, run, err);
    if (rc < 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < l.n; i++) {
        const char *name = l.file[i].name;
        enum mt_layout_kind kind = l.file[i].kind;
        if (kind == MT_FILE_FOREIGN || (kind != MT_FILE_TEMPORARY && (!all || !strcmp(name, "log.txt"))))
            continue;
        char *path = mt_path_join(run, name);
        if (!path)
            rc = mt_err_memory(err, "a path", strlen(run));
        else if (unlink(path) < 0 && errno != ENOENT)
            rc = mt_err_set(err, MT_ERR_RUN, "%s: cannot remove: %s", path, strerror(errno));
        free(path);
    }
    mt_layout_release(&l);
    return rc;
}

int mt_layout_sweep(const char *run, struct mt_err *err)
{
    return remove_files(run, false, err);
}

int mt_layout_clear(const char *run, struct mt_err *err)
{
    return remove_files(run, true, err);
}
