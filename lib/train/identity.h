/* identity.h: what makes two runs the same run. */
#ifndef MT_TRAIN_IDENTITY_H
#define MT_TRAIN_IDENTITY_H

#include "lib/core/file.h"
#include "lib/train/checkpoint.h"
#include "lib/train/setup.h"

/* SHA-256 over the canonical config (name, output and paths left out), the checksums of the data, the content
 * of init_from and the numerics version. */
int mt_run_id(char id[MT_SHA256_HEX], const struct mt_experiment *e, const struct mt_splits *s,
              struct mt_err *err);

/* Fills what a resume must agree with: run id, numerics, kernels, OpenBLAS. */
void mt_resume_origin(struct mt_resume *r, const char *run_id, const struct mt_setup *s);

#endif
