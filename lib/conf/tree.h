/* tree.h: YAML of any shape as it was written (fields of type MT_TREE), and documents that values are laid
 * over.
 *
 * A tree knows the places it was written at and belongs to the document it was read with. */
#ifndef MT_CONF_TREE_H
#define MT_CONF_TREE_H

#include "lib/conf/conf.h"

struct mt_node;

bool mt_tree_is_map(const struct mt_node *t);
bool mt_tree_is_list(const struct mt_node *t);
const char *mt_tree_text(const struct mt_node *t);            /* of a scalar; NULL: it is none */
int mt_tree_count(const struct mt_node *t);                   /* items of a list, pairs of a map; else 0 */
struct mt_node *mt_tree_item(const struct mt_node *t, int i); /* of a list, or the value of a pair */
struct mt_node *mt_tree_key(const struct mt_node *t, int i);  /* of a map */
struct mt_node *mt_tree_get(const struct mt_node *t, const char *key); /* NULL: no such key, or no map */

/* A problem at the place where a tree was written. Returns -1. */
int mt_tree_error(const struct mt_node *t, struct mt_diag *diag, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends a tree on one line. What was bound as a path is printed as an absolute one. */
void mt_tree_print(const struct mt_node *t, struct mt_buf *out);
/* Appends a scalar of exactly this text. */
void mt_buf_yaml_string(struct mt_buf *out, const char *text);
/* The same as JSON, numbers as numbers where both notations agree on them. */
void mt_tree_print_json(const struct mt_node *t, struct mt_buf *out);

/* A tree from text; `name` stands before messages. NULL with problems in diag. */
struct mt_node *mt_conf_parse(struct mt_conf *conf, const char *name, const char *text, struct mt_diag *diag);
/* A scalar of exactly this text, likewise. */
struct mt_node *mt_conf_word(struct mt_conf *conf, const char *name, const char *text, struct mt_diag *diag);
/* A scalar that stands where `at` does. NULL without memory. */
struct mt_node *mt_conf_scalar(struct mt_conf *conf, const char *text, const struct mt_node *at);

/* What a top-level key says; the document where it says nothing. */
const struct mt_node *mt_conf_node(const struct mt_conf *conf, const char *key);

/* The same document once more, without the top-level key `without` (may be NULL); `conf` has to outlive it.
 * NULL without memory. */
struct mt_conf *mt_conf_copy(const struct mt_conf *conf, const char *without);
/* Lays a value over a document as --set does; messages name the places of key and value. `key` is a scalar,
 * the dotted key. Returns the value as it was laid, a copy, or NULL with a problem in diag. */
struct mt_node *mt_conf_lay(struct mt_conf *conf, const struct mt_node *key, const struct mt_node *value,
                            struct mt_diag *diag);
/* Notes in a tree of `conf` the paths that were bound in `laid`, a copy of it. */
int mt_conf_take_paths(struct mt_conf *conf, struct mt_node *node, const struct mt_node *laid);
/* Lays one "a.b=value" over a document as --set does. */
int mt_conf_set(struct mt_conf *conf, const char *text, struct mt_diag *diag);

/* Prints a document that was bound: what was written, with what it extends and what was laid over it, paths
 * absolute, the lists of other files in place; without defaults, and without the key `without`. */
void mt_conf_print_written(const struct mt_conf *conf, const char *without, struct mt_buf *out);

/* Appends the problems of `more`, each line as it stands, and counts them. */
void mt_diag_add_all(struct mt_diag *diag, const struct mt_diag *more);

#endif
