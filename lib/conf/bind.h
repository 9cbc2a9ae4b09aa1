/* bind.h: what the files that fill structs share. Private to lib/conf. */
#ifndef MT_CONF_BIND_H
#define MT_CONF_BIND_H

#include "lib/conf/expect.h"
#include "lib/conf/load.h"
#include "lib/core/fields.h"

/* Where in the dotted path binding is: a chain that lives on the stack. */
struct mt_where {
    const struct mt_where *up;
    const char *name; /* NULL: an index */
    int index;
};

struct mt_binder {
    struct mt_conf *conf;
    struct mt_diag *diag;
    const struct mt_field *root; /* of the whole document: for suggestions */
};

#define MT_WHERE_TEXT 512
/* "model.backbone[3].filters"; cut at the buffer's end. */
const char *mt_where_text(const struct mt_where *where, char text[MT_WHERE_TEXT]);

/* The field of this name or alias, or NULL. */
const struct mt_field *mt_field_of(const struct mt_field *fields, const char *key);
/* A default as a node: a list where it begins with '[', else a scalar. NULL without memory. */
struct mt_node *mt_default_node(struct mt_binder *b, const char *text, const struct mt_place *at);

/* The parts of binding; all report to b->diag. */

/* A value of any type but MAP, VARIANT, VARIANTS and RECORDS into `out`. */
void mt_bind_value(struct mt_binder *b, const struct mt_field *field, void *out, struct mt_node *node,
                   const struct mt_where *where);
/* VARIANT, VARIANTS and RECORDS. `key` is where the value's key stands; it takes the error when the value is
 * missing.
 */
void mt_bind_variant(struct mt_binder *b, const struct mt_field *field, struct mt_variant *out,
                     struct mt_node *node, const struct mt_place *key, const struct mt_where *where);
void mt_bind_variants(struct mt_binder *b, const struct mt_field *field, struct mt_variants *out,
                      struct mt_node *node, const struct mt_where *where);
void mt_bind_records(struct mt_binder *b, const struct mt_field *field, struct mt_variants *out,
                     const struct mt_node *list, const struct mt_where *where);

/* The row of a table that keys stand beside; tag is the key that names it. */
struct mt_row {
    const struct mt_field *field; /* VARIANT, VARIANTS or RECORDS, NULL outside of rows */
    const struct mt_kind *kind;
    const struct mt_node *tag; /* what named the row; NULL: a default did */
};

/* All fields of a struct: defaults, then the keys of `map` (NULL: there is none). `at` takes the missing
 * keys. */
void mt_bind_fields(struct mt_binder *b, const struct mt_field *fields, void *base, const struct mt_node *map,
                    const struct mt_place *at, const struct mt_where *where, const struct mt_row *row);
/* A row's struct, allocated, filled from `map` and checked by the row's own rules. */
void mt_bind_row(struct mt_binder *b, const struct mt_row *row, struct mt_variant *out,
                 const struct mt_node *map, const struct mt_place *at, const struct mt_where *where);

/* Reports a key that no field has, with the likeliest remedy. Returns the field of `fields` that was probably
 * meant, or NULL. */
const struct mt_field *mt_unknown_key(struct mt_binder *b, const struct mt_field *fields,
                                      const struct mt_pair *pair, const struct mt_where *where,
                                      const struct mt_row *row);
/* Reports a word that is none of a list's, with the nearest one. */
void mt_unknown_word(struct mt_binder *b, const struct mt_node *word, const char *path,
                     const char *const *list);
void mt_unknown_row(struct mt_binder *b, const struct mt_table *table, const struct mt_node *word,
                    const char *path);

#endif
