/* page_angles.h: how far samples are from the center of their class, and from the nearest other one. Private
 * to lib/present. */
#ifndef MT_PRESENT_PAGE_ANGLES_H
#define MT_PRESENT_PAGE_ANGLES_H

#include "lib/present/page_parts.h"

struct mt_page_angles {
    int64_t n;
    float *own, *other;              /* (n) degrees */
    double median_own, median_other; /* degrees */
    double nearer_to_other;          /* share of the samples */
};

/* Samples without a class, length or center take no part. Returns 1; 0 where there is nothing to measure; -1
 * without memory. To be released in all cases. */
int mt_page_angles_measure(struct mt_page_angles *a, const struct mt_page_run *r);
void mt_page_angles_release(struct mt_page_angles *a);

#endif
