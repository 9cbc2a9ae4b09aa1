#include "lib/report/palette.h"

#include <math.h>
#include <stdio.h>

static const char *const class_color[MT_PALETTE_CLASSES] = {
    "#0065b0", "#c97400", "#a3c204", "#b01575", "#64cffe",
    "#765901", "#c375fc", "#f4aca7", "#7495a7", "#9803ff",
};

static const uint32_t value_color[] = {
    0x2c0763, 0x2e147c, 0x28298d, 0x183e99, 0x0e5196, 0x136293, 0x187396, 0x1c849b, 0x21959f,
    0x25a6a0, 0x2ab79e, 0x2ec695, 0x52d387, 0x82dc79, 0xace36c, 0xd3e963, 0xf8ed60,
};
#define STEPS ((int)(sizeof value_color / sizeof *value_color) - 1)

const char *mt_palette_class(int k)
{
    return class_color[k % MT_PALETTE_CLASSES];
}

static uint8_t between(uint32_t a, uint32_t b, int shift, double part)
{
    double low = (a >> shift) & 0xff, high = (b >> shift) & 0xff;
    return (uint8_t)(low + part * (high - low) + 0.5);
}

struct mt_color mt_palette_value(double value)
{
    if (isnan(value))
        return (struct mt_color){128, 128, 128};
    double at = fmin(fmax(value, 0.0), 1.0) * STEPS;
    int i = at < STEPS ? (int)at : STEPS - 1;
    uint32_t a = value_color[i], b = value_color[i + 1];
    return (struct mt_color){between(a, b, 16, at - i), between(a, b, 8, at - i), between(a, b, 0, at - i)};
}

/* Relative luminance at which contrast with black equals contrast with white (WCAG 2.1): (L + 0.05)^2 = 1.05
 * * 0.05. */
#define EVEN_LUMINANCE 0.179

static double linear(uint8_t v)
{
    double c = v / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

bool mt_color_is_dark(struct mt_color c)
{
    return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b) < EVEN_LUMINANCE;
}

const char *mt_color_text(struct mt_color c, char text[MT_COLOR_TEXT])
{
    snprintf(text, MT_COLOR_TEXT, "#%02x%02x%02x", c.r, c.g, c.b);
    return text;
}
