/* tree.c: reading trees, copies of documents, and values laid over them. */
#include "lib/conf/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/load.h"
#include "lib/conf/set.h"
#include "lib/conf/yaml.h"

bool mt_tree_is_map(const struct mt_node *t)
{
    return t && t->kind == MT_NODE_MAP;
}

bool mt_tree_is_list(const struct mt_node *t)
{
    return t && t->kind == MT_NODE_LIST;
}

const char *mt_tree_text(const struct mt_node *t)
{
    return t && t->kind == MT_NODE_SCALAR ? t->text : NULL;
}

int mt_tree_count(const struct mt_node *t)
{
    return t && t->kind != MT_NODE_SCALAR ? t->n : 0;
}

struct mt_node *mt_tree_item(const struct mt_node *t, int i)
{
    return t->kind == MT_NODE_LIST ? t->item[i] : t->pair[i].value;
}

struct mt_node *mt_tree_key(const struct mt_node *t, int i)
{
    return t->pair[i].key;
}

struct mt_node *mt_tree_get(const struct mt_node *t, const char *key)
{
    return mt_node_get(t, key);
}

int mt_tree_error(const struct mt_node *t, struct mt_diag *diag, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    int len = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (len < 0)
        return mt_diag_memory(diag);
    mt_diag_error(diag, &t->at, "%s", text);
    free(text);
    return -1;
}

static struct mt_source *source_of(struct mt_conf *conf, const char *name, const char *text,
                                   struct mt_diag *diag)
{
    struct mt_source *src = mt_arena_alloc(&conf->arena, 1, sizeof *src);
    char *own_name = mt_arena_copy(&conf->arena, name, strlen(name)),
         *own_text = mt_arena_copy(&conf->arena, text, strlen(text));
    if (!src || !own_name || !own_text) {
        mt_diag_memory(diag);
        return NULL;
    }
    *src = (struct mt_source){MT_SOURCE_SET, own_name, ".", own_text, strlen(text), ++conf->rank, true};
    return src;
}

struct mt_node *mt_conf_parse(struct mt_conf *conf, const char *name, const char *text, struct mt_diag *diag)
{
    const struct mt_source *src = source_of(conf, name, text, diag);
    return src ? mt_yaml_parse(&conf->arena, src, &conf->events, diag) : NULL;
}

struct mt_node *mt_conf_word(struct mt_conf *conf, const char *name, const char *text, struct mt_diag *diag)
{
    const struct mt_source *src = source_of(conf, name, text, diag);
    const struct mt_place at = {src, 0, 0, 0};
    struct mt_node *node = src ? mt_node_scalar(&conf->arena, text, strlen(text), &at) : NULL;
    if (src && !node)
        mt_diag_memory(diag);
    return node;
}

struct mt_node *mt_conf_scalar(struct mt_conf *conf, const char *text, const struct mt_node *at)
{
    return mt_node_scalar(&conf->arena, text, strlen(text), &at->at);
}

const struct mt_node *mt_conf_node(const struct mt_conf *conf, const char *key)
{
    const struct mt_node *node = mt_node_get(conf->root, key);
    return node ? node : conf->root;
}

/* --- copies --- */

/* A tree is copied into another document; with `laid_over`, its sources get that document's next rank. */
struct copier {
    struct mt_arena *arena;
    bool laid_over;
    int rank;
    const struct mt_source *from; /* the last source met, */
    struct mt_source *to;         /* and what stands for it */
    bool failed;
};

static const struct mt_source *copy_source(struct copier *c, const struct mt_source *src)
{
    if (!c->laid_over)
        return src;
    if (c->from == src)
        return c->to;
    if (!(c->to = mt_arena_alloc(c->arena, 1, sizeof *c->to))) {
        c->failed = true;
        return src;
    }
    c->from = src;
    *c->to = *src;
    c->to->rank = c->rank;
    c->to->laid_over = true;
    return c->to;
}

static struct mt_node *copy_node(struct copier *c, const struct mt_node *node)
{
    struct mt_node *copy = mt_arena_alloc(c->arena, 1, sizeof *copy);
    if (!copy) {
        c->failed = true;
        return NULL;
    }
    *copy = *node;
    copy->at.src = copy_source(c, node->at.src);
    if (node->bare)
        copy->bare = copy_node(c, node->bare);
    if (node->kind == MT_NODE_LIST && node->n) {
        copy->item = mt_arena_alloc(c->arena, (size_t)node->n, sizeof *copy->item);
        for (int i = 0; copy->item && i < node->n; i++)
            copy->item[i] = copy_node(c, node->item[i]);
        c->failed |= !copy->item;
    } else if (node->kind == MT_NODE_MAP && node->n) {
        copy->pair = mt_arena_alloc(c->arena, (size_t)node->n, sizeof *copy->pair);
        for (int i = 0; copy->pair && i < node->n; i++)
            copy->pair[i] =
                (struct mt_pair){copy_node(c, node->pair[i].key), copy_node(c, node->pair[i].value)};
        c->failed |= !copy->pair;
    }
    return copy;
}

static struct mt_node *without_key(struct mt_arena *arena, const struct mt_node *map, const char *key)
{
    struct mt_pair *pair = mt_arena_alloc(arena, (size_t)map->n, sizeof *pair);
    int n = 0;
    for (int i = 0; pair && i < map->n; i++)
        if (!key || strcmp(map->pair[i].key->text, key) != 0)
            pair[n++] = map->pair[i];
    return pair ? mt_node_map(arena, pair, n, &map->at) : NULL;
}

struct mt_conf *mt_conf_copy(const struct mt_conf *conf, const char *without)
{
    struct mt_conf *copy = calloc(1, sizeof *copy);
    if (!copy)
        return NULL;
    copy->rank = conf->rank;
    copy->files = conf->files;
    copy->partial = conf->partial;
    struct copier c = {.arena = &copy->arena};
    const struct mt_node *root = without_key(&copy->arena, conf->root, without);
    if (root)
        copy->root = copy_node(&c, root);
    if (c.failed || !copy->root) {
        mt_conf_free(copy);
        return NULL;
    }
    return copy;
}

struct mt_node *mt_conf_lay(struct mt_conf *conf, const struct mt_node *key, const struct mt_node *value,
                            struct mt_diag *diag)
{
    struct copier c = {.arena = &conf->arena, .laid_over = true, .rank = ++conf->rank};
    int before = diag->errors;
    struct mt_node *own_key = copy_node(&c, key), *copy = copy_node(&c, value);
    if (c.failed) {
        mt_diag_memory(diag);
        return NULL;
    }
    mt_set_node(conf, own_key, copy, diag);
    return diag->errors == before ? copy : NULL;
}

int mt_conf_take_paths(struct mt_conf *conf, struct mt_node *node, const struct mt_node *laid)
{
    if (laid->path && !(node->path = mt_arena_copy(&conf->arena, laid->path, strlen(laid->path))))
        return -1;
    for (int i = 0; i < mt_tree_count(node); i++)
        if (mt_conf_take_paths(conf, mt_tree_item(node, i), mt_tree_item(laid, i)) < 0)
            return -1;
    return 0;
}

int mt_conf_set(struct mt_conf *conf, const char *text, struct mt_diag *diag)
{
    int before = diag->errors;
    mt_set(conf, text, diag);
    return diag->errors == before ? 0 : -1;
}

void mt_diag_add_all(struct mt_diag *diag, const struct mt_diag *more)
{
    if (diag->errors == 0 && more->errors)
        diag->kind = more->kind;
    if (!mt_diag_full(diag))
        mt_buf_append(&diag->text, more->text.data, more->text.len);
    diag->errors += more->errors;
    diag->warnings += more->warnings;
    diag->text.failed |= more->text.failed;
}
