/* collect.h: the answer of a sweep folder, into its files. */
#ifndef MT_ANSWER_COLLECT_H
#define MT_ANSWER_COLLECT_H

#include "lib/report/table.h"
#include "lib/sweep/sweep.h"

/* Reads the runs that there are, whether or not all have ended, and writes results.csv, results.json,
 * results.md, effects.csv and, where two parameters make one, heatmap.svg. The same runs give the same bytes.
 * What stdout shows is appended to `out`, in `format`. Returns how many runs cannot be read, which are
 * damaged; or -1, MT_ERR_RUN where a file cannot be written. */
int mt_sweep_collect(const struct mt_sweep *sweep, enum mt_text_format format, struct mt_buf *out,
                     struct mt_err *err);

/* Hands `take` the text of each of these files; an empty one is not to be there. Stops where take returns -1.
 */
int mt_sweep_answer_files(const struct mt_sweep *sweep,
                          int (*take)(void *arg, const char *name, struct mt_buf *text, struct mt_err *err),
                          void *arg, struct mt_err *err);

#endif
