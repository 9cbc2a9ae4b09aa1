/* yaml_text.h: the check of a text before it is parsed, and words for what the parser says. Private to
 * lib/conf. */
#ifndef MT_CONF_YAML_TEXT_H
#define MT_CONF_YAML_TEXT_H

#include "lib/conf/yaml.h"

/* Refuses what is too large, not UTF-8, or holds control characters. `src` without a byte order mark. */
int mt_yaml_check_text(const struct mt_source *src, struct mt_diag *diag);

/* A problem of libyaml's in our words; its own where we have none. */
const char *mt_yaml_words(const char *problem);
/* What libyaml was reading ("map", "list"), or NULL. */
const char *mt_yaml_context(const char *context);

#endif
