/* run_pca.h: embeddings that cannot be drawn as they are, along their first principal components. */
#ifndef MT_PRESENT_RUN_PCA_H
#define MT_PRESENT_RUN_PCA_H

#include "lib/present/run_data.h"

/* The same samples in three dimensions; those that are not finite have no place, and are not-a-number. Empty
 * where the embeddings have three dimensions or fewer, or are fewer than two. To be released by the caller,
 * whatever is returned. */
int mt_run_pca(struct mt_points *pca, const struct mt_points *embeddings, struct mt_err *err);

#endif
