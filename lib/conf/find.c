#include "lib/conf/find.h"

#include <stdlib.h>
#include <string.h>

static bool same(const char *a, const char *b, size_t len)
{
    return a && strlen(a) == len && !memcmp(a, b, len);
}

static const struct mt_pair *find(const struct mt_node *map, const char *name, size_t len)
{
    const struct mt_pair *found = NULL;
    for (int i = 0; map && map->kind == MT_NODE_MAP && i < map->n; i++) {
        const struct mt_pair *pair = &map->pair[i];
        if ((same(pair->key->canonical, name, len) || same(pair->key->text, name, len)) &&
            (!found || pair->key->at.src->rank > found->key->at.src->rank))
            found = pair;
    }
    return found;
}

const struct mt_pair *mt_find_pair(const struct mt_node *map, const char *name)
{
    return find(map, name, strlen(name));
}

const struct mt_place *mt_find_place(const struct mt_conf *conf, const char *key)
{
    const struct mt_node *node = conf->root;
    const struct mt_place *at = &node->at;
    const char *p = key;
    while (*p && node) {
        if (*p == '[') {
            char *end;
            long index = strtol(p + 1, &end, 10);
            const struct mt_node *list = node->list ? node->list : node;
            if (list->kind != MT_NODE_LIST || index < 0 || index >= list->n)
                break;
            node = list->item[index];
            at = &node->at;
            p = *end == ']' ? end + 1 : end;
        } else {
            size_t len = strcspn(p, ".[");
            const struct mt_pair *pair = find(node, p, len);
            if (!pair && node->kind == MT_NODE_MAP && node->n == 1) /* an item's one key is the row's name */
                pair = find(node->pair[0].value, p, len);
            if (!pair)
                break;
            node = pair->value;
            at = node->kind == MT_NODE_SCALAR && node->len ? &node->at : &pair->key->at;
            p += len;
        }
        p += *p == '.';
    }
    return at;
}
