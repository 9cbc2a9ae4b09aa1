/* decode_png.c: PNG through stb_image, which is trusting: it skips every checksum, inflates without bound,
 * and reads palette entries that are not there. So the file is walked first: structure, checksums and sizes
 * are checked here, and its data inflated once without being kept, which has to give the bytes of the
 * declared size, all of them and no more. stb_image then sees a rewritten file of the chunks that matter,
 * with the palette filled up to 256 entries; its memory follows from the declared size. */
#include "lib/data/image.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* stb_image declares functions of formats that are left out; that is reported at the end of the file. */
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#include <stb_image.h>
#pragma GCC diagnostic pop

enum { GRAY, RGB = 2, PALETTE, GRAY_ALPHA, RGBA = 6 }; /* color types */

#define IHDR_LEN 13
#define PALETTE_LEN (3 * 256)

struct png {
    const char *path;
    const uint8_t *file;
    size_t len;
    uint32_t w, h;
    int depth, color, interlace;
    const uint8_t *ihdr, *plte, *trns; /* data of the chunks, or NULL */
    uint32_t plte_len, trns_len;
    size_t idat_at, idat_len; /* where the chunks of image data begin, and the bytes in all of them */
};

struct chunk {
    const uint8_t *data;
    uint32_t len;
    char type[5];
};

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool mt_is_png(const uint8_t *file, size_t len)
{
    return len >= 4 && !memcmp(file, signature, 4);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int damaged(const struct png *png, const char *what, struct mt_err *err)
{
    return mt_err_set(err, MT_ERR_DATA, "%s: is a damaged PNG file: %s; replace or remove it", png->path,
                      what);
}

/* The chunk at *at, its checksum verified; *at moves behind it. */
static int next_chunk(const struct png *png, size_t *at, struct chunk *c, struct mt_err *err)
{
    if (png->len - *at < 12 || be32(png->file + *at) > png->len - *at - 12)
        return damaged(png, "it ends too early", err);
    const uint8_t *p = png->file + *at;
    c->len = be32(p);
    memcpy(c->type, p + 4, 4);
    c->type[4] = 0;
    c->data = p + 8;
    if (crc32(0, p + 4, c->len + 4) != be32(p + 8 + c->len))
        return damaged(png, "a checksum does not agree", err);
    *at += (size_t)c->len + 12;
    return 0;
}

static bool legal_depth(int color, int depth)
{
    switch (color) {
    case GRAY:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case PALETTE:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case RGB:
    case GRAY_ALPHA:
    case RGBA:
        return depth == 8 || depth == 16;
    default:
        return false;
    }
}

static int samples(int color)
{
    return color == RGB ? 3 : color == GRAY_ALPHA ? 2 : color == RGBA ? 4 : 1;
}

static int read_ihdr(struct png *png, size_t *at, struct mt_err *err)
{
    struct chunk c;
    if (png->len < sizeof signature || memcmp(png->file, signature, sizeof signature))
        return damaged(png, "its signature is wrong (was it copied as text?)", err);
    *at = sizeof signature;
    if (next_chunk(png, at, &c, err) < 0)
        return -1;
    if (strcmp(c.type, "IHDR") || c.len != IHDR_LEN)
        return damaged(png, "it does not start with its header", err);
    png->ihdr = c.data;
    png->w = be32(c.data);
    png->h = be32(c.data + 4);
    png->depth = c.data[8];
    png->color = c.data[9];
    png->interlace = c.data[12];
    if (!legal_depth(png->color, png->depth) || c.data[10] || c.data[11] || png->interlace > 1)
        return damaged(png, "its header names a kind of image that PNG does not define", err);
    return mt_image_check_size(png->path, png->w, png->h,
                               (size_t)samples(png->color) * (png->depth == 16 ? 2 : 1), err);
}

static int take_palette(struct png *png, const struct chunk *c, struct mt_err *err)
{
    if (png->plte || png->idat_len || c->len == 0 || c->len % 3 || c->len > PALETTE_LEN ||
        png->color == GRAY || png->color == GRAY_ALPHA)
        return damaged(png, "its palette is misplaced or has a wrong size", err);
    png->plte = c->data;
    png->plte_len = c->len;
    return 0;
}

static int take_transparency(struct png *png, const struct chunk *c, struct mt_err *err)
{
    uint32_t want = png->color == GRAY ? 2 : png->color == RGB ? 6 : c->len;
    bool palette = png->color == PALETTE;
    if (png->trns || png->idat_len || c->len != want || png->color == GRAY_ALPHA || png->color == RGBA ||
        (palette && (!png->plte || c->len > png->plte_len / 3)))
        return damaged(png, "its transparency is misplaced or has a wrong size", err);
    png->trns = c->data;
    png->trns_len = c->len;
    return 0;
}

/* Walks all chunks. Ancillary ones but transparency are passed over; what follows IEND is not looked at. */
static int walk(struct png *png, struct mt_err *err)
{
    size_t at;
    struct chunk c;
    bool idat_over = false;
    if (read_ihdr(png, &at, err) < 0)
        return -1;
    for (;;) {
        int rc = 0;
        size_t begin = at;
        if (next_chunk(png, &at, &c, err) < 0)
            return -1;
        bool idat = !strcmp(c.type, "IDAT");
        png->idat_at = idat && !png->idat_at ? begin : png->idat_at;
        idat_over = idat_over || (png->idat_len && !idat);
        if (!strcmp(c.type, "IEND"))
            break;
        if (idat && idat_over)
            return damaged(png, "its image data is interrupted", err);
        if (idat)
            png->idat_len += c.len;
        else if (!strcmp(c.type, "PLTE"))
            rc = take_palette(png, &c, err);
        else if (!strcmp(c.type, "tRNS"))
            rc = take_transparency(png, &c, err);
        else if (!strcmp(c.type, "acTL"))
            return mt_err_set(err, MT_ERR_DATA,
                              "%s: is an animated PNG; save the frame you mean as a file of its own",
                              png->path);
        else if (!(c.type[0] & 0x20))
            return damaged(png, "it has a chunk that is needed and not known", err);
        if (rc < 0)
            return -1;
    }
    if (!png->idat_len)
        return damaged(png, "it has no image data", err);
    if (png->color == PALETTE && !png->plte)
        return damaged(png, "it has no palette", err);
    return 0;
}

static uint8_t *put_chunk(uint8_t *out, const char *type, const uint8_t *data, size_t len, size_t padded)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(padded >> (24 - 8 * i));
    memcpy(out + 4, type, 4);
    if (data)
        memcpy(out + 8, data, len);
    memset(out + 8 + len, 0, padded - len + 4);
    return out + 12 + padded;
}

/* Bytes of all rows as they are stored: a filter byte and the samples, in one pass or in Adam7's seven. */
static uint64_t stored_bytes(const struct png *png)
{
    static const struct pass {
        uint32_t x, y, dx, dy;
    } plain = {0, 0, 1, 1}, adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                       {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    uint64_t bits = (uint64_t)samples(png->color) * (uint64_t)png->depth, bytes = 0;
    for (int i = 0; i < (png->interlace ? 7 : 1); i++) {
        const struct pass *p = png->interlace ? &adam7[i] : &plain;
        uint64_t w = png->w > p->x ? (png->w - p->x + p->dx - 1) / p->dx : 0;
        uint64_t h = png->h > p->y ? (png->h - p->y + p->dy - 1) / p->dy : 0;
        bytes += w ? h * (1 + (w * bits + 7) / 8) : 0;
    }
    return bytes;
}

/* Inflates what one chunk holds, of which nothing is kept; *left counts down. */
static int inflate_chunk(const struct png *png, z_stream *z, const struct chunk *c, uint64_t *left,
                         bool *ended, struct mt_err *err)
{
    uint8_t scratch[32768];
    z->next_in = (Bytef *)(uintptr_t)c->data;
    z->avail_in = c->len;
    for (int rc = Z_OK; rc == Z_OK && !*ended;) {
        z->next_out = scratch;
        z->avail_out = sizeof scratch;
        rc = inflate(z, Z_NO_FLUSH);
        uint64_t got = sizeof scratch - z->avail_out;
        if (got > *left)
            return damaged(png, "its image data is more than its size asks for", err);
        *left -= got;
        *ended = rc == Z_STREAM_END;
        if (rc == Z_MEM_ERROR)
            return mt_err_memory(err, png->path, 1 << 15);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return damaged(png, z->msg ? z->msg : "its image data needs a dictionary", err);
    }
    return *ended && z->avail_in ? damaged(png, "its image data goes on behind its end", err) : 0;
}

static int check_data(const struct png *png, struct mt_err *err)
{
    z_stream z = {0};
    struct chunk c;
    uint64_t left = stored_bytes(png);
    bool ended = false;
    int rc = 0;
    if (inflateInit(&z) != Z_OK)
        return mt_err_memory(err, png->path, 1 << 15);
    for (size_t at = png->idat_at; rc == 0;) {
        if ((rc = next_chunk(png, &at, &c, err)) < 0 || strcmp(c.type, "IDAT"))
            break;
        rc = inflate_chunk(png, &z, &c, &left, &ended, err);
    }
    inflateEnd(&z);
    return rc < 0 || (ended && !left) ? rc : damaged(png, "its image data is cut short", err);
}

/* The file of essential chunks for stb_image, which ignores checksums. */
static uint8_t *rewrite(const struct png *png, size_t *len)
{
    size_t room = sizeof signature + 5 * 12 + IHDR_LEN + PALETTE_LEN + png->trns_len + png->idat_len;
    uint8_t *copy = malloc(room), *out = copy;
    if (!copy)
        return NULL;
    memcpy(out, signature, sizeof signature);
    out = put_chunk(out + sizeof signature, "IHDR", png->ihdr, IHDR_LEN, IHDR_LEN);
    if (png->color == PALETTE)
        out = put_chunk(out, "PLTE", png->plte, png->plte_len, PALETTE_LEN);
    if (png->trns)
        out = put_chunk(out, "tRNS", png->trns, png->trns_len, png->trns_len);
    uint8_t *idat = out;
    out = put_chunk(out, "IDAT", NULL, 0, png->idat_len);
    idat += 8;
    size_t at = png->idat_at, end = (size_t)(idat - copy) + png->idat_len;
    for (struct chunk c; (size_t)(idat - copy) < end; idat += c.len) {
        next_chunk(png, &at, &c, NULL);
        memcpy(idat, c.data, c.len);
    }
    out = put_chunk(out, "IEND", NULL, 0, 0);
    *len = (size_t)(out - copy);
    return copy;
}

static uint8_t over(uint8_t v, uint8_t a, int background)
{
    return (uint8_t)((v * a + background * (255 - a) + 127) / 255);
}

/* n samples per pixel (gray, gray+alpha, RGB, RGB+alpha) to 1 or 3. */
static void convert(const uint8_t *in, int n, enum mt_alpha alpha, struct mt_image *out)
{
    size_t pixels = (size_t)out->w * (size_t)out->h;
    int background = alpha == MT_ALPHA_WHITE ? 255 : 0;
    uint8_t *to = out->data;
    for (size_t i = 0; i < pixels; i++, in += n) {
        uint8_t color[3] = {in[0], in[n < 3 ? 0 : 1], in[n < 3 ? 0 : 2]};
        if (n % 2 == 0 && alpha != MT_ALPHA_DROP)
            for (int c = 0; c < 3; c++)
                color[c] = over(color[c], in[n - 1], background);
        if (out->channels == 3) {
            memcpy(to, color, 3);
            to += 3;
        } else if (n < 3) {
            *to++ = color[0];
        } else {
            *to++ = (uint8_t)((19595u * color[0] + 38470u * color[1] + 7471u * color[2] + 32768u) >> 16);
        }
    }
}

int mt_png_probe(const char *path, const uint8_t *file, size_t len, struct mt_image_info *info,
                 struct mt_err *err)
{
    struct png png = {.path = path, .file = file, .len = len};
    size_t at;
    if (read_ihdr(&png, &at, err) < 0)
        return -1;
    *info = (struct mt_image_info){(int)png.w, (int)png.h, false,
                                   png.color == RGB || png.color == RGBA || png.color == PALETTE};
    return 0;
}

int mt_png_decode(const char *path, const uint8_t *file, size_t len, int channels, enum mt_alpha alpha,
                  struct mt_image *out, struct mt_err *err)
{
    struct png png = {.path = path, .file = file, .len = len};
    uint8_t *copy, *pixels = NULL;
    int rc = -1, w = 0, h = 0, n = 0;
    *out = (struct mt_image){0};
    if (walk(&png, err) < 0 || check_data(&png, err) < 0)
        return -1;
    if (!(copy = rewrite(&png, &len)))
        return mt_err_memory(err, path, png.idat_len);
    if (!(pixels = stbi_load_from_memory(copy, (int)len, &w, &h, &n, 0))) {
        const char *why = stbi_failure_reason(); /* NULL where inflating got no memory */
        if (!why || !strcmp(why, "outofmem"))
            mt_err_memory(err, path, (size_t)png.w * png.h * 4);
        else
            damaged(&png, why, err);
        goto out;
    }
    *out = (struct mt_image){w, h, channels, malloc((size_t)w * (size_t)h * (size_t)channels)};
    if (!out->data) {
        mt_err_memory(err, path, (size_t)w * (size_t)h * (size_t)channels);
        goto out;
    }
    convert(pixels, n, alpha, out);
    rc = 0;
out:
    stbi_image_free(pixels);
    free(copy);
    return rc;
}
