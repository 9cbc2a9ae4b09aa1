/* scale.h: from values to places in a drawing: nice limits and ticks of an axis, linear or logarithmic. */
#ifndef MT_REPORT_SCALE_H
#define MT_REPORT_SCALE_H

#include <stdbool.h>

#define MT_AXIS_TICKS 24

struct mt_axis {
    double low, high; /* the values at its ends; low < high */
    double from,
        to; /* the places of low and high: set by the caller; from > to where values grow upward in SVG */
    bool log;
    int n_ticks;
    double tick[MT_AXIS_TICKS]; /* values, ascending, within [low, high] */
    int decimals;               /* of the labels of a linear axis */
};

/* Limits that hold [low, high], with about `most` ticks (2 to 12) at multiples of 1, 2 or 5 times a power of
 * ten, and from = 0, to = 1. Whatever is given (equal ends, the wrong way round, not finite) an axis comes of
 * it. `exact` keeps the ends as given instead of moving them outward to a tick. */
void mt_axis_linear(struct mt_axis *a, double low, double high, int most, bool exact);
/* Powers of ten, and their double and fivefold where there is room. Ends that are not positive give 0.1 to 1.
 */
void mt_axis_log(struct mt_axis *a, double low, double high, int most);
/* Of all finite values of a list; `positive` passes over those <= 0. false where there is none. */
bool mt_axis_range(const double *v, long n, bool positive, double *low, double *high);

/* The place of a value, not clamped; not-a-number for what a logarithmic axis cannot show. */
double mt_axis_at(const struct mt_axis *a, double value);
/* What tick i is called. */
void mt_axis_label(const struct mt_axis *a, int i, char text[32]);

#endif
