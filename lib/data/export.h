/* export.h: samples as a CSV file in Kaggle's form. */
#ifndef MT_DATA_EXPORT_H
#define MT_DATA_EXPORT_H

#include "lib/data/dataset.h"

/* label,pixel0,pixel1,... with the first n samples of a view, values in the order C, H, W and labels by their
 * class names. The file appears whole or not at all. Streamed samples are refused (MT_ERR_USAGE). */
int mt_export_csv(const struct mt_view *v, int64_t n, const char *path, struct mt_err *err);

#endif
