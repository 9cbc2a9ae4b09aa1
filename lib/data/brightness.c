/* brightness.c: all values times a factor f, uniform in the range: v' = f v. 8-bit values stay within black
 * and white. */
#include "lib/data/transform.h"

struct brightness_cfg {
    struct mt_reals factor;
};

static const struct mt_field fields[] = {
    {.name = "factor",
     .type = MT_REALS,
     .offset = offsetof(struct brightness_cfg, factor),
     .def = "[0.8, 1.2]",
     .max = 1000,
     .help = "The least and the largest factor, or one number d for [1 - d, 1 + d]."},
    {0},
};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    *key = "factor";
    return mt_factor_check(&((const struct brightness_cfg *)cfg)->factor, err);
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    float factor = mt_factor_draw(&((const struct brightness_cfg *)cfg)->factor, r);
    size_t n = mt_shape_count(f->shape);
    (void)space;
    if (f->pixel == MT_PIXEL_F32) {
        for (size_t i = 0; i < n; i++)
            ((float *)out)[i] = factor * ((const float *)in)[i];
        return;
    }
    uint8_t table[256];
    for (int v = 0; v < 256; v++)
        table[v] = mt_form_byte(f, factor * (float)v);
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = table[((const uint8_t *)in)[i]];
}

const struct mt_transform_type mt_brightness = {
    .kind = {.name = "brightness",
             .help = "All values times a factor. Random.",
             .cfg_size = sizeof(struct brightness_cfg),
             .fields = fields,
             .check = check},
    .random = true,
    .apply = apply,
};
