/* class_report.h: precision, recall and F1 per class, as text in the layout of scikit-learn's
 * classification_report, as CSV, and the confusion matrix.
 *
 * With tp true positives, P predictions and S samples of a class: precision = tp / P, recall = tp / S, f1 = 2
 * p r / (p + r), and 0 where the denominator is 0. All known classes are always listed, so the row before the
 * averages is always `accuracy`. */
#ifndef MT_EVAL_CLASS_REPORT_H
#define MT_EVAL_CLASS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/err.h"

struct mt_class_scores {
    double precision, recall, f1;
};

struct mt_class_row {
    int64_t correct, predicted, support;
    struct mt_class_scores scores;
};

struct mt_class_report {
    int classes;
    int64_t n, correct;
    struct mt_class_row *row;               /* (classes) */
    double accuracy;                        /* 0 when n is 0 */
    struct mt_class_scores macro, weighted; /* plain mean of the classes; mean weighted by support */
};

/* Labels and predictions (n) lie in [0, classes). Released by the caller on success only. */
int mt_class_report_make(struct mt_class_report *r, const int32_t *label, const int32_t *pred, int64_t n,
                         int classes, struct mt_err *err);
void mt_class_report_release(struct mt_class_report *r);

/* `name` (classes), or NULL for the numbers. Control characters and invalid UTF-8 in a name become U+FFFD. */
void mt_class_report_text(const struct mt_class_report *r, const char *const *name, int digits,
                          struct mt_buf *out);
/* label,label_name,precision,recall,f1_score,support; the rows accuracy, macro avg and weighted avg have no
 * label. */
void mt_class_report_csv(const struct mt_class_report *r, const char *const *name, struct mt_buf *out);
/* One line that names the classes without samples and those never predicted, whose 0.00 stands for 0/0;
 * nothing appended where there are none. */
void mt_class_report_note(const struct mt_class_report *r, const char *const *name, struct mt_buf *out);

/* Rows are true classes, columns predictions; the header names the columns, the first field of a row its
 * class. With more than MT_CONFUSION_CLASSES classes, a list instead: true,predicted,samples, a line for each
 * pair that occurs, in the order of the numbers of the classes. */
#define MT_CONFUSION_CLASSES 2000
int mt_confusion_csv(const int32_t *label, const int32_t *pred, int64_t n, int classes,
                     const char *const *name, struct mt_buf *out, struct mt_err *err);

#endif
