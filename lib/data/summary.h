/* summary.h: figures of a set of samples, and a picture of it. */
#ifndef MT_DATA_SUMMARY_H
#define MT_DATA_SUMMARY_H

#include "lib/core/buf.h"
#include "lib/data/augment.h"

struct mt_summary {
    double min, max, mean, deviation; /* of the stored values, all channels together; population deviation */
    int64_t *of_class;                /* (classes) samples; NULL without labels */
};

/* On the threads of pool, which may be NULL. */
int mt_summarize(struct mt_summary *s, const struct mt_view *v, struct mt_pool *pool, struct mt_err *err);
void mt_summary_release(struct mt_summary *s);

/* A contact sheet: one line per class (one block without labels), with samples from all over it; values are
 * stretched from black to white. As PNG, or as SVG with the names of the classes. Flat vectors are shown as
 * squares where their length is one; a shape that is no image is an error, as are more classes than fit. */
enum mt_sheet_type { MT_SHEET_PNG, MT_SHEET_SVG };
int mt_contact_sheet(const struct mt_view *v, const struct mt_summary *s, enum mt_sheet_type type,
                     struct mt_buf *out, struct mt_err *err);

/* The same of what a network sees: a line per sample, a few for each class: the sample, what the fixed
 * transforms make of it, and the random ones in the first epochs. The samples of v are as they were read. */
int mt_augment_sheet(const struct mt_view *v, const struct mt_summary *s, const struct mt_augment *augment,
                     enum mt_sheet_type type, struct mt_buf *out, struct mt_err *err);

#endif
