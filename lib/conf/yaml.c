/* yaml.c: YAML text to a tree of nodes, through libyaml's events.
 *
 * libyaml sets no limits of its own: it accepts any depth, duplicate keys, cyclic aliases and further
 * documents, and is quadratic in the depth of flow collections. Limits are therefore kept while events
 * arrive. */
#include "lib/conf/yaml.h"

#include <string.h>
#include <yaml.h>

#include "lib/conf/yaml_text.h"

struct anchor {
    const char *name;
    struct mt_node *node; /* NULL while its node is still being read */
};

struct parser {
    yaml_parser_t yaml;
    struct mt_arena *arena;
    const struct mt_source *src;
    struct mt_diag *diag;
    long *events;
    struct anchor anchor[MT_YAML_MAX_ANCHORS];
    int n_anchors;
};

static struct mt_place place(const struct parser *p, const yaml_mark_t *start, const yaml_mark_t *end)
{
    struct mt_place at = {p->src, (int)start->line + 1, (int)start->column + 1, 1};
    if (end && end->line > start->line)
        at.width = MT_YAML_MAX_BYTES; /* to the end of the line */
    else if (end && end->column > start->column)
        at.width = (int)(end->column - start->column);
    return at;
}

/* --- what libyaml says, in words for people --- */

static char char_at(const struct parser *p, const yaml_mark_t *mark)
{
    const char *s = p->src->text, *end = s + p->src->len;
    for (size_t i = 0; i < mark->index && s < end; i++) /* the index counts characters */
        for (s++; s < end && ((unsigned char)*s & 0xc0) == 0x80; s++)
            ;
    return s < end ? *s : 0;
}

static void syntax_error(const struct parser *p)
{
    const yaml_parser_t *y = &p->yaml;
    if (y->error == YAML_MEMORY_ERROR) {
        mt_diag_memory(p->diag);
        return;
    }
    const char *text = y->problem ? y->problem : "is not YAML";
    struct mt_place at = place(p, &y->problem_mark, NULL);
    if (char_at(p, &y->problem_mark) == '\t' && strstr(text, "cannot start any token")) {
        mt_diag_error(p->diag, &at, "tab used for indentation; use spaces");
        return;
    }
    text = mt_yaml_words(text);
    const char *inside =
        y->context && y->context_mark.line < y->problem_mark.line ? mt_yaml_context(y->context) : NULL;
    if (inside && p->src->kind == MT_SOURCE_FILE)
        mt_diag_error(p->diag, &at, "%s; the %s begins on line %zu", text, inside, y->context_mark.line + 1);
    else
        mt_diag_error(p->diag, &at, "%s", text);
}

/* --- events --- */

static int count(struct parser *p, long events, const struct mt_place *at)
{
    *p->events += events;
    if (*p->events > MT_YAML_MAX_EVENTS)
        return mt_diag_error(
            p->diag, at,
            "the document is too large: more than %d values and keys, aliases counted by what they stand for",
            MT_YAML_MAX_EVENTS);
    return 0;
}

static int next(struct parser *p, yaml_event_t *e)
{
    if (!yaml_parser_parse(&p->yaml, e)) {
        syntax_error(p);
        return -1;
    }
    struct mt_place at = place(p, &e->start_mark, NULL);
    if (count(p, 1, &at) < 0) {
        yaml_event_delete(e);
        return -1;
    }
    return 0;
}

static struct mt_node *new_node(struct parser *p, enum mt_node_kind kind, const struct mt_place *at)
{
    struct mt_node *node = mt_arena_alloc(p->arena, 1, sizeof *node);
    if (!node) {
        mt_diag_memory(p->diag);
        return NULL;
    }
    node->kind = kind;
    node->at = *at;
    node->events = 1;
    node->height = 1;
    return node;
}

static void adopt(struct mt_node *node, const struct mt_node *child)
{
    node->events += child->events;
    if (child->height >= node->height)
        node->height = child->height + 1;
}

/* Makes room for one more element, doubling. */
static void *grow(struct parser *p, void *old, int n, size_t size)
{
    if (n & (n - 1))
        return old;
    void *more = mt_arena_alloc(p->arena, n ? (size_t)n * 2 : 1, size);
    if (!more)
        mt_diag_memory(p->diag);
    else if (n)
        memcpy(more, old, (size_t)n * size);
    return more;
}

static struct mt_node *parse_node(struct parser *p, yaml_event_t *e, int depth);

static struct mt_node *parse_scalar(struct parser *p, const yaml_event_t *e, const struct mt_place *at)
{
    const char *text = (const char *)e->data.scalar.value;
    size_t len = e->data.scalar.length;
    if (memchr(text, 0, len)) {
        mt_diag_error(p->diag, at, "the value holds a NUL character");
        return NULL;
    }
    struct mt_node *node = mt_node_scalar(p->arena, text, len, at);
    if (node)
        node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    else
        mt_diag_memory(p->diag);
    return node;
}

static struct mt_node *parse_alias(struct parser *p, const yaml_event_t *e, const struct mt_place *at,
                                   int depth)
{
    const char *name = (const char *)e->data.alias.anchor;
    const struct anchor *found = NULL;
    for (int i = p->n_anchors; i-- > 0 && !found;) /* the last one of a name holds */
        if (!strcmp(p->anchor[i].name, name))
            found = &p->anchor[i];
    if (!found)
        mt_diag_error(p->diag, at, "alias '*%s' stands for nothing: no '&%s' before it", name, name);
    else if (!found->node)
        mt_diag_error(p->diag, at, "alias '*%s' stands inside the value that it stands for", name);
    else if (depth + found->node->height - 1 > MT_YAML_MAX_DEPTH)
        mt_diag_error(p->diag, at, "nested deeper than %d levels", MT_YAML_MAX_DEPTH);
    else if (count(p, found->node->events, at) == 0)
        return found->node;
    return NULL;
}

static struct mt_node *parse_list(struct parser *p, const struct mt_place *at, int depth)
{
    struct mt_node *list = new_node(p, MT_NODE_LIST, at);
    yaml_event_t e;
    while (list) {
        if (next(p, &e) < 0)
            return NULL;
        if (e.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&e);
            return list;
        }
        struct mt_node *item = parse_node(p, &e, depth + 1);
        if (!item || !(list->item = grow(p, list->item, list->n, sizeof *list->item)))
            return NULL;
        list->item[list->n++] = item;
        adopt(list, item);
    }
    return NULL;
}

static int add_pair(struct parser *p, struct mt_node *map, struct mt_node *key, struct mt_node *value)
{
    if (map->n == MT_YAML_MAX_KEYS)
        return mt_diag_error(p->diag, &key->at, "more than %d keys in one map", MT_YAML_MAX_KEYS);
    if (!(map->pair = grow(p, map->pair, map->n, sizeof *map->pair)))
        return -1;
    map->pair[map->n++] = (struct mt_pair){key, value};
    map->events++;
    adopt(map, value);
    return 0;
}

/* `<<: *a` or `<<: [*a, *b]`: keys that the map does not have itself are taken over, the first of a list
 * first. */
static int take_over(struct parser *p, struct mt_node *map, const struct mt_pair *merge)
{
    struct mt_node *one = merge->value;
    int n = one->kind == MT_NODE_LIST ? one->n : 1;
    for (int i = 0; i < n; i++) {
        const struct mt_node *from = one->kind == MT_NODE_LIST ? one->item[i] : one;
        if (from->kind != MT_NODE_MAP)
            return mt_diag_error(p->diag, &merge->key->at,
                                 "'<<' takes a map or a list of maps, written as aliases");
        for (int j = 0; j < from->n; j++)
            if (!mt_node_pair(map, from->pair[j].key->text) &&
                add_pair(p, map, from->pair[j].key, from->pair[j].value) < 0)
                return -1;
    }
    return 0;
}

static struct mt_node *parse_key(struct parser *p, yaml_event_t *e)
{
    struct mt_place at = place(p, &e->start_mark, &e->end_mark);
    struct mt_node *key = NULL;
    if (e->type == YAML_SCALAR_EVENT && !e->data.scalar.anchor && !e->data.scalar.tag)
        key = parse_scalar(p, e, &at);
    else
        mt_diag_error(p->diag, &at, "a key is one word, without anchor, alias or tag");
    yaml_event_delete(e);
    return key;
}

static struct mt_node *parse_map(struct parser *p, const struct mt_place *at, int depth)
{
    struct mt_node *map = new_node(p, MT_NODE_MAP, at);
    struct mt_pair merge = {NULL, NULL};
    yaml_event_t e;
    while (map) {
        if (next(p, &e) < 0)
            return NULL;
        if (e.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&e);
            break;
        }
        struct mt_pair pair = {parse_key(p, &e), NULL};
        if (!pair.key || next(p, &e) < 0 || !(pair.value = parse_node(p, &e, depth + 1)))
            return NULL;
        bool is_merge = pair.key->plain && mt_node_is(pair.key, "<<");
        const struct mt_pair *first = is_merge && merge.key ? &merge : mt_node_pair(map, pair.key->text);
        if (first)
            mt_diag_error(p->diag, &pair.key->at, "duplicate key '%s', first on line %d", pair.key->text,
                          first->key->at.line);
        else if (is_merge)
            merge = pair;
        else if (add_pair(p, map, pair.key, pair.value) < 0)
            return NULL;
    }
    return map && merge.key && take_over(p, map, &merge) < 0 ? NULL : map;
}

static const char *anchor_of(const yaml_event_t *e)
{
    const yaml_char_t *name = e->type == YAML_SCALAR_EVENT           ? e->data.scalar.anchor
                              : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.anchor
                              : e->type == YAML_MAPPING_START_EVENT  ? e->data.mapping_start.anchor
                                                                     : NULL;
    return (const char *)name;
}

static const char *tag_of(const yaml_event_t *e)
{
    const yaml_char_t *tag = e->type == YAML_SCALAR_EVENT           ? e->data.scalar.tag
                             : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.tag
                             : e->type == YAML_MAPPING_START_EVENT  ? e->data.mapping_start.tag
                                                                    : NULL;
    return (const char *)tag;
}

static struct anchor *open_anchor(struct parser *p, const char *name, const struct mt_place *at)
{
    if (p->n_anchors == MT_YAML_MAX_ANCHORS) {
        mt_diag_error(p->diag, at, "more than %d anchors", MT_YAML_MAX_ANCHORS);
        return NULL;
    }
    struct anchor *anchor = &p->anchor[p->n_anchors];
    if (!(anchor->name = mt_arena_copy(p->arena, name, strlen(name)))) {
        mt_diag_memory(p->diag);
        return NULL;
    }
    anchor->node = NULL;
    p->n_anchors++;
    return anchor;
}

/* Reads the value that begins with event *e, which it deletes. depth is 1 for the document itself. */
static struct mt_node *parse_node(struct parser *p, yaml_event_t *e, int depth)
{
    struct mt_place at = place(
        p, &e->start_mark, e->type == YAML_SCALAR_EVENT || e->type == YAML_ALIAS_EVENT ? &e->end_mark : NULL);
    struct mt_node *node = NULL;
    struct anchor *anchor = NULL;
    bool nested = e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT;
    if (tag_of(e)) {
        mt_diag_error(p->diag, &at, "tags ('%s') are not allowed; values are typed by their key", tag_of(e));
        goto out;
    }
    if (nested && depth > MT_YAML_MAX_DEPTH) {
        mt_diag_error(p->diag, &at, "nested deeper than %d levels", MT_YAML_MAX_DEPTH);
        goto out;
    }
    if (anchor_of(e) && !(anchor = open_anchor(p, anchor_of(e), &at)))
        goto out;
    if (e->type == YAML_SCALAR_EVENT)
        node = parse_scalar(p, e, &at);
    else if (e->type == YAML_ALIAS_EVENT)
        node = parse_alias(p, e, &at, depth);
    else if (e->type == YAML_SEQUENCE_START_EVENT)
        node = parse_list(p, &at, depth);
    else
        node = parse_map(p, &at, depth);
    if (anchor)
        anchor->node = node;
out:
    yaml_event_delete(e);
    return node;
}

/* STREAM-START, then nothing or one document. */
static struct mt_node *parse_stream(struct parser *p)
{
    struct mt_place at = {p->src, 1, 1, 1};
    struct mt_node *root = NULL;
    yaml_event_t e;
    for (;;) {
        if (next(p, &e) < 0)
            return NULL;
        yaml_event_type_t type = e.type;
        at = place(p, &e.start_mark, NULL);
        yaml_event_delete(&e);
        if (type == YAML_STREAM_END_EVENT)
            break;
        if (type != YAML_DOCUMENT_START_EVENT)
            continue;
        if (root) {
            mt_diag_error(p->diag, &at, "a second document begins here; a file holds one");
            return NULL;
        }
        if (next(p, &e) < 0 || !(root = parse_node(p, &e, 1)))
            return NULL;
    }
    if (!root && !(root = mt_node_scalar(p->arena, "", 0, &at)))
        mt_diag_memory(p->diag);
    return root;
}

struct mt_node *mt_yaml_parse(struct mt_arena *arena, const struct mt_source *src, long *events,
                              struct mt_diag *diag)
{
    struct parser p = {.arena = arena, .src = src, .diag = diag, .events = events};
    if (mt_yaml_check_text(src, diag) < 0)
        return NULL;
    if (!yaml_parser_initialize(&p.yaml)) {
        mt_diag_memory(diag);
        return NULL;
    }
    yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p.yaml, (const unsigned char *)src->text, src->len);
    struct mt_node *root = parse_stream(&p);
    yaml_parser_delete(&p.yaml);
    return root;
}
