/* print.c: a bound struct as text: YAML that binds to the same struct again, the canonical text of the run
 * id, JSON. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/find.h"
#include "lib/conf/number.h"
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

/* Ends a line that holds a value. `at` is where it was written; NULL: it is the default. */
static void end_value(struct printer *p, const struct mt_place *at)
{
    p->comma = true;
    if (p->json)
        return;
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
        take_back(p, p->out->len - 1); /* the space behind the colon */
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

static void put_string(struct printer *p, const char *text)
{
    if (p->json)
        mt_buf_json_string(p->out, text);
    else
        mt_quote_yaml(p->out, text);
}

static void put_real(struct printer *p, double value)
{
    char text[MT_REAL_TEXT];
    mt_format_real(text, value);
    mt_buf_puts(p->out, isfinite(value) ? text : "null");
}

/* --- values --- */

static void put_path(struct printer *p, const char *path)
{
    char real[PATH_MAX], cwd[PATH_MAX];
    if (realpath(path, real)) {
        put_string(p, real);
        return;
    }
    struct mt_buf joined = {0};
    if (path[0] != '/' && getcwd(cwd, sizeof cwd))
        mt_buf_printf(&joined, "%s/", cwd);
    mt_buf_puts(&joined, path);
    if (joined.failed)
        p->out->failed = true;
    else
        put_string(p, joined.data);
    mt_buf_release(&joined);
}

static int length(const struct mt_field *f, const void *at)
{
    switch (f->type) {
    case MT_INTS:
        return ((const struct mt_ints *)at)->n;
    case MT_REALS:
        return ((const struct mt_reals *)at)->n;
    case MT_STRINGS:
        return ((const struct mt_strings *)at)->n;
    case MT_VARIANTS:
        return ((const struct mt_variants *)at)->n;
    default:
        return 0;
    }
}

static bool is_list(const struct mt_field *f)
{
    return f->type == MT_INTS || f->type == MT_REALS || f->type == MT_STRINGS || f->type == MT_VARIANTS;
}

static bool is_unset(const struct mt_field *f, const void *at)
{
    switch (f->type) {
    case MT_INT:
        return *(const int64_t *)at == MT_UNSET_INT;
    case MT_REAL:
        return isnan(*(const double *)at);
    case MT_STRING:
    case MT_PATH:
        return !*(char *const *)at;
    case MT_CHOICE:
        return *(const int *)at < 0;
    case MT_VARIANT:
        return !((const struct mt_variant *)at)->kind;
    default:
        return is_list(f) && length(f, at) == 0 && !f->def;
    }
}

static void put_list(struct printer *p, const struct mt_field *f, const void *at)
{
    mt_buf_puts(p->out, "[");
    for (int i = 0; i < length(f, at); i++) {
        mt_buf_puts(p->out, i ? ", " : "");
        if (f->type == MT_INTS)
            mt_buf_printf(p->out, "%" PRId64, ((const struct mt_ints *)at)->v[i]);
        else if (f->type == MT_REALS)
            put_real(p, ((const struct mt_reals *)at)->v[i]);
        else
            put_string(p, ((const struct mt_strings *)at)->v[i]);
    }
    mt_buf_puts(p->out, "]");
}

static void put_choices(struct printer *p, const struct mt_field *f, unsigned bits)
{
    const char *comma = "";
    mt_buf_puts(p->out, "[");
    for (int i = 0; f->choices[i]; i++) {
        if (!(bits >> i & 1))
            continue;
        mt_buf_puts(p->out, comma);
        put_string(p, f->choices[i]);
        comma = ", ";
    }
    mt_buf_puts(p->out, "]");
}

static void put_value(struct printer *p, const struct mt_field *f, const void *at)
{
    switch (f->type) {
    case MT_BOOL:
        mt_buf_puts(p->out, *(const bool *)at ? "true" : "false");
        break;
    case MT_INT:
        mt_buf_printf(p->out, "%" PRId64, *(const int64_t *)at);
        break;
    case MT_REAL:
        put_real(p, *(const double *)at);
        break;
    case MT_STRING:
        put_string(p, *(char *const *)at);
        break;
    case MT_PATH:
        put_path(p, *(char *const *)at);
        break;
    case MT_CHOICE:
        put_string(p, f->choices[*(const int *)at]);
        break;
    case MT_CHOICES:
        put_choices(p, f, *(const unsigned *)at);
        break;
    default:
        put_list(p, f, at);
        break;
    }
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
    put_key(p, f->tag);
    put_string(p, v->kind->name);
    end_value(p, tag ? &tag->at : NULL);
    put_fields(p, v->kind->fields, v->cfg, node);
}

/* One item of a list of rows: `- conv2d:` with its keys below, or `- flatten`. */
static void put_item(struct printer *p, const struct mt_variant *v, const struct mt_node *item)
{
    const struct mt_node *map = item;
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

static void put_variants(struct printer *p, const struct mt_variants *list, const struct mt_node *node)
{
    const struct mt_node *items = node && node->list ? node->list : node;
    if (list->n == 0) {
        mt_buf_puts(p->out, "[]");
        end_value(p, node ? &node->at : NULL);
        return;
    }
    open_map(p);
    if (p->json && !p->out->failed)
        p->out->data[p->out->len - 1] = '[';
    for (int i = 0; i < list->n; i++) {
        put_item(p, &list->v[i],
                 items && items->kind == MT_NODE_LIST && i < items->n ? items->item[i] : NULL);
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
    put_key(p, f->name);
    if (f->type == MT_MAP || (f->type == MT_VARIANT && !is_unset(f, value))) {
        bool comma = p->comma;
        open_map(p);
        if (f->type == MT_MAP)
            put_fields(p, f->map, base, node);
        else
            put_variant(p, f, value, node);
        close_map(p, start);
        p->comma = p->comma || comma;
    } else if (is_unset(f, value)) {
        mt_buf_puts(p->out, "null"); /* JSON alone */
        p->comma = true;
    } else if (f->type == MT_VARIANTS) {
        put_variants(p, value, node);
    } else {
        put_value(p, f, value);
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
        if (!p->json && f->type != MT_MAP && is_unset(f, (const char *)base + f->offset))
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

void mt_conf_print_json(const struct mt_field *fields, const void *in, struct mt_buf *out)
{
    struct printer p = {.out = out, .json = true};
    open_map(&p);
    put_fields(&p, fields, in, NULL);
    close_map(&p, 0);
    mt_buf_puts(out, "\n");
}
