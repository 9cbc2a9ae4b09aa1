/* merge.h: one tree laid over another. Private to lib/conf. */
#ifndef MT_CONF_MERGE_H
#define MT_CONF_MERGE_H

#include "lib/conf/node.h"

/* `over` laid over `base`: maps merge key by key, everything else is replaced. A map whose `type` or `format`
 * differs from that of the map below is another kind of thing and replaces it. Branches are shared, neither
 * tree changes. `base` may be NULL. NULL without memory. */
struct mt_node *mt_merge(struct mt_arena *arena, struct mt_node *base, struct mt_node *over);

#endif
