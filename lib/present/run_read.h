/* run_read.h: what the readers of a run's files share. Private to lib/present. */
#ifndef MT_PRESENT_RUN_READ_H
#define MT_PRESENT_RUN_READ_H

#include <stddef.h>

#include "lib/present/csv_file.h"
#include "lib/present/run_data.h"

/* Room for n things of `size` bytes, zeroed; not NULL for want of things. */
void *mt_read_array(int64_t n, size_t size);
void mt_read_free_texts(char **text, int64_t n);

/* The number of a class in a column; -1 where it is blank. */
int mt_read_class(const struct mt_csv_file *f, int column, int32_t *k, struct mt_err *err);
/* Notes what a column calls class k. k < 0, names NULL: nothing to do; column < 0: only that there is such a
 * class. */
int mt_read_name(struct mt_class_names *names, const struct mt_csv_file *f, int column, int64_t k,
                 struct mt_err *err);

#endif
