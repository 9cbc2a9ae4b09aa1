/* diag.h: how problems at a place in a document are added to a struct mt_diag. Private to lib/conf. */
#ifndef MT_CONF_DIAG_H
#define MT_CONF_DIAG_H

#include "lib/conf/conf.h"
#include "lib/conf/node.h"

/* An error of kind MT_ERR_USAGE at a place; returns -1. `at` may be NULL: no place is shown. */
int mt_diag_error(struct mt_diag *diag, const struct mt_place *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with a kind; 0 is a warning. */
int mt_diag_add(struct mt_diag *diag, enum mt_err_kind kind, const struct mt_place *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Further problems are counted but not shown: no need to find words for them. */
bool mt_diag_full(const struct mt_diag *diag);

#endif
