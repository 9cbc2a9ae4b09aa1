/* contrast.c: distances from the sample's mean m, all channels together, times a factor f, uniform in the
 * range: v' = m + f (v - m). 8-bit values stay within black and white. */
#include "lib/data/transform.h"

struct contrast_cfg {
    struct mt_reals factor;
};

static const struct mt_field fields[] = {
    {.name = "factor",
     .type = MT_REALS,
     .offset = offsetof(struct contrast_cfg, factor),
     .def = "[0.8, 1.2]",
     .max = 1000,
     .help = "The least and the largest factor, or one number d for [1 - d, 1 + d]."},
    {0},
};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    *key = "factor";
    return mt_factor_check(&((const struct contrast_cfg *)cfg)->factor, err);
}

static void apply_f32(float factor, size_t n, const float *in, float *out)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)in[i];
    float mean = (float)(sum / (double)n);
    for (size_t i = 0; i < n; i++)
        out[i] = mean + factor * (in[i] - mean);
}

static void apply_u8(const struct mt_form *f, float factor, size_t n, const uint8_t *in, uint8_t *out)
{
    uint64_t sum = 0;
    uint8_t table[256];
    for (size_t i = 0; i < n; i++)
        sum += in[i];
    float mean = (float)((double)sum / (double)n);
    for (int v = 0; v < 256; v++)
        table[v] = mt_form_byte(f, mean + factor * ((float)v - mean));
    for (size_t i = 0; i < n; i++)
        out[i] = table[in[i]];
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    float factor = mt_factor_draw(&((const struct contrast_cfg *)cfg)->factor, r);
    size_t n = mt_shape_count(f->shape);
    (void)space;
    if (f->pixel == MT_PIXEL_F32)
        apply_f32(factor, n, in, out);
    else
        apply_u8(f, factor, n, in, out);
}

const struct mt_transform_type mt_contrast = {
    .kind = {.name = "contrast",
             .help = "Distances from the sample's mean times a factor. Random.",
             .cfg_size = sizeof(struct contrast_cfg),
             .fields = fields,
             .check = check},
    .random = true,
    .apply = apply,
};
