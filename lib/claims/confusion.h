/* confusion.h: which class was taken for which, as a run's confusion_matrix.csv has it; summed over runs. */
#ifndef MT_CLAIMS_CONFUSION_H
#define MT_CLAIMS_CONFUSION_H

#include "lib/compare/results.h"
#include "lib/eval/class_report.h"

#define MT_CONFUSION_MOST 1000000000 /* samples of a matrix */

struct mt_claim_matrix {
    int classes;    /* 0: nothing was read */
    char **name;    /* (classes) */
    int64_t *count; /* (classes, classes): rows are true classes, columns predictions */
    int64_t samples;
};

/* Of a split ("test"). Returns 1; 0 where the run has none, or more classes than a matrix is written for; -1
 * (MT_ERR_DATA) where the file is damaged. Released by the caller where it returned 1. */
int mt_claim_matrix_read(struct mt_claim_matrix *c, const struct mt_result *r, const char *split,
                         struct mt_err *err);
void mt_claim_matrix_release(struct mt_claim_matrix *c);

/* Adds `other` to `sum`, which may be empty. MT_ERR_DATA where their classes are not the same. */
int mt_claim_matrix_add(struct mt_claim_matrix *sum, const struct mt_claim_matrix *other, struct mt_err *err);

/* The classification report of these samples; released by the caller on success only. */
int mt_claim_matrix_report(const struct mt_claim_matrix *c, struct mt_class_report *report,
                           struct mt_err *err);

#endif
