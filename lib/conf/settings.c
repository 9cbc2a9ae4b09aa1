/* settings.c: a bound struct as a list of dotted keys with their values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/conf/print_value.h"

struct lister {
    struct mt_settings *out;
    struct mt_buf key; /* the dotted key so far */
    bool failed;
};

static void cut(struct mt_buf *b, size_t len)
{
    if (b->failed)
        return;
    b->len = len;
    if (b->data)
        b->data[len] = 0;
}

static int grow(struct mt_settings *s)
{
    if (s->n < s->cap)
        return 0;
    int cap = s->cap ? 2 * s->cap : 64;
    struct mt_setting *grown = realloc(s->v, (size_t)cap * sizeof *grown);
    if (!grown)
        return -1;
    s->v = grown;
    s->cap = cap;
    return 0;
}

int mt_settings_add(struct mt_settings *s, const char *key, const char *value)
{
    struct mt_setting row = {strdup(key), strdup(value)};
    if (!row.key || !row.value || grow(s) < 0) {
        free(row.key);
        free(row.value);
        return -1;
    }
    s->v[s->n++] = row;
    return 0;
}

static void add(struct lister *l, const char *value)
{
    l->failed = l->failed || l->key.failed || mt_settings_add(l->out, l->key.data, value) < 0;
}

static void add_value(struct lister *l, const struct mt_field *f, const void *at)
{
    struct mt_buf value = {0};
    mt_print_value(&value, false, f, at);
    if (value.failed)
        l->failed = true;
    else
        add(l, value.data ? value.data : "");
    mt_buf_release(&value);
}

static void list_fields(struct lister *l, const struct mt_field *fields, const void *base);

/* A row of a table and its fields; the key stands for the row. */
static void list_row(struct lister *l, const struct mt_variant *v)
{
    mt_buf_puts(&l->key, ".");
    list_fields(l, v->kind->fields, v->cfg);
}

static void list_rows(struct lister *l, const struct mt_variants *rows, bool named)
{
    size_t len = l->key.len;
    for (int i = 0; i < rows->n; i++) {
        mt_buf_printf(&l->key, "[%d]", i);
        if (named)
            add(l, rows->v[i].kind->name);
        list_row(l, &rows->v[i]);
        cut(&l->key, len);
    }
}

static void list_field(struct lister *l, const struct mt_field *f, const void *base)
{
    const void *at = (const char *)base + f->offset;
    size_t len = l->key.len;
    mt_buf_puts(&l->key, f->name);
    if (f->type == MT_MAP) {
        mt_buf_puts(&l->key, ".");
        list_fields(l, f->map, base);
    } else if (mt_is_unset(f, at)) {
        ;
    } else if (f->type == MT_VARIANT) {
        const struct mt_variant *v = at;
        size_t own = l->key.len;
        mt_buf_printf(&l->key, ".%s", f->tag);
        add(l, v->kind->name);
        cut(&l->key, own);
        list_row(l, v);
    } else if (f->type == MT_VARIANTS || f->type == MT_RECORDS) {
        list_rows(l, at, f->type == MT_VARIANTS);
    } else {
        add_value(l, f, at);
    }
    cut(&l->key, len);
}

static void list_fields(struct lister *l, const struct mt_field *fields, const void *base)
{
    for (const struct mt_field *f = fields; f && f->name; f++)
        if (f->type != MT_PATH && !(f->flags & MT_F_NOT_IN_ID))
            list_field(l, f, base);
}

int mt_conf_settings(const struct mt_field *fields, const void *in, struct mt_settings *out,
                     struct mt_err *err)
{
    struct lister l = {.out = out};
    memset(out, 0, sizeof *out);
    list_fields(&l, fields, in);
    mt_buf_release(&l.key);
    if (!l.failed)
        return 0;
    mt_settings_release(out);
    return mt_err_memory(err, "settings", sizeof *out);
}

const char *mt_settings_get(const struct mt_settings *s, const char *key)
{
    for (int i = 0; i < s->n; i++)
        if (!strcmp(s->v[i].key, key))
            return s->v[i].value;
    return NULL;
}

void mt_settings_release(struct mt_settings *s)
{
    for (int i = 0; i < s->n; i++) {
        free(s->v[i].key);
        free(s->v[i].value);
    }
    free(s->v);
    memset(s, 0, sizeof *s);
}
