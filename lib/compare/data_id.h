/* data_id.h: which samples a run was trained and judged on, from its data.json. Private to lib/compare. */
#ifndef MT_COMPARE_DATA_ID_H
#define MT_COMPARE_DATA_ID_H

#include <stdbool.h>

#include "lib/conf/conf.h"
#include "lib/train/experiment.h"

/* Adds data.train.sha256, data.validation.sha256 and data.test.sha256 where there are such splits. A missing
 * data.json is an error where it is `needed`, and adds nothing otherwise. */
int mt_data_id_add(struct mt_settings *out, const struct mt_experiment *e, const char *run, bool needed,
                   struct mt_err *err);

#endif
