#include "lib/data/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/fd.h"
#include "lib/data/build.h"
#include "lib/data/image.h"

#define MAX_DEPTH 32

/* A folder that was entered: a link back would make the walk endless, and one sideways would count samples
 * twice. */
struct visit {
    dev_t dev;
    ino_t ino;
};

struct scan {
    struct mt_tree *tree;
    void *visits; /* a tree of struct visit (search.h) */
};

void mt_tree_release(struct mt_tree *t)
{
    mt_free_names(t->class_name, t->classes);
    mt_free_names(t->name, t->n);
    free(t->label);
    *t = (struct mt_tree){0};
}

static bool skipped(const char *name)
{
    return name[0] == '.' || !strcmp(name, "Thumbs.db") || !strcmp(name, "desktop.ini");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted; *names is for mt_free_names. */
static int list_dir(const char *path, char ***names, int64_t *n, struct mt_err *err)
{
    int64_t cap = 0;
    DIR *dir = opendir(path);
    *names = NULL;
    *n = 0;
    if (!dir)
        return mt_err_read(err, path, "open the folder", errno);
    int rc = -1;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (!entry && errno) {
            mt_err_read(err, path, "read the folder", errno);
            goto out;
        }
        if (!entry)
            break;
        if (skipped(entry->d_name))
            continue;
        if (*n == cap) {
            cap = cap ? 2 * cap : 64;
            char **grown = realloc(*names, (size_t)cap * sizeof *grown);
            if (!grown)
                goto memory;
            *names = grown;
        }
        if (!((*names)[*n] = strdup(entry->d_name)))
            goto memory;
        ++*n;
    }
    if (*n)
        qsort(*names, (size_t)*n, sizeof **names, by_text);
    rc = 0;
    goto out;
memory:
    mt_err_memory(err, path, (size_t)cap * sizeof **names);
out:
    closedir(dir);
    if (rc < 0) {
        mt_free_names(*names, *n);
        *names = NULL;
    }
    return rc;
}

static int look_at(const char *path, struct stat *st, struct mt_err *err)
{
    struct stat link;
    if (stat(path, st) == 0)
        return 0;
    int saved = errno;
    if (saved == ENOENT && lstat(path, &link) == 0)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: is a link to something that is not there; correct or remove it", path);
    if (saved == ELOOP)
        return mt_err_set(err, MT_ERR_DATA, "%s: is a link that leads back to itself; remove it", path);
    return mt_err_read(err, path, "be read", saved);
}

static int by_inode(const void *a, const void *b)
{
    const struct visit *x = a, *y = b;
    return x->dev != y->dev ? (x->dev > y->dev) - (x->dev < y->dev) : (x->ino > y->ino) - (x->ino < y->ino);
}

static int enter(struct scan *s, const char *path, const struct stat *st, struct mt_err *err)
{
    struct visit *visit = malloc(sizeof *visit), **found = NULL;
    if (visit) {
        *visit = (struct visit){st->st_dev, st->st_ino};
        found = tsearch(visit, &s->visits, by_inode);
    }
    if (found && *found == visit)
        return 0;
    free(visit);
    return found ? mt_err_set(err, MT_ERR_DATA,
                              "%s: is a folder that was read already, through a link; remove the link", path)
                 : mt_err_memory(err, path, sizeof *visit);
}

static int add_file(struct mt_tree *t, const char *name, int label, struct mt_err *err)
{
    if (t->n == t->cap) {
        int64_t cap = t->cap ? 2 * t->cap : 256;
        char **names = realloc(t->name, (size_t)cap * sizeof *names);
        t->name = names ? names : t->name;
        int32_t *labels = realloc(t->label, (size_t)cap * sizeof *labels);
        t->label = labels ? labels : t->label;
        if (!names || !labels)
            return mt_err_memory(err, "the list of images", (size_t)cap * sizeof *names);
        t->cap = cap;
    }
    if (!(t->name[t->n] = strdup(name)))
        return mt_err_memory(err, "the list of images", strlen(name));
    t->label[t->n++] = label;
    return 0;
}

/* Files of `path`, which is known as `name` relative to the top, and of the folders in it. */
static int scan_class(struct scan *s, const char *path, const char *name, int label, int depth,
                      struct mt_err *err)
{
    char **entry = NULL;
    int64_t n = 0;
    int rc = -1;
    if (depth > MAX_DEPTH)
        return mt_err_set(err, MT_ERR_DATA, "%s: is nested deeper than %d folders; flatten the tree", path,
                          MAX_DEPTH);
    if (list_dir(path, &entry, &n, err) < 0)
        return -1;
    for (int64_t i = 0; i < n; i++) {
        struct stat st;
        char *full = mt_path_join(path, entry[i]), *inner = mt_path_join(name, entry[i]);
        if (!full || !inner)
            rc = mt_err_memory(err, path, strlen(path));
        else if ((rc = look_at(full, &st, err)) < 0)
            ;
        else if (S_ISDIR(st.st_mode))
            rc = enter(s, full, &st, err) < 0 ? -1 : scan_class(s, full, inner, label, depth + 1, err);
        else if (S_ISREG(st.st_mode))
            rc = add_file(s->tree, inner, label, err);
        else
            rc = mt_err_set(err, MT_ERR_DATA, "%s: is neither a file nor a folder; remove it", full);
        free(full);
        free(inner);
        if (rc < 0)
            goto out;
    }
    rc = 0;
out:
    mt_free_names(entry, n);
    return rc;
}

/* A file beside the class folders: notes are passed over, an image was surely meant for a class. */
static int check_loose(const char *path, struct mt_err *err)
{
    uint8_t head[8];
    int fd = mt_fd_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd < 0)
        return 0;
    ssize_t got = mt_fd_read(fd, head, sizeof head);
    close(fd);
    if (got > 0 && (mt_is_png(head, (size_t)got) || mt_is_jpeg(head, (size_t)got)))
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: is an image outside of any class; move it into the folder of its class", path);
    return 0;
}

static int scan_top(struct scan *s, const char *dir, const char *name, struct mt_err *err)
{
    struct mt_tree *t = s->tree;
    struct stat st;
    char *path = mt_path_join(dir, name);
    int rc = path ? look_at(path, &st, err) : mt_err_memory(err, dir, strlen(dir));
    if (rc < 0)
        goto out;
    rc = -1;
    if (!S_ISDIR(st.st_mode)) {
        rc = S_ISREG(st.st_mode) ? check_loose(path, err) : 0;
        goto out;
    }
    int64_t before = t->n;
    if (!(t->class_name[t->classes] = strdup(name))) {
        mt_err_memory(err, name, strlen(name));
        goto out;
    }
    t->classes++;
    if (enter(s, path, &st, err) < 0 || scan_class(s, path, name, t->classes - 1, 1, err) < 0)
        goto out;
    if (t->n == before) {
        mt_err_set(err, MT_ERR_DATA,
                   "%s: is the folder of a class and holds no images; add some or remove it", path);
        goto out;
    }
    qsort(t->name + before, (size_t)(t->n - before), sizeof *t->name, by_text);
    rc = 0;
out:
    free(path);
    return rc;
}

int mt_tree_scan(struct mt_tree *t, const char *dir, struct mt_err *err)
{
    struct scan s = {.tree = t};
    struct stat st;
    char **entry = NULL;
    int64_t n = 0;
    int rc = -1;
    *t = (struct mt_tree){0};
    if (look_at(dir, &st, err) < 0)
        return -1;
    if (!S_ISDIR(st.st_mode))
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: is not a folder; name the folder that holds one folder per class", dir);
    if (enter(&s, dir, &st, err) < 0 || list_dir(dir, &entry, &n, err) < 0)
        goto out;
    if (n && !(t->class_name = calloc((size_t)n, sizeof *t->class_name))) {
        mt_err_memory(err, dir, (size_t)n * sizeof *t->class_name);
        goto out;
    }
    for (int64_t i = 0; i < n; i++)
        if (scan_top(&s, dir, entry[i], err) < 0)
            goto out;
    if (t->classes == 0) {
        mt_err_set(err, MT_ERR_DATA,
                   "%s: holds no folders; put the images of each class into a folder of its own", dir);
        goto out;
    }
    rc = 0;
out:
    mt_free_names(entry, n);
    tdestroy(s.visits, free);
    if (rc < 0)
        mt_tree_release(t);
    return rc;
}
