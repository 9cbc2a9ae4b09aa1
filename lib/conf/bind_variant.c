/* bind_variant.c: values that name a row of a table. */
#include <stdlib.h>
#include <string.h>

#include "lib/conf/bind.h"
#include "lib/core/file.h"

/* The scalar that names the row of a VARIANT: the value of its tag, or a bare word. NULL: the default is
 * meant, or an error was reported. */
static const struct mt_node *tag_of(struct mt_binder *b, const struct mt_field *f, const struct mt_node *node,
                                    const struct mt_place *key, const char *path,
                                    const struct mt_kind **fallback)
{
    const struct mt_node *tag = node->kind == MT_NODE_SCALAR ? node : mt_node_get(node, f->tag);
    char expected[MT_EXPECT_TEXT];
    *fallback = NULL;
    if (!tag || mt_node_is_null(tag))
        tag = node->bare;
    const char *implied = f->tag_default ? f->tag_default : f->def;
    if (!tag && implied)
        *fallback = mt_table_find(f->table, implied);
    else if (!tag)
        mt_diag_error(b->diag, key, "missing required key '%s.%s' (%s)", path, f->tag,
                      mt_expect_text(f, expected));
    if (tag && (tag->kind != MT_NODE_SCALAR || tag->len == 0)) {
        mt_diag_error(b->diag, &tag->at, "%s.%s: expected %s", path, f->tag, mt_expect_text(f, expected));
        tag = NULL;
    }
    return tag;
}

void mt_bind_variant(struct mt_binder *b, const struct mt_field *field, struct mt_variant *out,
                     struct mt_node *node, const struct mt_place *key, const struct mt_where *where)
{
    char path[MT_WHERE_TEXT];
    struct mt_row row = {field, NULL, NULL};
    mt_where_text(where, path);
    if (node->kind == MT_NODE_LIST) {
        mt_diag_error(b->diag, &node->at, "%s: expected one %s, not a list", path, field->table->what);
        return;
    }
    row.tag = tag_of(b, field, node, key, path, &row.kind);
    if (row.tag && row.tag == node->bare)
        node->tag = field->tag;
    if (row.tag && !(row.kind = mt_table_find(field->table, row.tag->text)))
        mt_unknown_row(b, field->table, row.tag, path);
    if (row.kind)
        mt_bind_row(b, &row, out, node->kind == MT_NODE_MAP ? node : NULL, key, where);
}

/* `max_pool: 2`: the value of the first field that is not the name. */
static const struct mt_node *shorthand(struct mt_binder *b, const struct mt_row *row, struct mt_node *value,
                                       const char *path)
{
    const struct mt_field *f = row->kind->fields;
    while (f && f->name && !strcmp(f->name, "name"))
        f++;
    if (!f || !f->name) {
        mt_diag_error(b->diag, &value->at, "%s: takes no value", path);
        return NULL;
    }
    struct mt_pair pair = {mt_node_scalar(&b->conf->arena, f->name, strlen(f->name), &value->at), value};
    struct mt_node *map = pair.key ? mt_node_map(&b->conf->arena, &pair, 1, &value->at) : NULL;
    if (!map)
        mt_diag_memory(b->diag);
    return map;
}

static void bind_item(struct mt_binder *b, const struct mt_field *field, struct mt_variant *out,
                      struct mt_node *item, const struct mt_where *where)
{
    const char *what = field->table->what;
    char path[MT_WHERE_TEXT];
    const struct mt_node *name = item->bare ? item->bare : item, *map = item->bare ? item : NULL;
    mt_where_text(where, path);
    if (item->kind == MT_NODE_LIST || (item->kind == MT_NODE_SCALAR && item->len == 0)) {
        mt_diag_error(b->diag, &item->at, "%s: expected a %s: its name, or its name with keys below", path,
                      what);
        return;
    }
    struct mt_node *value = NULL;
    if (item->kind == MT_NODE_MAP && !item->bare) {
        if (item->n == 0) {
            mt_diag_error(b->diag, &item->at, "%s: expected the name of a %s", path, what);
            return;
        }
        if (item->n > 1) {
            mt_diag_error(b->diag, &item->pair[1].key->at,
                          "%s: '%s' stands beside '%s'; keys of a %s are indented further than its name",
                          path, item->pair[1].key->text, item->pair[0].key->text, what);
            return;
        }
        name = item->pair[0].key;
        value = item->pair[0].value;
    }
    struct mt_row row = {field, mt_table_find(field->table, name->text), name};
    if (!row.kind) {
        mt_unknown_row(b, field->table, name, path);
        return;
    }
    if (value && value->kind == MT_NODE_MAP)
        map = value;
    else if (value && !mt_node_is_empty(value) && !mt_node_is_null(value) &&
             !(map = shorthand(b, &row, value, path)))
        return;
    mt_bind_row(b, &row, out, map, &name->at, where);
}

/* The list itself, or the list in the file that a scalar names. */
static const struct mt_node *list_of(struct mt_binder *b, const struct mt_field *field, struct mt_node *node,
                                     const char *path)
{
    if (node->kind == MT_NODE_LIST)
        return node;
    if (node->kind == MT_NODE_MAP || node->len == 0) {
        mt_diag_error(b->diag, &node->at, "%s: expected a list of %ss, or the path of a file that holds one",
                      path, field->table->what);
        return NULL;
    }
    if (!node->list) {
        char *file = mt_path_join(node->at.src->dir, node->text);
        if (file && (node->path = mt_arena_copy(&b->conf->arena, file, strlen(file))))
            node->list = mt_load_file(b->conf, file, MT_NODE_LIST, &node->at, b->diag);
        else
            mt_diag_memory(b->diag);
        free(file);
    }
    return node->list;
}

void mt_bind_variants(struct mt_binder *b, const struct mt_field *field, struct mt_variants *out,
                      struct mt_node *node, const struct mt_where *where)
{
    char path[MT_WHERE_TEXT];
    const struct mt_node *list = list_of(b, field, node, mt_where_text(where, path));
    if (!list)
        return;
    if (!(out->v = mt_arena_alloc(&b->conf->arena, (size_t)list->n, sizeof *out->v))) {
        mt_diag_memory(b->diag);
        return;
    }
    out->n = list->n;
    for (int i = 0; i < list->n; i++) {
        struct mt_where here = {where, NULL, i};
        bind_item(b, field, &out->v[i], list->item[i], &here);
    }
}

void mt_bind_records(struct mt_binder *b, const struct mt_field *field, struct mt_variants *out,
                     const struct mt_node *list, const struct mt_where *where)
{
    char path[MT_WHERE_TEXT];
    if (list->kind != MT_NODE_LIST) {
        mt_diag_error(b->diag, &list->at, "%s: expected a list of %ss, each with its keys",
                      mt_where_text(where, path), field->table->what);
        return;
    }
    if (!(out->v = mt_arena_alloc(&b->conf->arena, (size_t)list->n, sizeof *out->v))) {
        mt_diag_memory(b->diag);
        return;
    }
    out->n = list->n;
    for (int i = 0; i < list->n; i++) {
        const struct mt_node *item = list->item[i];
        const struct mt_row row = {field, field->table->row[0], NULL};
        struct mt_where here = {where, NULL, i};
        if (item->kind == MT_NODE_MAP && !item->bare)
            mt_bind_row(b, &row, &out->v[i], item, &item->at, &here);
        else
            mt_diag_error(b->diag, &item->at, "%s: expected the keys of a %s", mt_where_text(&here, path),
                          field->table->what);
    }
}
