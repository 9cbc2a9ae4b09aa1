/* image_files.h: PNG files of every kind, and JPEG files, made from known samples. */
#ifndef MT_TESTS_IMAGE_FILES_H
#define MT_TESTS_IMAGE_FILES_H

#include "tests/data_files.h"

#include <jpeglib.h>

#include "lib/core/buf.h"

struct png_spec {
    int w, h, depth, color; /* color: 0 gray, 2 RGB, 3 palette, 4 gray + alpha, 6 RGB + alpha */
    bool interlaced;
    const uint16_t *sample; /* (h, w, samples per pixel) */
    const uint8_t *plte, *trns;
    uint32_t plte_len, trns_len;
};

static inline int png_samples(int color)
{
    return color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1;
}

static inline void png_chunk(struct mt_buf *b, const char *type, const void *data, uint32_t len)
{
    uint8_t word[4];
    uLong crc = crc32(0, (const Bytef *)type, 4);
    put_be32(word, len);
    mt_buf_append(b, word, 4);
    mt_buf_append(b, type, 4);
    mt_buf_append(b, data, len);
    put_be32(word, (uint32_t)(len ? crc32(crc, data, len) : crc));
    mt_buf_append(b, word, 4);
}

static inline void png_begin(struct mt_buf *b, const struct png_spec *s)
{
    uint8_t head[13] = {[8] = (uint8_t)s->depth, [9] = (uint8_t)s->color, [12] = s->interlaced};
    put_be32(head, (uint32_t)s->w);
    put_be32(head + 4, (uint32_t)s->h);
    mt_buf_append(b, "\x89PNG\r\n\x1a\n", 8);
    png_chunk(b, "IHDR", head, 13);
    if (s->plte)
        png_chunk(b, "PLTE", s->plte, s->plte_len);
    if (s->trns)
        png_chunk(b, "tRNS", s->trns, s->trns_len);
}

static inline void png_data(struct mt_buf *b, const void *raw, size_t len)
{
    uLongf packed = compressBound(len);
    uint8_t *data = malloc(packed);
    assert_int_equal(compress2(data, &packed, raw, len, 9), Z_OK);
    png_chunk(b, "IDAT", data, (uint32_t)packed);
    free(data);
}

static inline uint8_t png_paeth(int a, int b, int c)
{
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* Pixels x0, x0 + dx, ... of rows y0, y0 + dy, ..., each row with the next of the five filters. */
static inline void png_pass(struct mt_buf *raw, const struct png_spec *s, int x0, int y0, int dx, int dy)
{
    int n = png_samples(s->color), count = s->w > x0 ? (s->w - x0 + dx - 1) / dx : 0;
    size_t bytes = ((size_t)count * (size_t)n * (size_t)s->depth + 7) / 8;
    size_t back = (size_t)(n * s->depth < 8 ? 1 : n * s->depth / 8);
    uint8_t *row = calloc(2, bytes + 1), *up = row + bytes + 1;
    for (int y = y0; count && y < s->h; y += dy) {
        memset(row, 0, bytes);
        size_t bit = 0;
        for (int x = x0; x < s->w; x += dx) {
            for (int c = 0; c < n; c++, bit += (size_t)s->depth) {
                uint16_t v = s->sample[(y * s->w + x) * n + c];
                if (s->depth == 16)
                    row[bit / 8] = (uint8_t)(v >> 8);
                if (s->depth >= 8)
                    row[bit / 8 + (s->depth == 16)] = (uint8_t)v;
                else
                    row[bit / 8] |= (uint8_t)(v << (8 - s->depth - (int)(bit % 8)));
            }
        }
        uint8_t filter = (uint8_t)((y / dy) % 5);
        mt_buf_append(raw, &filter, 1);
        for (size_t i = 0; i < bytes; i++) {
            int a = i >= back ? row[i - back] : 0, b = up[i], c = i >= back ? up[i - back] : 0;
            uint8_t guess[5] = {0, (uint8_t)a, (uint8_t)b, (uint8_t)((a + b) / 2), png_paeth(a, b, c)};
            uint8_t v = (uint8_t)(row[i] - guess[filter]);
            mt_buf_append(raw, &v, 1);
        }
        memcpy(up, row, bytes);
    }
    free(row);
}

static inline void png_rows(struct mt_buf *raw, const struct png_spec *s)
{
    static const int pass[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                   {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    if (!s->interlaced)
        png_pass(raw, s, 0, 0, 1, 1);
    for (int i = 0; i < 7 && s->interlaced; i++)
        png_pass(raw, s, pass[i][0], pass[i][1], pass[i][2], pass[i][3]);
}

static inline void png_file(struct mt_buf *b, const struct png_spec *s)
{
    struct mt_buf raw = {0};
    png_begin(b, s);
    png_rows(&raw, s);
    png_data(b, raw.data, raw.len);
    png_chunk(b, "IEND", NULL, 0);
    mt_buf_release(&raw);
}

/* A JPEG of (h, w, channels); 4 channels are CMYK. */
static inline void jpeg_file(struct mt_buf *b, const uint8_t *pixels, int h, int w, int channels,
                             bool progressive)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *out = NULL;
    unsigned long len = 0;
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &out, &len);
    j.image_width = (JDIMENSION)w;
    j.image_height = (JDIMENSION)h;
    j.input_components = channels;
    j.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, 95, TRUE);
    if (progressive)
        jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    for (int y = 0; y < h; y++) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)y * (size_t)w * (size_t)channels);
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    mt_buf_append(b, out, len);
    free(out);
}

#endif
