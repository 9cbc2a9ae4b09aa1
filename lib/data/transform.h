/* transform.h: what a transform of samples is. One transform per file with one const struct;
 * transform_table.c holds the table of all.
 *
 * A transform turns a sample (C,H,W) into one of the same form, 8-bit into 8-bit, floats into floats. Fixed
 * ones always do the same and belong to what a sample is: they are applied to all samples, once. Random ones
 * are drawn anew for each sample in each epoch, and applied to what is trained on alone. */
#ifndef MT_DATA_TRANSFORM_H
#define MT_DATA_TRANSFORM_H

#include "lib/core/rng.h"
#include "lib/data/dataset.h"

struct mt_form { /* of every sample that a list of transforms is for */
    struct mt_shape shape;
    enum mt_pixel pixel;
    int top; /* of 8-bit samples: the value that means white; results do not go beyond */
};

struct mt_transform_type {
    struct mt_kind kind;
    bool random;
    bool bytes; /* takes 8-bit samples alone */
    /* Whether it can be applied to samples of this form (images, always). May be NULL. */
    int (*accept)(const void *cfg, const struct mt_form *f, struct mt_err *err);
    /* Bytes of working space, for apply. May be NULL: none. */
    size_t (*scratch)(const void *cfg, const struct mt_form *f);
    /* From one sample to another place; scratch is aligned to 64 bytes. r: for random ones. */
    void (*apply)(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *scratch);
};

extern const struct mt_transform_type mt_crop, mt_random_crop, mt_rotate, mt_flip, mt_shift, mt_brightness,
    mt_contrast, mt_equalize, mt_clahe;

/* Bytes of one value, and of a sample. */
static inline size_t mt_form_value(const struct mt_form *f)
{
    return f->pixel == MT_PIXEL_U8 ? 1 : sizeof(float);
}
static inline size_t mt_form_bytes(const struct mt_form *f)
{
    return mt_shape_count(f->shape) * mt_form_value(f);
}

/* To the nearest of 0..top. */
static inline uint8_t mt_form_byte(const struct mt_form *f, float v)
{
    v += 0.5f;
    return v < 0 ? 0 : v >= (float)f->top ? (uint8_t)f->top : (uint8_t)v;
}

/* A length in a configuration: below 1 a part of `whole`, from 1 on pixels. Rounded to whole pixels. */
static inline int mt_form_pixels(double length, int whole)
{
    double v = length < 1 ? length * whole : length;
    return (int)(v + 0.5);
}

/* Whether `fill`, NaN for the nearest value, is one that samples of this form can hold. */
int mt_form_check_fill(const struct mt_form *f, double fill, struct mt_err *err);

/* Two numbers [low, high], or one, d, for [1 - d, 1 + d]: the range a factor is drawn from. */
int mt_factor_check(const struct mt_reals *range, struct mt_err *err);
float mt_factor_draw(const struct mt_reals *range, struct mt_rng *r);

#endif
