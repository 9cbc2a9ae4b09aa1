/* node.h: a parsed document as a tree, where every key and value knows the place it was written at.
 *
 * Trees are never changed after they are built: aliases and merges share branches. Everything lives in an
 * arena that the loaded document owns. Private to lib/conf. */
#ifndef MT_CONF_NODE_H
#define MT_CONF_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/conf/arena.h"

enum mt_source_kind { MT_SOURCE_FILE, MT_SOURCE_SET, MT_SOURCE_DEFAULT };

struct mt_source {
    enum mt_source_kind kind;
    const char *name; /* as messages show it: a path, or "--set a.b=c" */
    const char *dir;  /* what its paths are relative to; "." is the current directory */
    const char *text; /* the whole text, kept for the lines that messages show */
    size_t len;
    int rank;       /* precedence: of two values the one with the larger rank holds */
    bool laid_over; /* one of several values that are laid over a document, as each --set is */
};

struct mt_place {
    const struct mt_source *src;
    int line, col; /* from 1; col counts characters */
    int width;     /* characters to underline */
};

enum mt_node_kind { MT_NODE_SCALAR, MT_NODE_LIST, MT_NODE_MAP };

struct mt_node;
struct mt_pair {
    struct mt_node *key; /* a scalar */
    struct mt_node *value;
};

struct mt_node {
    enum mt_node_kind kind;
    struct mt_place at;
    int height;  /* levels of lists and maps: 0 for a scalar, 1 for a list of scalars */
    long events; /* what it costs when an alias repeats it */
    /* scalar */
    const char *text;
    size_t len;
    bool plain; /* written without quotes */
    /* list: n items; map: n pairs */
    int n;
    struct mt_node **item;
    struct mt_pair *pair;
    /* A map that was laid over a bare word ({s: 30} over `arcface`): that word, which may still name the row
     * meant. */
    const struct mt_node *bare;
    /* Notes made while binding, for messages and printing: the key's name where an alias was written, the
     * list read from the file that a scalar names, and a path as it resolves. */
    const char *canonical;
    struct mt_node *list;
    const char *path;
    const char *tag; /* the key that `bare` was the value of; NULL: it is the one key above the map's */
};

/* The value of a key, or NULL; of no map at all, NULL. */
struct mt_node *mt_node_get(const struct mt_node *map, const char *key);
struct mt_pair *mt_node_pair(const struct mt_node *map, const char *key);
bool mt_node_is(const struct mt_node *node, const char *text); /* a scalar of exactly this text */
bool mt_node_is_null(const struct mt_node *node);              /* an unquoted null or ~ */
bool mt_node_is_empty(const struct mt_node *node);             /* nothing was written */

/* A scalar of this text at this place. NULL without memory. */
struct mt_node *mt_node_scalar(struct mt_arena *arena, const char *text, size_t len,
                               const struct mt_place *at);
/* A map with `n` pairs copied from `pair`. NULL without memory. */
struct mt_node *mt_node_map(struct mt_arena *arena, const struct mt_pair *pair, int n,
                            const struct mt_place *at);

#endif
