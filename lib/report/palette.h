/* palette.h: colors of classes and of values, for drawings on light and on dark ground.
 *
 * Class colors were found by a search for the 10 sRGB colors whose smallest distance in OKLab is the largest,
 * as seen by eyes with three kinds of cones and, simulated (G. Machado et al., A Physiologically-based Model
 * for Simulation of Color Vision Deficiency, 2009), without the first, second or third kind; each contrasts
 * with white and with near black.
 *
 * The scale of values runs from dark violet over blue and green to yellow in equal steps of OKLab (B.
 * Ottosson, A perceptual color space for image processing, 2020), ever lighter, so that it reads in gray too.
 */
#ifndef MT_REPORT_PALETTE_H
#define MT_REPORT_PALETTE_H

#include <stdbool.h>
#include <stdint.h>

#define MT_PALETTE_CLASSES 10 /* after these, the colors come again */
#define MT_COLOR_TEXT 8       /* "#rrggbb" and the NUL */

struct mt_color {
    uint8_t r, g, b;
};

/* The color of class k >= 0 as "#rrggbb". */
const char *mt_palette_class(int k);

/* The color of a value in [0,1], clamped; gray for not-a-number. */
struct mt_color mt_palette_value(double value);
/* Whether white text on it is read better than black text. */
bool mt_color_is_dark(struct mt_color c);
/* Writes "#rrggbb" and returns it. */
const char *mt_color_text(struct mt_color c, char text[MT_COLOR_TEXT]);

#endif
