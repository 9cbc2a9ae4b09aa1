#include "lib/data/encode_png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put_be32(struct mt_buf *out, uint32_t v)
{
    uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    mt_buf_append(out, b, sizeof b);
}

static void put_chunk(struct mt_buf *out, const char *type, const uint8_t *data, size_t len)
{
    uLong crc = crc32(0, (const Bytef *)type, 4);
    put_be32(out, (uint32_t)len);
    mt_buf_append(out, type, 4);
    mt_buf_append(out, data, len);
    put_be32(out, (uint32_t)(len ? crc32(crc, data, (uInt)len) : crc));
}

void mt_png_encode(const uint8_t *pixels, int h, int w, int channels, struct mt_buf *out)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    size_t row = (size_t)w * (size_t)channels, raw = (row + 1) * (size_t)h;
    uLongf packed = compressBound(raw);
    uint8_t *rows = malloc(raw), *data = malloc(packed);
    uint8_t head[13] = {(uint8_t)(w >> 24),
                        (uint8_t)(w >> 16),
                        (uint8_t)(w >> 8),
                        (uint8_t)w,
                        (uint8_t)(h >> 24),
                        (uint8_t)(h >> 16),
                        (uint8_t)(h >> 8),
                        (uint8_t)h,
                        8,
                        channels == 3 ? 2 : 0,
                        0,
                        0,
                        0};
    if (!rows || !data) {
        out->failed = true;
        goto out;
    }
    for (int y = 0; y < h; y++) {
        rows[(size_t)y * (row + 1)] = 0; /* no filter */
        memcpy(rows + (size_t)y * (row + 1) + 1, pixels + (size_t)y * row, row);
    }
    if (compress2(data, &packed, rows, raw, 9) != Z_OK) {
        out->failed = true;
        goto out;
    }
    mt_buf_append(out, signature, sizeof signature);
    put_chunk(out, "IHDR", head, sizeof head);
    put_chunk(out, "IDAT", data, packed);
    put_chunk(out, "IEND", NULL, 0);
out:
    free(rows);
    free(data);
}
