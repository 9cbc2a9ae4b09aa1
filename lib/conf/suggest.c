/* suggest.c: what to say about a word that is not known. */
#include <stdio.h>
#include <string.h>

#include "lib/conf/bind.h"
#include "lib/conf/quote.h"

static void list_words(struct mt_buf *b, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        mt_buf_printf(b, "%s%s", i ? ", " : "", list[i]);
}

void mt_unknown_word(struct mt_binder *b, const struct mt_node *word, const char *path,
                     const char *const *list)
{
    struct mt_nearest near = mt_nearest_to(word->text);
    char meant[MT_NEAREST_TEXT];
    struct mt_buf all = {0};
    for (int i = 0; list[i]; i++)
        mt_nearest_try(&near, list[i]);
    list_words(&all, list);
    if (all.failed)
        mt_diag_memory(b->diag);
    else
        mt_diag_error(b->diag, &word->at, "%s: expected one of %s, got '%.*s'%s", path, all.data,
                      (int)mt_cut(word->text, 40), word->text, mt_nearest_text(&near, meant));
    mt_buf_release(&all);
}

void mt_unknown_row(struct mt_binder *b, const struct mt_table *table, const struct mt_node *word,
                    const char *path)
{
    struct mt_nearest near = mt_nearest_to(word->text);
    struct mt_buf all = {0};
    for (const struct mt_kind *const *k = table->row; *k; k++) {
        mt_nearest_try(&near, (*k)->name);
        mt_buf_printf(&all, "%s%s", all.len ? ", " : "", (*k)->name);
    }
    int cut = (int)mt_cut(word->text, 40);
    if (all.failed)
        mt_diag_memory(b->diag);
    else if (near.best)
        mt_diag_error(b->diag, &word->at, "%s: unknown %s '%.*s'; did you mean '%s'?", path, table->what, cut,
                      word->text, near.best);
    else
        mt_diag_error(b->diag, &word->at, "%s: unknown %s '%.*s'; known: %s", path, table->what, cut,
                      word->text, all.data ? all.data : "none");
    mt_buf_release(&all);
}

/* Names the other rows of the table that have this key; false when there are none. */
static bool of_other_row(struct mt_buf *text, const char *key, const struct mt_row *row)
{
    int n = 0;
    if (!row)
        return false;
    const char *tag =
        row->field->tag && strcmp(row->field->tag, row->field->table->what) != 0 ? row->field->tag : "";
    for (const struct mt_kind *const *k = row->field->table->row; *k; k++) {
        if (!mt_field_of((*k)->fields, key))
            continue;
        if (n++ == 0)
            mt_buf_printf(text, "'%s' is a key of %s %s%s%s", key, row->field->table->what, tag,
                          *tag ? " " : "", (*k)->name);
        else
            mt_buf_printf(text, ", %s", (*k)->name);
    }
    if (n == 0)
        return false;
    mt_buf_printf(text, ", not %s", row->kind->name);
    if (!row->tag)
        mt_buf_printf(text, ", which is meant because '%s' is missing", row->field->tag);
    return true;
}

/* The dotted path of a key of this name anywhere below `fields`, also in rows that a tag may name. */
static bool elsewhere(const struct mt_field *fields, const char *key, const struct mt_where *up,
                      char path[MT_WHERE_TEXT])
{
    const struct mt_field *f = mt_field_of(fields, key);
    struct mt_where here = {up, f ? f->name : NULL, 0};
    if (f) {
        mt_where_text(&here, path);
        return true;
    }
    for (f = fields; f && f->name; f++) {
        here.name = f->name;
        if (f->type == MT_MAP && elsewhere(f->map, key, &here, path))
            return true;
        if (f->type == MT_VARIANT)
            for (const struct mt_kind *const *k = f->table->row; *k; k++)
                if (elsewhere((*k)->fields, key, &here, path))
                    return true;
    }
    return false;
}

static void known_keys(struct mt_buf *text, const struct mt_field *fields, const struct mt_row *row)
{
    const char *comma = "";
    mt_buf_puts(text, "; known here: ");
    if (row && row->field->tag) {
        mt_buf_puts(text, row->field->tag);
        comma = ", ";
    }
    for (const struct mt_field *f = fields; f && f->name; f++, comma = ", ")
        mt_buf_printf(text, "%s%s", comma, f->name);
    if (!*comma)
        mt_buf_puts(text, "no keys");
}

/* "; did you mean ...?", or where the key would belong, or the keys there are. Returns the field that is
 * probably meant, or NULL. */
static const struct mt_field *remedy(struct mt_buf *text, const struct mt_binder *b,
                                     const struct mt_field *fields, const char *key, const char *prefix,
                                     const struct mt_row *row)
{
    struct mt_nearest near = mt_nearest_to(key);
    char path[MT_WHERE_TEXT];
    for (const struct mt_field *f = fields; f && f->name; f++) {
        mt_nearest_try(&near, f->name);
        if (f->alias)
            mt_nearest_try(&near, f->alias);
    }
    if (row && row->field->tag)
        mt_nearest_try(&near, row->field->tag);
    const struct mt_field *meant = near.best ? mt_field_of(fields, near.best) : NULL;
    if (near.best) {
        mt_buf_printf(text, "; did you mean '%s%s'", prefix, near.best);
        if (meant && strcmp(meant->name, near.best) != 0)
            mt_buf_printf(text, " (alias of '%s')", meant->name);
        mt_buf_puts(text, "?");
    } else if (elsewhere(b->root, key, NULL, path)) {
        mt_buf_printf(text, "; did you mean '%s'?", path);
    } else {
        known_keys(text, fields, row);
    }
    return meant;
}

const struct mt_field *mt_unknown_key(struct mt_binder *b, const struct mt_field *fields,
                                      const struct mt_pair *pair, const struct mt_where *where,
                                      const struct mt_row *row)
{
    struct mt_buf text = {0};
    const struct mt_field *meant = NULL;
    if (mt_diag_full(b->diag)) { /* it will only be counted */
        mt_diag_error(b->diag, &pair->key->at, "unknown key");
        return NULL;
    }
    char path[MT_WHERE_TEXT], prefix[MT_WHERE_TEXT + 1] = "";
    char key[64];
    snprintf(key, sizeof key, "%.*s", (int)mt_cut(pair->key->text, 60), pair->key->text);
    mt_where_text(where, path);
    if (pair->key->at.src->kind == MT_SOURCE_SET && where)
        snprintf(prefix, sizeof prefix, "%s.", path);
    if (!of_other_row(&text, key, row)) {
        mt_buf_printf(&text, "unknown key '%s%s'", prefix, key);
        if (where && !*prefix)
            mt_buf_printf(&text, " in '%s'", path);
        meant = remedy(&text, b, fields, key, prefix, row);
    }
    if (text.failed)
        mt_diag_memory(b->diag);
    else
        mt_diag_error(b->diag, &pair->key->at, "%s", text.data);
    mt_buf_release(&text);
    return meant;
}
