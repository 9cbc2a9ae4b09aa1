/* load.h: the loaded document, and how files become part of it. Private to lib/conf. */
#ifndef MT_CONF_LOAD_H
#define MT_CONF_LOAD_H

#include "lib/conf/diag.h"
#include "lib/conf/node.h"

struct mt_conf {
    struct mt_arena arena;
    struct mt_node *root; /* a map, extends and --set already merged */
    long events;
    int files, rank;
    bool
        partial; /* something that is extended could not be read: keys may be missing for that reason alone */
};

/* Reads a YAML file whose root must be of `want`, and merges what it extends. `at` is the value that names
 * the file (NULL for the experiment itself). Every failure is a problem in diag; NULL when nothing can be
 * made of the file. */
struct mt_node *mt_load_file(struct mt_conf *conf, const char *path, enum mt_node_kind want,
                             const struct mt_place *at, struct mt_diag *diag);
/* The same from text. */
struct mt_node *mt_load_text(struct mt_conf *conf, const char *name, const char *dir, const char *text,
                             size_t len, enum mt_node_kind want, struct mt_diag *diag);

#endif
