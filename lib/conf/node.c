#include "lib/conf/node.h"

#include <string.h>

struct mt_pair *mt_node_pair(const struct mt_node *map, const char *key)
{
    if (!map || map->kind != MT_NODE_MAP)
        return NULL;
    for (int i = 0; i < map->n; i++)
        if (!strcmp(map->pair[i].key->text, key))
            return &map->pair[i];
    return NULL;
}

struct mt_node *mt_node_get(const struct mt_node *map, const char *key)
{
    const struct mt_pair *pair = mt_node_pair(map, key);
    return pair ? pair->value : NULL;
}

bool mt_node_is(const struct mt_node *node, const char *text)
{
    return node && node->kind == MT_NODE_SCALAR && !strcmp(node->text, text);
}

bool mt_node_is_null(const struct mt_node *node)
{
    return node && node->plain &&
           (mt_node_is(node, "null") || mt_node_is(node, "~") || mt_node_is(node, "Null") ||
            mt_node_is(node, "NULL"));
}

bool mt_node_is_empty(const struct mt_node *node)
{
    return node && node->plain && mt_node_is(node, "");
}

struct mt_node *mt_node_scalar(struct mt_arena *arena, const char *text, size_t len,
                               const struct mt_place *at)
{
    struct mt_node *node = mt_arena_alloc(arena, 1, sizeof *node);
    if (!node || !(node->text = mt_arena_copy(arena, text, len)))
        return NULL;
    node->kind = MT_NODE_SCALAR;
    node->len = len;
    node->plain = true;
    node->at = *at;
    node->events = 1;
    return node;
}

struct mt_node *mt_node_map(struct mt_arena *arena, const struct mt_pair *pair, int n,
                            const struct mt_place *at)
{
    struct mt_node *node = mt_arena_alloc(arena, 1, sizeof *node);
    if (!node || !(node->pair = mt_arena_alloc(arena, (size_t)n, sizeof *pair)))
        return NULL;
    node->kind = MT_NODE_MAP;
    node->at = *at;
    node->n = n;
    node->events = 2;
    node->height = 1;
    for (int i = 0; i < n; i++) {
        node->pair[i] = pair[i];
        node->events += 1 + pair[i].value->events;
        if (pair[i].value->height >= node->height)
            node->height = pair[i].value->height + 1;
    }
    return node;
}
