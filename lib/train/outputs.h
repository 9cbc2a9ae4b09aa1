/* outputs.h: what evaluation leaves in the run folder. */
#ifndef MT_TRAIN_OUTPUTS_H
#define MT_TRAIN_OUTPUTS_H

#include "lib/core/buf.h"
#include "lib/train/evaluate.h"
#include "lib/train/rundir.h"

/* eval/NAME/classification_report.txt and .csv, confusion_matrix.csv, predictions.csv, metrics.json */
int mt_write_judgement(const struct mt_rundir *folder, const struct mt_judgement *j, const char *name,
                       struct mt_err *err);
/* embeddings/NAME.csv */
int mt_write_embeddings(const struct mt_rundir *folder, const struct mt_embedded *em, const char *name,
                        struct mt_err *err);
/* embeddings/centers.csv */
int mt_write_centers(const struct mt_rundir *folder, const struct mt_reference *r, struct mt_err *err);

/* The text of these files. */
void mt_embeddings_csv(const struct mt_embedded *em, struct mt_buf *out);
void mt_predictions_csv(const struct mt_judgement *j, struct mt_buf *out);
/* "accuracy": ..., "center_accuracy": ... without braces; each key begins with `prefix`. */
void mt_judgement_json(const struct mt_judgement *j, const char *prefix, struct mt_buf *out);

#endif
