/* find.h: dotted keys. Private to lib/conf. */
#ifndef MT_CONF_FIND_H
#define MT_CONF_FIND_H

#include "lib/conf/load.h"

/* The place of a dotted key such as "head.m" or "model.backbone[3].filters", or of its nearest parent. Never
 * NULL. */
const struct mt_place *mt_find_place(const struct mt_conf *conf, const char *key);

/* A key's pair in a map by the name that the field has, whichever spelling was written. */
const struct mt_pair *mt_find_pair(const struct mt_node *map, const char *name);

#endif
