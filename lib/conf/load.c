/* load.c: files of YAML, and the files that they extend. */
#include "lib/conf/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/conf/merge.h"
#include "lib/conf/yaml.h"
#include "lib/core/file.h"

#define MOST_FILES 64
#define DEEPEST 16

/* A file that is being read, and the one that extends it. */
struct reading {
    const struct reading *up;
    const char *path;
    const struct mt_place *at; /* where it is extended */
    dev_t dev;
    ino_t ino;
    int depth;
};

static struct mt_node *read_file(struct mt_conf *conf, const char *path, enum mt_node_kind want,
                                 const struct mt_place *at, const struct reading *up, struct mt_diag *diag);

static int check_cycle(const struct reading *now, struct mt_diag *diag)
{
    for (const struct reading *r = now->up; r; r = r->up) {
        if (r->dev != now->dev || r->ino != now->ino)
            continue;
        if (r->at)
            return mt_diag_error(diag, now->at, "extends: a cycle: %s is extended by %s:%d already", r->path,
                                 r->at->src->name, r->at->line);
        return mt_diag_error(diag, now->at, "extends: a cycle: %s leads back to itself here", r->path);
    }
    if (now->depth > DEEPEST)
        return mt_diag_error(diag, now->at, "extends: files extend one another more than %d deep", DEEPEST);
    return 0;
}

static struct mt_node *extend_one(struct mt_conf *conf, struct mt_node *base, const struct mt_node *name,
                                  const struct reading *now, struct mt_diag *diag)
{
    if (name->kind != MT_NODE_SCALAR || name->len == 0) {
        mt_diag_error(diag, &name->at, "extends: expected the path of a file, or a list of paths");
        return base;
    }
    char *path = mt_path_join(name->at.src->dir, name->text);
    if (!path) {
        mt_diag_memory(diag);
        return base;
    }
    struct mt_node *more = read_file(conf, path, MT_NODE_MAP, &name->at, now, diag);
    free(path);
    if (more && base && !(base = mt_merge(&conf->arena, base, more)))
        mt_diag_memory(diag);
    return base ? base : more;
}

/* Lays a root without its `extends` over what that names. */
static struct mt_node *extend(struct mt_conf *conf, struct mt_node *root, const struct reading *now,
                              struct mt_diag *diag)
{
    const struct mt_node *names = mt_node_get(root, "extends");
    if (!names)
        return root;
    struct mt_node *base = NULL;
    int before = diag->errors;
    if (names->kind == MT_NODE_LIST)
        for (int i = 0; i < names->n; i++)
            base = extend_one(conf, base, names->item[i], now, diag);
    else
        base = extend_one(conf, base, names, now, diag);
    conf->partial |= diag->errors != before;

    struct mt_pair *pair = mt_arena_alloc(&conf->arena, (size_t)root->n, sizeof *pair);
    int n = 0;
    for (int i = 0; pair && i < root->n; i++)
        if (!mt_node_is(root->pair[i].key, "extends"))
            pair[n++] = root->pair[i];
    struct mt_node *own = pair ? mt_node_map(&conf->arena, pair, n, &root->at) : NULL;
    if (own)
        own = mt_merge(&conf->arena, base, own);
    if (!own)
        mt_diag_memory(diag);
    return own;
}

static struct mt_node *check_root(struct mt_node *root, enum mt_node_kind want, struct mt_diag *diag)
{
    if (!root || root->kind == want)
        return root;
    const char *expected =
        want == MT_NODE_MAP ? "keys with values, such as 'seed: 0'" : "a list, one '- item' per line";
    const char *got = mt_node_is_empty(root)       ? "nothing"
                      : root->kind == MT_NODE_LIST ? "a list"
                      : root->kind == MT_NODE_MAP  ? "keys"
                                                   : "text";
    mt_diag_error(diag, &root->at, "expected %s, got %s", expected, got);
    return NULL;
}

/* Parses a text and merges what it extends; takes ranks in the order of precedence. */
static struct mt_node *read_text(struct mt_conf *conf, const struct mt_source *text, enum mt_node_kind want,
                                 const struct reading *now, struct mt_diag *diag)
{
    struct mt_source *src = mt_arena_alloc(&conf->arena, 1, sizeof *src);
    if (!src || !(src->text = mt_arena_copy(&conf->arena, text->text, text->len)) ||
        !(src->name = mt_arena_copy(&conf->arena, text->name, strlen(text->name))) ||
        !(src->dir = mt_arena_copy(&conf->arena, text->dir, strlen(text->dir)))) {
        mt_diag_memory(diag);
        return NULL;
    }
    src->len = text->len;
    if (src->len >= 3 && !memcmp(src->text, "\xef\xbb\xbf", 3)) {
        src->text += 3;
        src->len -= 3;
    }
    struct mt_node *root = check_root(mt_yaml_parse(&conf->arena, src, &conf->events, diag), want, diag);
    if (root && want == MT_NODE_MAP)
        root = extend(conf, root, now, diag);
    src->rank = ++conf->rank;
    return root;
}

static struct mt_node *read_file(struct mt_conf *conf, const char *path, enum mt_node_kind want,
                                 const struct mt_place *at, const struct reading *up, struct mt_diag *diag)
{
    struct mt_err err;
    struct stat st = {0};
    struct mt_source src = {.kind = MT_SOURCE_FILE, .name = path};
    struct mt_node *root = NULL;
    char *text = NULL, *dir = mt_path_dir(path);
    struct reading now = {.up = up, .path = path, .at = at, .depth = up ? up->depth + 1 : 1};
    if (!dir) {
        mt_diag_memory(diag);
        return NULL;
    }
    if (stat(path, &st) < 0) {
        mt_err_read(&err, path, "open", errno);
        mt_diag_add(diag, err.kind, at, "%s", err.text);
        goto out;
    }
    now.dev = st.st_dev;
    now.ino = st.st_ino;
    if (check_cycle(&now, diag) < 0)
        goto out;
    if (++conf->files > MOST_FILES) {
        mt_diag_error(diag, at, "more than %d files make up this experiment", MOST_FILES);
        goto out;
    }
    if (S_ISREG(st.st_mode) && st.st_size > MT_YAML_MAX_BYTES) {
        mt_diag_error(diag, at, "%s: is larger than 1 MiB; an experiment file has a few hundred lines", path);
        goto out;
    }
    if (mt_file_read(path, MT_YAML_MAX_BYTES, &text, &src.len, &err) < 0) {
        mt_diag_add(diag, err.kind, at, "%s", err.text);
        goto out;
    }
    src.text = text;
    src.dir = dir;
    root = read_text(conf, &src, want, &now, diag);
out:
    free(text);
    free(dir);
    return root;
}

struct mt_node *mt_load_file(struct mt_conf *conf, const char *path, enum mt_node_kind want,
                             const struct mt_place *at, struct mt_diag *diag)
{
    return read_file(conf, path, want, at, NULL, diag);
}

struct mt_node *mt_load_text(struct mt_conf *conf, const char *name, const char *dir, const char *text,
                             size_t len, enum mt_node_kind want, struct mt_diag *diag)
{
    struct mt_source src = {.kind = MT_SOURCE_FILE, .name = name, .dir = dir, .text = text, .len = len};
    struct reading now = {.path = name, .depth = 1};
    if (len > MT_YAML_MAX_BYTES) {
        struct mt_place at = {&src, 0, 0, 0};
        mt_diag_error(diag, &at, "is larger than 1 MiB");
        return NULL;
    }
    return read_text(conf, &src, want, &now, diag);
}
