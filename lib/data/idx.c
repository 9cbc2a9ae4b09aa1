/* idx.c: the IDX format of MNIST (Y. LeCun): two zero bytes, the element type, the number of dimensions, each
 * dimension as a big-endian 32-bit count, then the elements, big endian, last dimension fastest.
 *
 * Images: (N), (N,W), (N,H,W), (N,C,H,W) or (N,H,W,C). Labels: (N), integers. 8-bit unsigned pixels stay
 * 8-bit, all other types become float (of i32 and f64 the 24 leading bits are kept). */
#include "lib/data/build.h"
#include "lib/data/formats.h"
#include "lib/data/reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIMS 4
#define BLOCK 4096 /* elements converted at a time */

struct idx_type {
    uint8_t code;
    const char *name;
    size_t size;
    double max; /* 0: floating point */
};

static const struct idx_type types[] = {
    {0x08, "u8", 1, 255},         {0x09, "i8", 1, 127}, {0x0b, "i16", 2, 32767},
    {0x0c, "i32", 4, 2147483647}, {0x0d, "f32", 4, 0},  {0x0e, "f64", 8, 0},
};

struct idx_head {
    const struct idx_type *type;
    int ndim;
    uint32_t dim[MAX_DIMS];
    uint64_t count; /* elements */
};

static uint64_t big_endian(const uint8_t *p, size_t size)
{
    uint64_t v = 0;
    for (size_t i = 0; i < size; i++)
        v = v << 8 | p[i];
    return v;
}

static double element(const struct idx_type *type, const uint8_t *p)
{
    uint64_t bits = big_endian(p, type->size);
    uint32_t low = (uint32_t)bits;
    float f;
    double d;
    switch (type->code) {
    case 0x08:
        return (double)bits;
    case 0x09:
        return (int8_t)bits;
    case 0x0b:
        return (int16_t)bits;
    case 0x0c:
        return (int32_t)low;
    case 0x0d:
        memcpy(&f, &low, sizeof f);
        return f;
    default:
        memcpy(&d, &bits, sizeof d);
        return d;
    }
}

/* The counts are checked against the bytes that can follow, so that what is allocated by them is bounded by
 * the file. */
static int check_count(struct mt_reader *r, struct idx_head *h, struct mt_err *err)
{
    uint64_t bytes;
    bool fits = true;
    h->count = 1;
    for (int i = 0; i < h->ndim; i++) {
        if (h->dim[i] == 0)
            return mt_err_set(err, MT_ERR_DATA, "%s: dimension %d of %d is 0; the file holds nothing",
                              r->path, i + 1, h->ndim);
        fits = fits && !__builtin_mul_overflow(h->count, (uint64_t)h->dim[i], &h->count);
    }
    fits = fits && !__builtin_mul_overflow(h->count, (uint64_t)h->type->size, &bytes);
    uint64_t bound = mt_reader_bound(r);
    if (!fits || bytes > bound)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: its header counts more elements than its %zu bytes can hold; fetch it again",
                          r->path, (size_t)r->len);
    if (!r->gzip && bytes < bound)
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: its header counts %" PRIu64 " bytes of elements, but %" PRIu64
                          " follow; fetch it again",
                          r->path, bytes, bound);
    return 0;
}

static int read_head(struct mt_reader *r, struct idx_head *h, struct mt_err *err)
{
    uint8_t magic[4], dims[4 * MAX_DIMS];
    *h = (struct idx_head){0};
    if (mt_reader_get(r, magic, sizeof magic, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].code == magic[2])
            h->type = &types[i];
    if (magic[0] || magic[1])
        return mt_err_set(err, MT_ERR_DATA,
                          "%s: is not an IDX file (it starts with %02x %02x, not 00 00); name the right file",
                          r->path, magic[0], magic[1]);
    if (!h->type)
        return mt_err_set(
            err, MT_ERR_DATA,
            "%s: has element type 0x%02x, which IDX does not define; use u8, i8, i16, i32, f32 or f64",
            r->path, magic[2]);
    h->ndim = magic[3];
    if (h->ndim < 1 || h->ndim > MAX_DIMS)
        return mt_err_set(err, MT_ERR_DATA, "%s: has %d dimensions; 1 to %d are read", r->path, h->ndim,
                          MAX_DIMS);
    if (mt_reader_get(r, dims, 4 * (size_t)h->ndim, err) < 0)
        return -1;
    for (int i = 0; i < h->ndim; i++)
        h->dim[i] = (uint32_t)big_endian(dims + 4 * i, 4);
    return check_count(r, h, err);
}

static bool channel_count(uint32_t dim)
{
    return dim >= 1 && dim <= MT_MAX_CHANNELS;
}

/* Settles (C,H,W) of one sample; *hwc says that channels come last in the file. */
static int settle_shape(const struct idx_head *h, int layout, const char *path, struct mt_shape *shape,
                        bool *hwc, struct mt_err *err)
{
    uint32_t c = 1, y = 1, x = 1;
    *hwc = false;
    if (h->ndim == 2) {
        c = h->dim[1];
    } else if (h->ndim == 3) {
        y = h->dim[1];
        x = h->dim[2];
    } else if (h->ndim == 4) {
        bool first = channel_count(h->dim[1]), last = channel_count(h->dim[3]);
        if (layout == MT_LAYOUT_AUTO && first == last)
            return mt_err_set(
                err, MT_ERR_DATA,
                "%s: it is not clear which of %ux%ux%u are the channels (1 to %d); set layout: chw or hwc",
                path, h->dim[1], h->dim[2], h->dim[3], MT_MAX_CHANNELS);
        *hwc = layout == MT_LAYOUT_AUTO ? last : layout == MT_LAYOUT_HWC;
        c = h->dim[*hwc ? 3 : 1];
        y = h->dim[*hwc ? 1 : 2];
        x = h->dim[*hwc ? 2 : 3];
        if (!channel_count(c))
            return mt_err_set(err, MT_ERR_DATA, "%s: has %u channels; 1 to %d are read", path, c,
                              MT_MAX_CHANNELS);
    }
    if (c > MT_MAX_SAMPLE || y > MT_MAX_SAMPLE || x > MT_MAX_SAMPLE)
        return mt_err_set(err, MT_ERR_DATA, "%s: a sample of %ux%ux%u is too large", path, c, y, x);
    *shape = (struct mt_shape){(int)c, (int)y, (int)x};
    return 0;
}

/* (H,W,C) to (C,H,W) in place, through a sample of scratch. */
static int channels_first(struct mt_dataset *d, const char *path, struct mt_err *err)
{
    size_t size = d->pixel == MT_PIXEL_U8 ? 1 : sizeof(float), bytes = mt_shape_count(d->shape) * size;
    size_t plane = (size_t)d->shape.h * (size_t)d->shape.w, channels = (size_t)d->shape.c;
    uint8_t *sample = malloc(bytes);
    if (!sample)
        return mt_err_memory(err, path, bytes);
    for (int64_t i = 0; i < d->n; i++) {
        uint8_t *at = (uint8_t *)d->pixels + (size_t)i * bytes;
        memcpy(sample, at, bytes);
        for (size_t p = 0; p < plane; p++)
            for (size_t c = 0; c < channels; c++)
                memcpy(at + (c * plane + p) * size, sample + (p * channels + c) * size, size);
    }
    free(sample);
    return 0;
}

static int read_floats(struct mt_reader *r, const struct idx_head *h, float *out, struct mt_err *err)
{
    uint8_t block[BLOCK * 8];
    for (uint64_t at = 0; at < h->count;) {
        size_t n = h->count - at < BLOCK ? (size_t)(h->count - at) : BLOCK;
        if (mt_reader_get(r, block, n * h->type->size, err) < 0)
            return -1;
        for (size_t i = 0; i < n; i++, at++) {
            out[at] = (float)element(h->type, block + i * h->type->size);
            if (!isfinite(out[at]))
                return mt_err_set(err, MT_ERR_DATA,
                                  "%s: element %" PRIu64 " of sample %" PRIu64
                                  " is not a finite float32 number; clean the data",
                                  r->path, at % (h->count / h->dim[0]), at / (h->count / h->dim[0]));
        }
    }
    return 0;
}

static int load_images(const struct mt_idx_cfg *cfg, uint64_t memory, struct mt_dataset *d,
                       struct mt_err *err)
{
    int rc = -1;
    bool hwc;
    struct mt_reader r;
    struct idx_head h;
    if (mt_reader_open(&r, cfg->images, &d->source[0], err) < 0 || read_head(&r, &h, err) < 0 ||
        settle_shape(&h, cfg->layout, cfg->images, &d->shape, &hwc, err) < 0)
        goto out;
    d->pixel = h.type->code == 0x08 ? MT_PIXEL_U8 : MT_PIXEL_F32;
    d->type_max = h.type->max;
    if (mt_build_pixels(d, h.dim[0], cfg->images, memory, err) < 0)
        goto out;
    if (d->pixel == MT_PIXEL_U8)
        rc = mt_reader_get(&r, d->pixels, (size_t)h.count, err);
    else
        rc = read_floats(&r, &h, d->pixels, err);
    if (rc == 0)
        rc = mt_reader_end(&r, err);
    if (rc == 0 && hwc)
        rc = channels_first(d, cfg->images, err);
out:
    mt_reader_close(&r);
    return rc;
}

static int load_labels(const struct mt_idx_cfg *cfg, struct mt_dataset *d, struct mt_err *err)
{
    int rc = -1;
    struct mt_reader r;
    struct idx_head h;
    int64_t *value = NULL;
    if (mt_reader_open(&r, cfg->labels, &d->source[1], err) < 0 || read_head(&r, &h, err) < 0)
        goto out;
    if (h.ndim != 1 || h.type->max == 0) {
        mt_err_set(err, MT_ERR_DATA,
                   "%s: holds %d dimensions of %s, labels have 1 of integers; name the label file here",
                   cfg->labels, h.ndim, h.type->name);
        goto out;
    }
    if ((int64_t)h.count != d->n) {
        mt_err_set(err, MT_ERR_DATA,
                   "%s: holds %" PRIu64 " labels for the %" PRId64
                   " images of %s; use files that belong together",
                   cfg->labels, h.count, d->n, cfg->images);
        goto out;
    }
    if (!(value = malloc(h.count * sizeof *value))) {
        mt_err_memory(err, cfg->labels, h.count * sizeof *value);
        goto out;
    }
    for (uint64_t i = 0; i < h.count; i++) {
        uint8_t bytes[8];
        if (mt_reader_get(&r, bytes, h.type->size, err) < 0)
            goto out;
        value[i] = (int64_t)element(h.type, bytes);
    }
    if (mt_reader_end(&r, err) == 0)
        rc = mt_build_labels(d, value, cfg->classes, cfg->labels, err);
out:
    free(value);
    mt_reader_close(&r);
    return rc;
}

static int load(const void *cfg_, const struct mt_load_options *options, struct mt_dataset *out,
                struct mt_err *err)
{
    const struct mt_idx_cfg *cfg = cfg_;
    *out = (struct mt_dataset){0};
    if (options->labels && !cfg->labels)
        return mt_err_set(err, MT_ERR_USAGE, "%s: has no labels; name their IDX file with labels",
                          cfg->images);
    if (mt_build_sources(out, options->labels ? 2 : 1, err) < 0 ||
        load_images(cfg, mt_load_memory(options), out, err) < 0 ||
        (options->labels && load_labels(cfg, out, err) < 0)) {
        mt_dataset_release(out);
        return -1;
    }
    return 0;
}

#define AT(member) offsetof(struct mt_idx_cfg, member)
static const char *const layouts[] = {"auto", "chw", "hwc", NULL};

static const struct mt_field fields[] = {
    {.name = "images",
     .type = MT_PATH,
     .offset = AT(images),
     .flags = MT_F_REQUIRED,
     .help = "IDX file of the images, plain or gzip: (N), (N,W), (N,H,W) or, with channels, 4 dimensions; "
             "u8, i8, i16, i32, f32 or f64."},
    {.name = "labels",
     .type = MT_PATH,
     .offset = AT(labels),
     .flags = MT_F_REQUIRED,
     .help = "IDX file of the labels: one integer per image."},
    {.name = "classes",
     .type = MT_INT,
     .offset = AT(classes),
     .min = 1,
     .max = 16777216,
     .help = "Labels are 0 to classes - 1, and others are an error; unset, the classes are the different "
             "labels in the file."},
    {.name = "layout",
     .type = MT_CHOICE,
     .offset = AT(layout),
     .def = "auto",
     .choices = layouts,
     .help = "Order of channels, height and width where images have 4 dimensions; auto takes the side that "
             "has 1 to 4 channels."},
    {0}};

const struct mt_format_type mt_format_idx = {
    .kind = {.name = "idx",
             .help = "IDX files as MNIST has them: one of images, one of labels.",
             .cfg_size = sizeof(struct mt_idx_cfg),
             .fields = fields},
    .load = load,
};
