/* merge.h: one tree laid over another. Private to lib/conf. */
#ifndef MT_CONF_MERGE_H
#define MT_CONF_MERGE_H

#include "lib/conf/diag.h"
#include "lib/conf/node.h"

/* `over` laid over `base`: maps merge key by key, everything else is replaced. A map whose `type` or `format`
 * differs from that of the map below is another kind of thing and replaces it. Branches are shared, neither
 * tree changes. `base` may be NULL. NULL without memory. */
struct mt_node *mt_merge(struct mt_arena *arena, struct mt_node *base, struct mt_node *over);

/* A copy of `root` where the dotted path of one "--set a.b[0].c=value" holds the value. `set` is the source
 * made of that text, *events as for mt_yaml_parse. NULL with a problem in diag. */
struct mt_node *mt_merge_set(struct mt_arena *arena, struct mt_node *root, const struct mt_source *set,
                             long *events, struct mt_diag *diag);

#endif
