/* yaml.h: YAML text to a tree of nodes. Private to lib/conf. */
#ifndef MT_CONF_YAML_H
#define MT_CONF_YAML_H

#include "lib/conf/diag.h"
#include "lib/conf/node.h"

#define MT_YAML_MAX_BYTES (1 << 20)
#define MT_YAML_MAX_DEPTH 16
#define MT_YAML_MAX_EVENTS 100000 /* of all files of an experiment; an alias counts as what it stands for */
#define MT_YAML_MAX_ANCHORS 256
#define MT_YAML_MAX_KEYS 1000    /* in one map */
#define MT_YAML_MAX_DIRECTIVES 4 /* libyaml compares each %TAG with all before it */

/* Parses the text of `src` (checked for encoding and control characters first). *events counts up to the
 * limit across calls. Returns the tree; NULL with at least one problem in diag when it cannot be read to the
 * end. Duplicate keys are problems, too, but the tree is returned. Nothing but comments gives an empty
 * scalar. */
struct mt_node *mt_yaml_parse(struct mt_arena *arena, const struct mt_source *src, long *events,
                              struct mt_diag *diag);

#endif
