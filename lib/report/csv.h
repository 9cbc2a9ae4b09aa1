/* csv.h: arrays of results as CSV (RFC 4180: a header, quotes where needed; lines end in LF).
 *
 * Numbers are written as %.9g whatever the locale, so that a float32 is read back as the same float32.
 * Coordinates of two or three dimensions are named x,y,z, of others e0,e1,... */
#ifndef MT_REPORT_CSV_H
#define MT_REPORT_CSV_H

#include <stdint.h>

#include "lib/core/buf.h"

/* Appends the text that printf("%.9g") gives for a float. */
void mt_csv_float(struct mt_buf *b, float value);

struct mt_csv_samples { /* what rows of embeddings and predictions share; every pointer but `pred` may be NULL
                         */
    int64_t n;
    const int32_t *index;           /* (n) numbers of the samples in their data set; NULL: 0..n-1 */
    const char *const *sample_name; /* by index: the file each came from */
    const int32_t *label;           /* (n); NULL: the column is there and empty */
    const int32_t *pred;            /* (n); < 0 or NULL: empty */
    const char *const *class_name;  /* (classes); NULL: the number is the name */
    int classes;
};

/* index,label,label_name,pred,x,y,z with x (n,D) row-major. */
void mt_csv_embeddings(struct mt_buf *b, const struct mt_csv_samples *s, const float *x, int dim);

/* label,label_name,count,x,y,z with x (classes,D); the coordinates of a class without samples are empty. */
void mt_csv_centers(struct mt_buf *b, const float *x, const int64_t *count, const char *const *class_name,
                    int classes, int dim);

struct mt_csv_predictions {
    struct mt_csv_samples samples;
    const float *probability;    /* (n) of pred */
    const int32_t *second;       /* (n) the next best class; < 0: none */
    const float *margin;         /* (n) probability of pred less that of the second */
    const int32_t *center, *knn; /* (n) what the nearest center and the neighbors say; NULL: no such column */
};

/* index,file,label,label_name,pred,pred_name,probability,top2,top2_name,margin,center_pred,knn_pred; `file`
 * only where samples have names. */
void mt_csv_predictions(struct mt_buf *b, const struct mt_csv_predictions *p);

#endif
