#include "lib/bench/random_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/core/rng.h"
#include "lib/data/build.h"

#define MOST_SAMPLES 100000000
#define SAMPLES 64 /* of one task */

static void make_sample(struct mt_dataset *d, int64_t i)
{
    size_t count = mt_shape_count(d->shape);
    uint8_t *pixel = (uint8_t *)d->pixels + (size_t)i * count;
    struct mt_rng rng;
    mt_rng_init(&rng, 0, MT_STREAM_TEST, (uint32_t)i, 0);
    d->label[i] = (int32_t)mt_rng_below(&rng, (uint32_t)d->classes);
    for (size_t at = 0; at < count; at += 4) {
        uint32_t four = mt_rng_u32(&rng);
        memcpy(pixel + at, &four, count - at < 4 ? count - at : 4);
    }
}

static void make_samples(void *arg, int task, int worker)
{
    struct mt_dataset *d = arg;
    (void)worker;
    for (int64_t i = (int64_t)task * SAMPLES; i < d->n && i < (int64_t)(task + 1) * SAMPLES; i++)
        make_sample(d, i);
}

static int name_classes(struct mt_dataset *d, int classes, struct mt_err *err)
{
    d->class_name = calloc((size_t)classes, sizeof *d->class_name);
    for (int c = 0; d->class_name && c < classes; c++, d->classes++)
        if (asprintf(&d->class_name[c], "%d", c) < 0)
            return mt_err_memory(err, "the names of the classes", (size_t)classes);
    return d->class_name ? 0 : mt_err_memory(err, "the names of the classes", (size_t)classes);
}

/* Half of the memory that there is may hold samples, as everywhere. */
static int check_size(const struct mt_dataset *d, int64_t n, struct mt_err *err)
{
    uint64_t bytes, there = mt_memory_total() / 2;
    if (mt_build_bytes(d, (uint64_t)n, "random data", &bytes, err) < 0)
        return -1;
    if (bytes <= there)
        return 0;
    return mt_err_set(
        err, MT_ERR_USAGE,
        "%lld random images of %dx%dx%d need %.1f MiB, and %.1f MiB may be used; lower --random or "
        "--shape",
        (long long)n, d->shape.c, d->shape.h, d->shape.w, (double)bytes / 0x1p20, (double)there / 0x1p20);
}

int mt_random_data(struct mt_dataset *d, int64_t n, struct mt_shape shape, int classes, struct mt_pool *pool,
                   struct mt_err *err)
{
    memset(d, 0, sizeof *d);
    d->shape = shape;
    d->pixel = MT_PIXEL_U8;
    d->type_max = 255;
    if (n < 1 || n > MOST_SAMPLES || classes < 2)
        return mt_err_set(err, MT_ERR_USAGE,
                          "no random data of this size: %lld samples of %dx%dx%d, %d classes", (long long)n,
                          shape.c, shape.h, shape.w, classes);
    if (check_size(d, n, err) < 0 || mt_build_pixels(d, (uint64_t)n, "random data", UINT64_MAX, err) < 0 ||
        name_classes(d, classes, err) < 0)
        goto fail;
    if (!(d->label = malloc((size_t)n * sizeof *d->label))) {
        mt_err_memory(err, "the labels", (size_t)n * sizeof *d->label);
        goto fail;
    }
    mt_pool_run(pool, (int)((n - 1) / SAMPLES + 1), make_samples, d);
    return 0;
fail:
    mt_dataset_release(d);
    return -1;
}
