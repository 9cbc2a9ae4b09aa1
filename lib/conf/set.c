/* set.c: one `--set a.b[0].c=value` laid into a tree. */
#include "lib/conf/set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/merge.h"
#include "lib/conf/quote.h"
#include "lib/conf/yaml.h"
#include "lib/core/file.h"

#define MOST_STEPS MT_YAML_MAX_DEPTH
#define LONGEST_NAME 200 /* bytes of an option that messages repeat */

struct step { /* a key, or an index where name is NULL */
    const char *name;
    int index;
};

struct set {
    struct mt_conf *conf;
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

/* The list in a file, where a scalar names one: its items can be set one by one, too. */
static struct mt_node *list_in_file(struct set *s, const struct mt_node *node)
{
    const char *dot = node && node->kind == MT_NODE_SCALAR ? strrchr(node->text, '.') : NULL;
    if (!dot || (strcmp(dot, ".yaml") != 0 && strcmp(dot, ".yml") != 0))
        return NULL;
    char *path = mt_path_join(node->at.src->dir, node->text);
    struct mt_node *list = path ? mt_load_file(s->conf, path, MT_NODE_LIST, &node->at, s->diag) : NULL;
    if (!path)
        mt_diag_memory(s->diag);
    free(path);
    return list;
}

static struct mt_node *lay_item(struct set *s, struct mt_node *node, int i)
{
    int index = s->step[i].index, before = s->diag->errors;
    struct mt_node *in_file = list_in_file(s, node);
    if (s->diag->errors > before)
        return NULL;
    node = in_file ? in_file : node;
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
    int before = s->diag->errors;
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
    if (!map && s->diag->errors == before)
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

static int read_key(struct set *s, const char *key, const char *end)
{
    if (key == end)
        return mt_diag_error(s->diag, &s->at, "the key is empty");
    if (read_path(s, key, end) < 0)
        return -1;
    if (!strcmp(s->step[0].name, "extends"))
        return mt_diag_error(s->diag, &s->at, "'extends' can only stand in a file");
    return 0;
}

static void lay_root(struct set *s)
{
    struct mt_node *root = s->value ? lay(s, s->conf->root, 0) : NULL;
    if (root)
        s->conf->root = root;
}

static struct mt_source *source_of(struct mt_conf *conf, const char *text)
{
    char name[LONGEST_NAME];
    size_t len = strlen(text), shown = mt_cut(text, sizeof name - sizeof "--set ...");
    struct mt_source *src = mt_arena_alloc(&conf->arena, 1, sizeof *src);
    int n = snprintf(name, sizeof name, "--set %.*s%s", (int)shown, text, text[shown] ? "..." : "");
    const char *own_name = mt_arena_copy(&conf->arena, name, (size_t)n),
               *own_text = mt_arena_copy(&conf->arena, text, len);
    if (!src || !own_name || !own_text)
        return NULL;
    *src = (struct mt_source){MT_SOURCE_SET, own_name, ".", own_text, len, ++conf->rank, true};
    return src;
}

void mt_set(struct mt_conf *conf, const char *text, struct mt_diag *diag)
{
    struct mt_source *src = source_of(conf, text);
    if (!src) {
        mt_diag_memory(diag);
        return;
    }
    struct set s = {.conf = conf, .arena = &conf->arena, .diag = diag, .at = {src, 0, 0, 0}};
    const char *key = src->text, *equal = strchr(key, '=');
    if (!equal || equal == key) {
        mt_diag_error(diag, &s.at, "expected KEY=VALUE, for instance head.m=0.5");
        return;
    }
    src->len -= (size_t)(equal + 1 - key);
    src->text = equal + 1;
    if (read_key(&s, key, equal) < 0)
        return;
    s.value = mt_yaml_parse(&conf->arena, src, &conf->events, diag);
    lay_root(&s);
}

void mt_set_node(struct mt_conf *conf, const struct mt_node *key, struct mt_node *value, struct mt_diag *diag)
{
    struct set s = {.conf = conf, .arena = &conf->arena, .diag = diag, .at = key->at, .value = value};
    if (read_key(&s, key->text, key->text + key->len) == 0)
        lay_root(&s);
}
