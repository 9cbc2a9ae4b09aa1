/* set.c: one `--set a.b[0].c=value` laid into a tree. */
#include <stdlib.h>
#include <string.h>

#include "lib/conf/merge.h"
#include "lib/conf/yaml.h"

#define MOST_STEPS MT_YAML_MAX_DEPTH

struct step { /* a key, or an index where name is NULL */
    const char *name;
    int index;
};

struct set {
    struct mt_arena *arena;
    struct mt_diag *diag;
    struct mt_place at;
    struct step step[MOST_STEPS];
    int n;
    struct mt_node *value;
};

/* Reads one [12]; returns what follows it, or NULL. */
static const char *read_index(const char *p, int *index)
{
    size_t digits = strspn(p + 1, "0123456789");
    if (digits < 1 || digits > 6 || p[1 + digits] != ']')
        return NULL;
    *index = atoi(p + 1);
    return p + digits + 2;
}

static int read_path(struct set *s, const char *p, const char *end)
{
    const struct mt_place *at = &s->at;
    while (p < end) {
        struct step step = {NULL, 0};
        if (s->n == MOST_STEPS)
            return mt_diag_error(s->diag, at, "the path has more than %d parts", MOST_STEPS);
        if (*p == '[' && s->n > 0) {
            if (!(p = read_index(p, &step.index)))
                return mt_diag_error(s->diag, at, "expected [N] with N = 0, 1, ... in the path");
        } else {
            size_t len = strcspn(p, ".[=");
            if (len == 0)
                return mt_diag_error(s->diag, at, "a part of the path is empty; write it as head.m=0.5");
            if (!(step.name = mt_arena_copy(s->arena, p, len)))
                return mt_diag_memory(s->diag);
            p += len;
        }
        s->step[s->n++] = step;
        if (*p == '.' && ++p == end)
            return mt_diag_error(s->diag, at, "the path ends in a dot");
    }
    return 0;
}

static struct mt_node *lay(struct set *s, struct mt_node *node, int i);

static struct mt_node *lay_item(struct set *s, struct mt_node *node, int i)
{
    int index = s->step[i].index;
    if (!node || node->kind != MT_NODE_LIST) {
        mt_diag_error(s->diag, &s->at, "[%d] stands behind something that is not a list", index);
        return NULL;
    }
    if (index >= node->n) {
        mt_diag_error(s->diag, &s->at, "the list has %d items, [0] to [%d]", node->n, node->n - 1);
        return NULL;
    }
    struct mt_node *list = mt_arena_alloc(s->arena, 1, sizeof *list);
    struct mt_node **item = mt_arena_alloc(s->arena, (size_t)node->n, sizeof *item);
    if (!list || !item) {
        mt_diag_memory(s->diag);
        return NULL;
    }
    *list = *node;
    list->item = memcpy(item, node->item, (size_t)node->n * sizeof *item);
    item[index] = lay(s, node->item[index], i + 1);
    return item[index] ? list : NULL;
}

/* `[3].rate` may leave out the one key of a list's item, the row's name: [3].dropout.rate. */
static bool skips_row_name(const struct set *s, const struct mt_node *node, int i)
{
    return i > 0 && !s->step[i - 1].name && node && node->kind == MT_NODE_MAP && node->n == 1 &&
           !node->bare && !mt_node_get(node, s->step[i].name);
}

static struct mt_node *lay_key(struct set *s, struct mt_node *node, int i)
{
    struct mt_pair pair = {NULL, NULL};
    if (skips_row_name(s, node, i)) {
        pair = node->pair[0];
        pair.value = lay(s, pair.value, i);
    } else {
        pair.key = mt_node_scalar(s->arena, s->step[i].name, strlen(s->step[i].name), &s->at);
        pair.value = lay(s, mt_node_get(node, s->step[i].name), i + 1);
    }
    struct mt_node *map = pair.key && pair.value ? mt_node_map(s->arena, &pair, 1, &s->at) : NULL;
    if (map)
        map = mt_merge(s->arena, node, map);
    if (!map && !s->diag->errors)
        mt_diag_memory(s->diag);
    return map;
}

/* The tree `node` (NULL: nothing there yet) with the value at steps i, i+1, ... below it. */
static struct mt_node *lay(struct set *s, struct mt_node *node, int i)
{
    if (i == s->n)
        return s->value;
    return s->step[i].name ? lay_key(s, node, i) : lay_item(s, node, i);
}

struct mt_node *mt_merge_set(struct mt_arena *arena, struct mt_node *root, const struct mt_source *set,
                             long *events, struct mt_diag *diag)
{
    struct set s = {.arena = arena, .diag = diag, .at = {set, 0, 0, 0}};
    const char *equal = memchr(set->text, '=', set->len);
    if (!equal || equal == set->text) {
        mt_diag_error(diag, &s.at, "expected KEY=VALUE, for instance head.m=0.5");
        return NULL;
    }
    struct mt_source *src = mt_arena_alloc(arena, 1, sizeof *src);
    if (!src) {
        mt_diag_memory(diag);
        return NULL;
    }
    *src = *set;
    src->text = equal + 1;
    src->len = set->len - (size_t)(src->text - set->text);
    s.at.src = src;
    if (read_path(&s, set->text, equal) < 0 || !(s.value = mt_yaml_parse(arena, src, events, diag)))
        return NULL;
    return lay(&s, root, 0);
}
