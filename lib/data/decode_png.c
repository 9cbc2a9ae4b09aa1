/* decode_png.c: PNG through stb_image, which is trusting: it skips every checksum, inflates without bound,
 * and reads palette entries that are not there. So the file is walked first: structure, checksums and sizes
 * are checked here, and stb_image sees a rewritten file of the chunks that matter, with the palette filled up
 * to 256 entries. Its memory is limited to what an image of the declared size can need. */
#include "lib/data/image.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* stb_image's allocation hooks have no argument to hang a budget on; a decode stays on one thread. */
static _Thread_local struct {
    size_t left;
    bool no_memory; /* an allocation failed that the budget allowed */
} budget;

#define BLOCK_HEAD 16 /* keeps malloc's alignment; holds the size */

static void *budget_malloc(size_t size)
{
    if (size > budget.left)
        return NULL;
    char *block = malloc(size + BLOCK_HEAD);
    budget.no_memory = budget.no_memory || !block;
    if (!block)
        return NULL;
    memcpy(block, &size, sizeof size);
    budget.left -= size;
    return block + BLOCK_HEAD;
}

static void budget_free(void *p)
{
    size_t size;
    if (!p)
        return;
    memcpy(&size, (char *)p - BLOCK_HEAD, sizeof size);
    budget.left += size;
    free((char *)p - BLOCK_HEAD);
}

static void *budget_realloc(void *p, size_t size)
{
    size_t old = 0;
    void *grown = budget_malloc(size);
    if (!grown || !p)
        return grown;
    memcpy(&old, (char *)p - BLOCK_HEAD, sizeof old);
    memcpy(grown, p, old < size ? old : size);
    budget_free(p);
    return grown;
}

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
#define STBI_MALLOC budget_malloc
#define STBI_REALLOC budget_realloc
#define STBI_FREE budget_free
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
    size_t idat_len; /* of all together */
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
        if (next_chunk(png, &at, &c, err) < 0)
            return -1;
        bool idat = !strcmp(c.type, "IDAT");
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
    size_t at = sizeof signature;
    for (struct chunk c = {0}; strcmp(c.type, "IEND");) {
        next_chunk(png, &at, &c, NULL);
        if (!strcmp(c.type, "IDAT")) {
            memcpy(idat, c.data, c.len);
            idat += c.len;
        }
    }
    out = put_chunk(out, "IEND", NULL, 0, 0);
    *len = (size_t)(out - copy);
    return copy;
}

/* stb_image holds at once: the compressed data (in a buffer that doubles), the filtered rows (likewise), and
 * up to three copies of the pixels, of up to 4 samples. */
static size_t needed(const struct png *png)
{
    size_t depth = png->depth == 16 ? 2 : 1, pixels = (size_t)png->w * png->h;
    size_t rows = pixels * (size_t)samples(png->color) * depth + 2 * (size_t)png->h + 64;
    return 4 * png->idat_len + 4 * rows + 3 * (4 * depth * pixels) + 65536;
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
    if (walk(&png, err) < 0)
        return -1;
    if (!(copy = rewrite(&png, &len)))
        return mt_err_memory(err, path, png.idat_len);
    budget.left = needed(&png);
    budget.no_memory = false;
    if (len > INT32_MAX || !(pixels = stbi_load_from_memory(copy, (int)len, &w, &h, &n, 0))) {
        const char *why = stbi_failure_reason();
        if (budget.no_memory)
            mt_err_memory(err, path, needed(&png));
        else
            damaged(&png, why && strcmp(why, "outofmem") ? why : "its data does not fit its size", err);
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
    budget_free(pixels);
    free(copy);
    return rc;
}
