/* print.c: a bound struct as text: YAML that binds to the same struct again, the canonical text of the run
 * id, JSON. */
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/conf/find.h"
#include "lib/conf/print_value.h"
#include "lib/conf/quote.h"

#define COMMENT_COLUMN 48

struct printer {
    struct mt_buf *out;
    bool json;
    bool canonical; /* without paths and what does not change results */
    bool origin;
    int depth;
    bool comma;  /* JSON: something stands before in this object */
    size_t line; /* where the current line begins */
};

static void take_back(struct printer *p, size_t len)
{
    if (p->out->failed)
        return;
    p->out->len = len;
    p->out->data[len] = 0;
}

/* --- the two notations --- */

static void indent(struct printer *p, int depth)
{
    p->line = p->out->len;
    for (int i = 0; i < depth; i++)
        mt_buf_puts(p->out, "  ");
}

static void put_key(struct printer *p, const char *name)
{
    if (p->json)
        mt_buf_puts(p->out, p->comma ? ",\n" : "\n");
    indent(p, p->depth);
    if (p->json) {
        mt_buf_json_string(p->out, name);
        mt_buf_puts(p->out, ": ");
    } else {
        mt_buf_printf(p->out, "%s: ", name);
    }
}

static void put_leaf_key(struct printer *p, const char *name)
{
    put_key(p, name);
    if (p->json && p->origin)
        mt_buf_puts(p->out, "{\"value\": ");
}

/* Ends a line that holds a value. `at` is where it was written; NULL: it is the default. */
static void end_value(struct printer *p, const struct mt_place *at)
{
    p->comma = true;
    if (p->json) {
        if (!p->origin)
            return;
        struct mt_buf place = {0};
        mt_place_text(&place, at);
        mt_buf_puts(p->out, ", \"origin\": ");
        mt_buf_json_string(p->out, place.failed ? "" : place.data);
        mt_buf_puts(p->out, "}");
        p->out->failed |= place.failed;
        mt_buf_release(&place);
        return;
    }
    if (p->origin) {
        do
            mt_buf_puts(p->out, " ");
        while (!p->out->failed && p->out->len - p->line < COMMENT_COLUMN);
        mt_buf_puts(p->out, "# ");
        mt_place_text(p->out, at);
    }
    mt_buf_puts(p->out, "\n");
}

static void open_map(struct printer *p)
{
    p->depth++;
    p->comma = false;
    if (p->json) {
        mt_buf_puts(p->out, "{");
    } else {
        take_back(p, p->out->len ? p->out->len - 1 : 0); /* the space behind the colon */
        mt_buf_puts(p->out, "\n");
    }
}

/* Nothing was printed since open_map: YAML has no line for it. `start` is the length before its key. */
static void close_map(struct printer *p, size_t start)
{
    bool empty = !p->comma;
    p->depth--;
    if (p->json) {
        if (!empty) {
            mt_buf_puts(p->out, "\n");
            indent(p, p->depth);
        }
        mt_buf_puts(p->out, "}");
    } else if (empty) {
        take_back(p, start);
        return;
    }
    p->comma = true;
}

/* --- the walk; `node` is what the document says, NULL for defaults --- */

static void put_fields(struct printer *p, const struct mt_field *fields, const void *base,
                       const struct mt_node *map);

static void put_variant(struct printer *p, const struct mt_field *f, const struct mt_variant *v,
                        const struct mt_node *node)
{
    const struct mt_node *tag = node && node->kind == MT_NODE_SCALAR ? node : mt_node_get(node, f->tag);
    if (!tag && node)
        tag = node->bare;
    put_leaf_key(p, f->tag);
    mt_print_string(p->out, p->json, v->kind->name);
    end_value(p, tag ? &tag->at : NULL);
    put_fields(p, v->kind->fields, v->cfg, node && node->kind == MT_NODE_MAP ? node : NULL);
}

/* One item of a list of rows: `- conv2d:` with its keys below, or `- flatten`. */
static void put_item(struct printer *p, const struct mt_variant *v, const struct mt_node *item)
{
    const struct mt_node *map = item && item->kind == MT_NODE_MAP ? item : NULL;
    const struct mt_place *at = item ? &item->at : NULL;
    if (item && item->kind == MT_NODE_MAP && !item->bare && item->n == 1) {
        at = &item->pair[0].key->at;
        map = item->pair[0].value;
    }
    if (p->json) {
        mt_buf_puts(p->out, p->comma ? ",\n" : "\n");
        indent(p, p->depth);
        mt_buf_puts(p->out, "{");
        mt_buf_json_string(p->out, v->kind->name);
        mt_buf_puts(p->out, ": ");
        open_map(p);
        put_fields(p, v->kind->fields, v->cfg, map);
        close_map(p, 0);
        mt_buf_puts(p->out, "}");
        return;
    }
    size_t start = p->out->len;
    indent(p, p->depth);
    mt_buf_printf(p->out, "- %s:", v->kind->name);
    p->comma = false;
    end_value(p, at);
    p->comma = false;
    p->depth += 2;
    put_fields(p, v->kind->fields, v->cfg, map);
    p->depth -= 2;
    if (!p->comma) {
        take_back(p, start);
        indent(p, p->depth);
        mt_buf_printf(p->out, "- %s", v->kind->name);
        end_value(p, at);
    }
}

/* One map of a list of maps: a dash, and its keys in the lines below. */
static void put_record(struct printer *p, const struct mt_variant *v, const struct mt_node *item)
{
    if (p->json && p->comma)
        mt_buf_puts(p->out, ",");
    mt_buf_puts(p->out, p->json ? "\n" : "");
    indent(p, p->depth);
    mt_buf_puts(p->out, p->json ? "" : "- ");
    open_map(p);
    put_fields(p, v->kind->fields, v->cfg, item);
    close_map(p, p->out->len);
}

static void put_list(struct printer *p, const struct mt_field *f, const struct mt_variants *list,
                     const struct mt_node *node)
{
    const struct mt_node *items = node && node->list ? node->list : node;
    if (list->n == 0) {
        mt_buf_puts(p->out, p->json ? "[]" : "[]\n");
        p->comma = true;
        return;
    }
    open_map(p);
    if (p->json && !p->out->failed)
        p->out->data[p->out->len - 1] = '[';
    for (int i = 0; i < list->n; i++) {
        const struct mt_node *item =
            items && items->kind == MT_NODE_LIST && i < items->n ? items->item[i] : NULL;
        (f->type == MT_RECORDS ? put_record : put_item)(p, &list->v[i], item);
        p->comma = true;
    }
    close_map(p, 0);
    if (p->json && !p->out->failed)
        p->out->data[p->out->len - 1] = ']';
}

/* `max_pool: 2`: the document's node is the value of the first field itself. */
static const struct mt_node *node_of(const struct mt_field *fields, const struct mt_field *f,
                                     const struct mt_node *map, const struct mt_place **at)
{
    const struct mt_field *first = fields;
    const struct mt_pair *pair = mt_find_pair(map, f->name);
    *at = NULL;
    if (pair && !mt_node_is_null(pair->value)) {
        *at = &pair->key->at;
        return pair->value;
    }
    while (first->name && !strcmp(first->name, "name"))
        first++;
    if (!map || map->kind == MT_NODE_MAP || f != first)
        return NULL;
    *at = &map->at;
    return map;
}

static void put_field(struct printer *p, const struct mt_field *f, const void *base,
                      const struct mt_node *node, const struct mt_place *at)
{
    const void *value = (const char *)base + f->offset;
    size_t start = p->out->len;
    bool unset = f->type != MT_MAP && mt_is_unset(f, value), comma = p->comma;
    if (!unset && (f->type == MT_MAP || f->type == MT_VARIANT)) {
        put_key(p, f->name);
        open_map(p);
        if (f->type == MT_MAP)
            put_fields(p, f->map, base, node);
        else
            put_variant(p, f, value, node);
        close_map(p, start);
        p->comma = p->comma || comma;
    } else if (!unset && (f->type == MT_VARIANTS || f->type == MT_RECORDS)) {
        put_key(p, f->name);
        put_list(p, f, value, node);
    } else {
        put_leaf_key(p, f->name);
        if (unset)
            mt_buf_puts(p->out, "null"); /* JSON alone */
        else
            mt_print_value(p->out, p->json, f, value);
        end_value(p, at);
    }
}

static void put_fields(struct printer *p, const struct mt_field *fields, const void *base,
                       const struct mt_node *map)
{
    for (const struct mt_field *f = fields; f && f->name; f++) {
        const struct mt_place *at;
        if (p->canonical && (f->type == MT_PATH || f->flags & MT_F_NOT_IN_ID))
            continue;
        if (!p->json && f->type != MT_MAP && mt_is_unset(f, (const char *)base + f->offset))
            continue;
        const struct mt_node *node = node_of(fields, f, map, &at);
        put_field(p, f, base, node, at);
    }
}

void mt_conf_print(const struct mt_conf *conf, const struct mt_field *fields, const void *in, bool origin,
                   struct mt_buf *out)
{
    struct printer p = {.out = out, .origin = origin && conf};
    put_fields(&p, fields, in, conf ? conf->root : NULL);
}

void mt_conf_canonical(const struct mt_field *fields, const void *in, struct mt_buf *out)
{
    struct printer p = {.out = out, .canonical = true};
    put_fields(&p, fields, in, NULL);
}

void mt_conf_print_json(const struct mt_conf *conf, const struct mt_field *fields, const void *in,
                        bool origin, struct mt_buf *out)
{
    struct printer p = {.out = out, .json = true, .origin = origin && conf};
    open_map(&p);
    put_fields(&p, fields, in, conf ? conf->root : NULL);
    close_map(&p, 0);
    mt_buf_puts(out, "\n");
}
