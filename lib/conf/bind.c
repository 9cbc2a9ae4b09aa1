/* bind.c: fields of a struct from the keys of a map, and the rows of tables. */
#include "lib/conf/bind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/conf/find.h"

const char *mt_where_text(const struct mt_where *where, char text[MT_WHERE_TEXT])
{
    const struct mt_where *chain[64];
    int n = 0;
    size_t len = 0;
    for (; where && n < 64; where = where->up)
        chain[n++] = where;
    text[0] = 0;
    while (n-- > 0 && len < MT_WHERE_TEXT) {
        int more = chain[n]->name
                       ? snprintf(text + len, MT_WHERE_TEXT - len, "%s%s", len ? "." : "", chain[n]->name)
                       : snprintf(text + len, MT_WHERE_TEXT - len, "[%d]", chain[n]->index);
        len += more > 0 ? (size_t)more : 0;
    }
    return text;
}

const struct mt_field *mt_field_of(const struct mt_field *fields, const char *key)
{
    for (const struct mt_field *f = fields; f && f->name; f++)
        if (!strcmp(f->name, key) || (f->alias && !strcmp(f->alias, key)))
            return f;
    return NULL;
}

/* The pair of `map` that a field takes: of its name and its alias the one that holds. NULL: neither is there.
 */
static const struct mt_pair *pair_of(const struct mt_field *f, const struct mt_node *map)
{
    const struct mt_pair *name = mt_node_pair(map, f->name),
                         *alias = f->alias ? mt_node_pair(map, f->alias) : NULL;
    if (name && alias)
        return alias->key->at.src->rank > name->key->at.src->rank ? alias : name;
    return name ? name : alias;
}

static void set_unset(const struct mt_field *f, char *base)
{
    void *at = base + f->offset;
    if (f->type == MT_INT || f->type == MT_BYTES)
        *(int64_t *)at = MT_UNSET_INT;
    else if (f->type == MT_REAL)
        *(double *)at = NAN;
    else if (f->type == MT_CHOICE)
        *(int *)at = -1;
}

static void bind_field(struct mt_binder *b, const struct mt_field *f, char *base, struct mt_node *node,
                       const struct mt_place *key, const struct mt_where *where)
{
    void *at = base + f->offset;
    char path[MT_WHERE_TEXT];
    if (node->kind == MT_NODE_LIST && node->n == 0 && f->flags & MT_F_REQUIRED) {
        mt_diag_error(b->diag, &node->at, "%s: the list is empty", mt_where_text(where, path));
        return;
    }
    if (f->type == MT_VARIANT) {
        mt_bind_variant(b, f, at, node, key, where);
    } else if (f->type == MT_VARIANTS) {
        mt_bind_variants(b, f, at, node, where);
    } else if (f->type == MT_RECORDS) {
        mt_bind_records(b, f, at, node, where);
    } else if (f->type == MT_TREE) {
        *(struct mt_node **)at = node;
    } else if (f->type == MT_MAP) {
        bool map = node->kind == MT_NODE_MAP;
        if (!map && !mt_node_is_empty(node))
            mt_diag_error(b->diag, &node->at, "%s: expected keys with values", mt_where_text(where, path));
        else
            mt_bind_fields(b, f->map, base, map ? node : NULL, key, where, NULL);
    } else {
        mt_bind_value(b, f, at, node, where);
    }
}

/* A field that the document does not give. */
static void bind_default(struct mt_binder *b, const struct mt_field *f, char *base, const struct mt_place *at,
                         const struct mt_where *where)
{
    static const struct mt_source source = {
        .kind = MT_SOURCE_DEFAULT, .name = "default", .dir = ".", .text = ""};
    const struct mt_place place = {&source, 0, 0, 0};
    char path[MT_WHERE_TEXT], expected[MT_EXPECT_TEXT];
    set_unset(f, base);
    if (f->type == MT_MAP) {
        mt_bind_fields(b, f->map, base, NULL, at, where, NULL);
    } else if (f->def) {
        struct mt_node *node = mt_default_node(b, f->def, &place);
        if (node)
            bind_field(b, f, base, node, at, where);
    } else if (f->flags & MT_F_REQUIRED && !b->conf->partial) {
        mt_diag_error(b->diag, at, "missing required key '%s' (%s)", mt_where_text(where, path),
                      mt_expect_text(f, expected));
    }
}

/* Of a name and its alias in one map, the one of higher precedence holds; from one place they contradict. */
static bool other_spelling_holds(struct mt_binder *b, const struct mt_field *f, const struct mt_node *map,
                                 const struct mt_pair *pair)
{
    const struct mt_pair *holds = pair_of(f, map);
    if (holds == pair)
        return false;
    if (holds->key->at.src->rank == pair->key->at.src->rank)
        mt_diag_error(b->diag, &pair->key->at, "'%s' is an alias of '%s', which is given, too; keep one",
                      f->alias, f->name);
    return true;
}

static void bind_pair(struct mt_binder *b, const struct mt_field *f, char *base, const struct mt_pair *pair,
                      const struct mt_where *where)
{
    char path[MT_WHERE_TEXT];
    bool may_be_empty = f->type == MT_MAP || f->type == MT_VARIANTS;
    if (strcmp(pair->key->text, f->name) != 0)
        pair->key->canonical = f->name;
    if (mt_node_is_empty(pair->value) && !may_be_empty)
        mt_diag_error(b->diag, &pair->key->at, "%s: has no value; leave the key out for the default",
                      mt_where_text(where, path));
    else
        bind_field(b, f, base, pair->value, &pair->key->at, where);
}

/* A key without a field that is none the less in order: the tag itself, or what was meant for the row of a
 * file further down, which a tag of higher precedence replaced. */
static bool passed_over(const struct mt_pair *pair, const struct mt_row *row)
{
    if (!row)
        return false;
    if (row->field->tag && !strcmp(pair->key->text, row->field->tag))
        return true;
    if (!row->tag || row->tag->at.src->rank <= pair->key->at.src->rank)
        return false;
    for (const struct mt_kind *const *k = row->field->table->row; *k; k++)
        if (mt_field_of((*k)->fields, pair->key->text))
            return true;
    return false;
}

void mt_bind_fields(struct mt_binder *b, const struct mt_field *fields, void *base, const struct mt_node *map,
                    const struct mt_place *at, const struct mt_where *where, const struct mt_row *row)
{
    uint64_t misspelled = 0; /* bits of fields whose absence is explained already */
    for (int i = 0; map && i < map->n; i++) {
        const struct mt_pair *pair = &map->pair[i];
        const struct mt_field *f = mt_field_of(fields, pair->key->text);
        if (!f) {
            const struct mt_field *meant =
                passed_over(pair, row) ? NULL : mt_unknown_key(b, fields, pair, where, row);
            if (meant && meant - fields < 64)
                misspelled |= UINT64_C(1) << (meant - fields);
            continue;
        }
        struct mt_where here = {where, f->name, 0};
        if (!mt_node_is_null(pair->value) && !other_spelling_holds(b, f, map, pair)) {
            set_unset(f, base);
            bind_pair(b, f, base, pair, &here);
        }
    }
    for (const struct mt_field *f = fields; f && f->name; f++) {
        const struct mt_pair *pair = pair_of(f, map);
        struct mt_where here = {where, f->name, 0};
        bool explained = f - fields < 64 && misspelled >> (f - fields) & 1;
        if (!explained && (!pair || mt_node_is_null(pair->value)))
            bind_default(b, f, base, pair ? &pair->key->at : at, &here);
    }
}

static void check_rules(struct mt_binder *b, const struct mt_row *row, const void *cfg,
                        const struct mt_node *map, const struct mt_place *at, const struct mt_where *where)
{
    struct mt_err err = {.kind = MT_ERR_USAGE};
    const char *key = NULL;
    char path[MT_WHERE_TEXT];
    if (!row->kind->check || row->kind->check(cfg, &key, &err) == 0)
        return;
    const struct mt_pair *pair = key ? mt_find_pair(map, key) : NULL;
    struct mt_where here = {where, key, 0};
    if (pair)
        at = mt_node_is_empty(pair->value) ? &pair->key->at : &pair->value->at;
    mt_diag_error(b->diag, at, "%s: %s", mt_where_text(key ? &here : where, path), err.text);
}

void mt_bind_row(struct mt_binder *b, const struct mt_row *row, struct mt_variant *out,
                 const struct mt_node *map, const struct mt_place *at, const struct mt_where *where)
{
    int before = b->diag->errors;
    out->kind = row->kind;
    if (row->kind->cfg_size && !(out->cfg = mt_arena_alloc(&b->conf->arena, 1, row->kind->cfg_size))) {
        mt_diag_memory(b->diag);
        return;
    }
    mt_bind_fields(b, row->kind->fields, out->cfg, map, at, where, row);
    if (b->diag->errors == before)
        check_rules(b, row, out->cfg, map, at, where);
    if (b->diag->errors == before && row->kind->settle)
        row->kind->settle(out->cfg);
}

int mt_conf_bind(struct mt_conf *conf, const struct mt_field *fields, void *out, struct mt_diag *diag)
{
    struct mt_binder b = {conf, diag, fields};
    int before = diag->errors;
    mt_bind_fields(&b, fields, out, conf->root, &conf->root->at, NULL, NULL);
    return diag->errors > before ? -1 : 0;
}
