#include "lib/sweep/key.h"

#include <string.h>

#include "lib/train/experiment.h"

/* What may stand at a place of a key: the fields of a map, or those of all rows of a table, whichever is
 * meant. */
struct level {
    const struct mt_field *fields;
    const struct mt_table *table;
};

static bool is_word(const char *name, const char *key, size_t len)
{
    return name && strlen(name) == len && !strncmp(name, key, len);
}

static const struct mt_field *find_field(const struct mt_field *f, const char *key, size_t len)
{
    while (f && f->name && !is_word(f->name, key, len) && !is_word(f->alias, key, len))
        f++;
    return f && f->name ? f : NULL;
}

static const struct mt_field *find(const struct level *l, const char *key, size_t len)
{
    const struct mt_field *f = find_field(l->fields, key, len);
    for (int i = 0; !f && l->table && l->table->row[i]; i++)
        f = find_field(l->table->row[i]->fields, key, len);
    return f;
}

/* Below a field, or below a row that a list's item names; nothing is known below anything else. */
static struct level below(const struct level *l, const struct mt_field *f, const char *key, size_t len)
{
    if (f)
        return (struct level){f->type == MT_MAP ? f->map : NULL, f->table};
    for (int i = 0; l->table && l->table->row[i]; i++)
        if (is_word(l->table->row[i]->name, key, len))
            return (struct level){l->table->row[i]->fields, NULL};
    return (struct level){NULL, NULL};
}

void mt_key_plain(const struct mt_field *fields, const char *key, struct mt_buf *out)
{
    struct level l = {fields, NULL};
    while (*key) {
        size_t len = strcspn(key, ".["), rest = strcspn(key + len, ".");
        const struct mt_field *f = find(&l, key, len);
        if (f)
            mt_buf_puts(out, f->name);
        else
            mt_buf_append(out, key, len);
        mt_buf_append(out, key + len, rest + (key[len + rest] == '.'));
        l = below(&l, f, key, len);
        key += len + rest + (key[len + rest] == '.');
    }
    mt_buf_puts(out, "");
}

bool mt_key_same(const char *a, const char *b)
{
    struct mt_buf x = {0}, y = {0};
    mt_key_plain(mt_experiment_fields, a, &x);
    mt_key_plain(mt_experiment_fields, b, &y);
    bool same = !x.failed && !y.failed && !strcmp(x.data, y.data);
    mt_buf_release(&x);
    mt_buf_release(&y);
    return same;
}
