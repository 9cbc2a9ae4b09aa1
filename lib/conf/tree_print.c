/* tree_print.c: trees as text: YAML on one line, JSON, and a whole document with a line for every key. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/load.h"
#include "lib/conf/number.h"
#include "lib/conf/print_value.h"
#include "lib/conf/quote.h"
#include "lib/conf/tree.h"

/* A plain scalar that any reader takes as it stands, inside of braces, too. */
static bool is_safe(const struct mt_node *node)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-~";
    double number;
    bool sign = strchr("+-~", node->text[0]) != NULL;
    return node->plain && node->len && strspn(node->text, safe) == node->len && !mt_node_is(node, "...") &&
           (!sign || mt_node_is(node, "~") || mt_parse_real(node->text, &number) != MT_NUMBER_NONE);
}

static void put_scalar(const struct mt_node *node, struct mt_buf *out)
{
    if (node->path)
        mt_print_path(out, node->path);
    else if (is_safe(node))
        mt_buf_puts(out, node->text);
    else
        mt_quote_yaml(out, node->text);
}

/* A map that was laid over a bare word says the word, too. */
static void put_flow(const struct mt_node *t, bool inside, struct mt_buf *out);

static void put_map(const struct mt_node *t, struct mt_buf *out)
{
    mt_buf_puts(out, "{");
    if (t->bare && t->tag) {
        mt_buf_printf(out, "%s: ", t->tag);
        put_scalar(t->bare, out);
        mt_buf_puts(out, t->n ? ", " : "");
    } else if (t->bare) {
        put_scalar(t->bare, out);
        mt_buf_puts(out, ": {");
    }
    for (int i = 0; i < t->n; i++) {
        mt_buf_puts(out, i ? ", " : "");
        put_scalar(t->pair[i].key, out);
        mt_buf_puts(out, ": ");
        put_flow(t->pair[i].value, true, out);
    }
    mt_buf_puts(out, t->bare && !t->tag ? "}}" : "}");
}

static void put_flow(const struct mt_node *t, bool inside, struct mt_buf *out)
{
    if (t->kind == MT_NODE_MAP) {
        put_map(t, out);
    } else if (t->kind == MT_NODE_LIST) {
        mt_buf_puts(out, "[");
        for (int i = 0; i < t->n; i++) {
            mt_buf_puts(out, i ? ", " : "");
            put_flow(t->item[i], false, out); /* between commas, nothing is no item */
        }
        mt_buf_puts(out, "]");
    } else if (!inside || !mt_node_is_empty(t)) {
        put_scalar(t, out);
    }
}

void mt_tree_print(const struct mt_node *t, struct mt_buf *out)
{
    put_flow(t, false, out);
}

void mt_buf_yaml_string(struct mt_buf *out, const char *text)
{
    mt_quote_yaml(out, text);
}

static bool same_in_json(const char *text)
{
    double number;
    const char *digits = *text == '-' ? text + 1 : text;
    bool leads =
        digits[0] >= '0' && digits[0] <= '9' && !(digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9');
    size_t len = strlen(text);
    if (!strcmp(text, "true") || !strcmp(text, "false") || !strcmp(text, "null"))
        return true;
    return leads && text[len - 1] != '.' && !strstr(text, ".e") && !strstr(text, ".E") &&
           mt_parse_real(text, &number) == MT_NUMBER_OK;
}

void mt_tree_print_json(const struct mt_node *t, struct mt_buf *out)
{
    if (t->kind == MT_NODE_SCALAR) {
        if (t->plain && same_in_json(t->text))
            mt_buf_puts(out, t->text);
        else
            mt_buf_json_string(out, t->path ? t->path : t->text);
        return;
    }
    bool map = t->kind == MT_NODE_MAP;
    mt_buf_puts(out, map ? "{" : "[");
    for (int i = 0; i < t->n; i++) {
        mt_buf_puts(out, i ? ", " : "");
        if (map) {
            mt_buf_json_string(out, t->pair[i].key->text);
            mt_buf_puts(out, ": ");
        }
        mt_tree_print_json(mt_tree_item(t, i), out);
    }
    mt_buf_puts(out, map ? "}" : "]");
}

/* --- a document --- */

static void indent(struct mt_buf *out, int depth)
{
    for (int i = 0; i < depth; i++)
        mt_buf_puts(out, "  ");
}

static void put_block(const struct mt_node *map, const char *without, int depth, struct mt_buf *out);

/* What stands behind a key. */
static void put_value(const struct mt_node *t, int depth, struct mt_buf *out)
{
    const struct mt_node *list = t->list ? t->list : t;
    if (t->kind == MT_NODE_MAP && t->n && !t->bare) {
        mt_buf_puts(out, "\n");
        put_block(t, NULL, depth + 1, out);
    } else if (list->kind == MT_NODE_LIST && list->n && list->height > 1) {
        mt_buf_puts(out, "\n");
        for (int i = 0; i < list->n; i++) {
            indent(out, depth + 1);
            mt_buf_puts(out, "- ");
            put_flow(list->item[i], true, out);
            mt_buf_puts(out, "\n");
        }
    } else {
        mt_buf_puts(out, mt_node_is_empty(list) ? "" : " ");
        put_flow(list, true, out);
        mt_buf_puts(out, "\n");
    }
}

static void put_block(const struct mt_node *map, const char *without, int depth, struct mt_buf *out)
{
    for (int i = 0; i < map->n; i++) {
        const struct mt_pair *pair = &map->pair[i];
        if (without && mt_node_is(pair->key, without))
            continue;
        indent(out, depth);
        put_scalar(pair->key, out);
        mt_buf_puts(out, ":");
        put_value(pair->value, depth, out);
    }
}

void mt_conf_print_written(const struct mt_conf *conf, const char *without, struct mt_buf *out)
{
    put_block(conf->root, without, 0, out);
}
