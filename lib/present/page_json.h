/* page_json.h: a JSON file as rows of a table. Private to lib/present. */
#ifndef MT_PRESENT_PAGE_JSON_H
#define MT_PRESENT_PAGE_JSON_H

#include "lib/conf/conf.h"

/* Appends what `file` of the folder `run` says, a value per dotted key: {"a": {"b": 1}} is "a.b". Lists
 * become one value each, of at most 12 elements and the number of all; the objects of a list count on:
 * "a[0].b". A file that is not there adds nothing. MT_ERR_DATA: damaged. */
int mt_page_json(struct mt_settings *out, const char *run, const char *file, struct mt_err *err);

#endif
