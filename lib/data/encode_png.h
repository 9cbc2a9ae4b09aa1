/* encode_png.h: 8-bit pixels to a PNG file, for contact sheets. */
#ifndef MT_DATA_ENCODE_PNG_H
#define MT_DATA_ENCODE_PNG_H

#include <stdint.h>

#include "lib/core/buf.h"

/* Appends a PNG of (h, w, channels) pixels, gray or RGB. Failure to allocate is left in out->failed. */
void mt_png_encode(const uint8_t *pixels, int h, int w, int channels, struct mt_buf *out);

#endif
