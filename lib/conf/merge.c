#include "lib/conf/merge.h"

#include <string.h>

static const char *const tags[] = {"type", "format"};

static bool other_kind(const struct mt_node *base, const struct mt_node *over)
{
    for (int i = 0; i < 2; i++) {
        const struct mt_node *a = mt_node_get(base, tags[i]), *b = mt_node_get(over, tags[i]);
        if (!a && base->bare && !mt_node_get(base, tags[1 - i]))
            a = base->bare;
        if (a && b && a->kind == MT_NODE_SCALAR && b->kind == MT_NODE_SCALAR && strcmp(a->text, b->text) != 0)
            return true;
    }
    return false;
}

/* A map over a bare word keeps the word, which may name the row that the map's keys belong to. */
static struct mt_node *over_scalar(struct mt_arena *arena, struct mt_node *base, struct mt_node *over)
{
    if (mt_node_is_null(base) || mt_node_is_empty(base))
        return over;
    for (int i = 0; i < 2; i++)
        if (mt_node_get(over, tags[i]))
            return over;
    struct mt_node *map = mt_node_map(arena, over->pair, over->n, &over->at);
    if (map)
        map->bare = base;
    return map;
}

/* Another kind replaces all keys, except that of several --set none is lost: head.s=8 holds before and behind
 * head.type=cosface. */
static struct mt_node *replace_kind(struct mt_arena *arena, struct mt_node *base, struct mt_node *over)
{
    if (!over->at.src->laid_over)
        return over;
    struct mt_pair *pair = mt_arena_alloc(arena, (size_t)base->n + (size_t)over->n, sizeof *pair);
    if (!pair)
        return NULL;
    int n = 0;
    for (int i = 0; i < base->n; i++)
        if (base->pair[i].key->at.src->laid_over && !mt_node_get(over, base->pair[i].key->text))
            pair[n++] = base->pair[i];
    for (int i = 0; i < over->n; i++)
        pair[n++] = over->pair[i];
    return mt_node_map(arena, pair, n, &over->at);
}

struct mt_node *mt_merge(struct mt_arena *arena, struct mt_node *base, struct mt_node *over)
{
    if (base && base->kind == MT_NODE_SCALAR && over->kind == MT_NODE_MAP)
        return over_scalar(arena, base, over);
    if (!base || base->kind != MT_NODE_MAP || over->kind != MT_NODE_MAP)
        return over;
    if (other_kind(base, over))
        return replace_kind(arena, base, over);
    struct mt_pair *pair = mt_arena_alloc(arena, (size_t)base->n + (size_t)over->n, sizeof *pair);
    if (!pair)
        return NULL;
    int n = 0;
    for (int i = 0; i < base->n; i++) {
        const struct mt_pair *top = mt_node_pair(over, base->pair[i].key->text);
        pair[n] = top ? *top : base->pair[i];
        if (top && !(pair[n].value = mt_merge(arena, base->pair[i].value, top->value)))
            return NULL;
        n++;
    }
    for (int i = 0; i < over->n; i++)
        if (!mt_node_pair(base, over->pair[i].key->text))
            pair[n++] = over->pair[i];
    struct mt_node *map = mt_node_map(arena, pair, n, &over->at);
    if (map)
        map->bare = over->bare ? over->bare : base->bare;
    return map;
}
