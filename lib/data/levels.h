/* levels.h: histogram equalization, of a plane or of a part of it.
 *
 * Of n pixels cdf(v) have a value up to v, and cdf_min is the first of these counts that is not 0. Then
 *
 *   T(v) = top (cdf(v) - cdf_min) / (n - cdf_min)
 *
 * spreads the values over 0..top; the lowest value becomes black, and a plane of one value stays as it is.
 * (Gonzalez and Woods, "Digital image processing", 3.3.1, with the darkest value at 0.) */
#ifndef MT_DATA_LEVELS_H
#define MT_DATA_LEVELS_H

/* T as a table, not rounded. The counts of values need not be whole. */
void mt_levels(const float count[256], int top, float table[256]);

#endif
