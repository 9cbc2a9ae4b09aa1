#include "lib/present/page_images.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/data/encode_png.h"
#include "lib/data/formats.h"
#include "lib/data/image.h"
#include "lib/data/stream.h"
#include "lib/train/experiment.h"
#include "lib/train/record.h"

#define LONGEST_SIDE 96 /* pixels; larger samples are reduced */
#define LONGEST_RECORD ((size_t)64 << 20)

/* --- the data --- */

/* Where the samples of a split stand; a split of the training data has its samples there. */
static const struct mt_variant *source_of(const struct mt_experiment *e, const char *split)
{
    const struct mt_variant *own = !strcmp(split, "test")         ? &e->data.test
                                   : !strcmp(split, "validation") ? &e->data.validation
                                                                  : &e->data.train;
    return own->kind && own->kind != &mt_split_kind ? own : &e->data.train;
}

/* Files that have changed since would show other images than those judged. */
static int check_record(const struct mt_dataset *d, const char *run, struct mt_err *err)
{
    char *text = NULL, *path = mt_path_join(run, MT_RECORD);
    size_t len;
    int rc =
        path ? mt_file_read(path, LONGEST_RECORD, &text, &len, err) : mt_err_memory(err, run, strlen(run));
    for (int i = 0; rc == 0 && i < d->n_sources; i++)
        if (!strstr(text, d->source[i].sha256))
            rc = mt_err_set(err, MT_ERR_DATA, "%s has changed since", d->source[i].path);
    free(text);
    free(path);
    return rc;
}

static int load(struct mt_page_images *m, const struct mt_variant *source, const char *run,
                struct mt_err *err)
{
    struct mt_load_options options = {.labels = true};
    if (!strcmp(source->kind->name, "images"))
        options.memory = 1; /* only those that are shown are decoded */
    if (mt_dataset_load(source, &options, &m->data, err) < 0)
        return -1;
    if (check_record(&m->data, run, err) < 0) {
        mt_dataset_release(&m->data);
        return -1;
    }
    return 0;
}

int mt_page_images_open(struct mt_page_images *m, const struct mt_result *r, const char *split,
                        struct mt_err *err)
{
    struct mt_conf *conf = NULL;
    struct mt_experiment e = {0};
    struct mt_diag diag = {0};
    struct mt_err why = {.kind = MT_ERR_RUN};
    char *config = mt_path_join(r->path, "config.yaml");
    memset(m, 0, sizeof *m);
    if (!config)
        mt_err_memory(&why, "a path", 1);
    else if (mt_conf_load(&conf, config, NULL, 0, &diag) < 0 ||
             mt_conf_bind(conf, mt_experiment_fields, &e, &diag) < 0)
        mt_err_set(&why, diag.kind, "its experiment cannot be read");
    else
        m->open = load(m, source_of(&e, split), r->path, &why) == 0;
    if (!m->open)
        snprintf(m->missing, sizeof m->missing, "%.500s", why.text);
    bool later = !m->open && why.kind == MT_ERR_RUN;
    if (later && diag.text.failed)
        mt_err_memory(err, config, 1);
    else if (later && diag.text.data)
        mt_err_set(err, why.kind, "%.*s", (int)strcspn(diag.text.data, "\n"), diag.text.data);
    else if (later)
        mt_err_set(err, why.kind, "%s", why.text);
    mt_conf_free(conf);
    mt_diag_release(&diag);
    free(config);
    return later ? -1 : 0;
}

void mt_page_images_release(struct mt_page_images *m)
{
    if (m->open)
        mt_dataset_release(&m->data);
    m->open = false;
}

/* --- a picture --- */

/* Flat vectors whose length is a square are shown as one. false: no image. */
static bool image_shape(struct mt_shape shape, struct mt_image *image)
{
    if (shape.h == 1 && shape.w == 1 && shape.c > 1) {
        int side = (int)lround(sqrt(shape.c));
        if (side * side != shape.c)
            return false;
        shape = (struct mt_shape){1, side, side};
    }
    *image = (struct mt_image){.w = shape.w, .h = shape.h, .channels = shape.c == 3 ? 3 : 1};
    return shape.h > 1 && shape.w > 1;
}

/* (C,H,W) of bytes or floats as (h, w, channels) bytes. Bytes stay as they are, but for those of a type of
 * few values, which like floats are stretched from black to white. */
static void put_pixels(const struct mt_dataset *d, const void *pixels, struct mt_image *image)
{
    size_t plane = (size_t)image->h * (size_t)image->w, channels = (size_t)image->channels,
           n = plane * channels;
    const uint8_t *bytes = pixels;
    const float *reals = pixels;
    double min = INFINITY, max = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        double v = d->pixel == MT_PIXEL_U8 ? bytes[i] : (double)reals[i];
        min = fmin(min, v);
        max = fmax(max, v);
    }
    if (d->pixel == MT_PIXEL_U8 && max > 32) {
        min = 0;
        max = 255;
    }
    for (size_t i = 0; i < n; i++) {
        double v = d->pixel == MT_PIXEL_U8 ? bytes[i] : (double)reals[i];
        image->data[i % plane * channels + i / plane] =
            max > min ? (uint8_t)lround(255 * (v - min) / (max - min)) : 0;
    }
}

/* Appends the picture, reduced where it is large. */
static int put_picture(const struct mt_image *image, struct mt_buf *out, struct mt_err *err)
{
    int longest = image->h > image->w ? image->h : image->w;
    if (longest <= LONGEST_SIDE) {
        mt_png_encode(image->data, image->h, image->w, image->channels, out);
        return 0;
    }
    int h = (image->h * LONGEST_SIDE + longest - 1) / longest,
        w = (image->w * LONGEST_SIDE + longest - 1) / longest;
    size_t plane = (size_t)h * (size_t)w, n = plane * (size_t)image->channels;
    uint8_t *planes = malloc(2 * n), *mixed = planes ? planes + n : NULL;
    int rc = planes ? mt_image_resize(image, h, w, planes, err) : mt_err_memory(err, "a picture", 2 * n);
    for (size_t i = 0; rc == 0 && i < n; i++)
        mixed[i % plane * (size_t)image->channels + i / plane] = planes[i];
    if (rc == 0)
        mt_png_encode(mixed, h, w, image->channels, out);
    free(planes);
    return rc;
}

int mt_page_image_png(const struct mt_page_images *m, int64_t index, struct mt_buf *out, struct mt_err *err)
{
    const struct mt_dataset *d = &m->data;
    struct mt_image image;
    size_t count = mt_shape_count(d->shape);
    uint8_t *streamed = NULL;
    int rc = 0;
    if (!m->open || index < 0 || index >= d->n || !image_shape(d->shape, &image))
        return 0;
    image.data = malloc(count);
    if (d->stream)
        streamed = malloc(count);
    if (!image.data || (d->stream && !streamed)) {
        rc = mt_err_memory(err, "a picture", count);
    } else if (!d->stream || mt_stream_read(d, (int32_t)index, streamed, err) == 0) {
        size_t value = d->pixel == MT_PIXEL_U8 ? 1 : sizeof(float);
        put_pixels(
            d, d->stream ? (const void *)streamed : (const char *)d->pixels + (size_t)index * count * value,
            &image);
        rc = put_picture(&image, out, err) < 0 ? -1 : 1;
    }
    free(streamed);
    free(image.data);
    return rc;
}
