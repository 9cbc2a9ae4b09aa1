/* set.h: values from the command line. Private to lib/conf. */
#ifndef MT_CONF_SET_H
#define MT_CONF_SET_H

#include "lib/conf/load.h"

/* Lays one "a.b[0].c=value" over conf->root. Problems go to diag, the root then stays as it was. */
void mt_set(struct mt_conf *conf, const char *text, struct mt_diag *diag);
/* The same with a key and a value that were read elsewhere; messages name their places. */
void mt_set_node(struct mt_conf *conf, const struct mt_node *key, struct mt_node *value,
                 struct mt_diag *diag);

#endif
