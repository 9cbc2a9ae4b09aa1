/* rotate.c: a turn about the center by an angle a that is uniform in [-degrees, degrees]. With y down and x
 * to the right of the center, ((H-1)/2, (W-1)/2), the result at (y,x) is the sample at
 *
 *   (y cos a + x sin a, -y sin a + x cos a)
 *
 * which turns it counterclockwise for a > 0; bilinear. */
#include "lib/data/rotate.h"

#include <math.h>

#include "lib/data/warp.h"

struct rotate_cfg {
    double degrees, fill;
};

static const struct mt_field fields[] = {
    {.name = "degrees",
     .type = MT_REAL,
     .offset = offsetof(struct rotate_cfg, degrees),
     .min = 0,
     .max = 180,
     .flags = MT_F_REQUIRED,
     .unit = "degrees",
     .help = "The largest angle; it is drawn from both directions."},
    {.name = "fill",
     .type = MT_REAL,
     .offset = offsetof(struct rotate_cfg, fill),
     .min = -1e30,
     .max = 1e30,
     .help = "Value of what comes in from outside; unset, the nearest edge's."},
    {0},
};

static int accept(const void *cfg, const struct mt_form *f, struct mt_err *err)
{
    return mt_form_check_fill(f, ((const struct rotate_cfg *)cfg)->fill, err);
}

static size_t scratch(const void *cfg, const struct mt_form *f)
{
    (void)cfg;
    return mt_warp_scratch(f);
}

void mt_rotate_by(const struct mt_form *f, double degrees, double fill, const void *in, void *out,
                  void *space)
{
    double a = degrees * (3.14159265358979323846 / 180), cosine = cos(a), sine = sin(a);
    double cy = (f->shape.h - 1) / 2.0, cx = (f->shape.w - 1) / 2.0;
    const struct mt_warp w = {.h = f->shape.h,
                              .w = f->shape.w,
                              .yy = cosine,
                              .yx = sine,
                              .y0 = cy - cosine * cy - sine * cx,
                              .xy = -sine,
                              .xx = cosine,
                              .x0 = cx + sine * cy - cosine * cx,
                              .fill = fill};
    mt_warp(f, &w, in, out, space);
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    const struct rotate_cfg *c = cfg;
    mt_rotate_by(f, c->degrees * (2 * (double)mt_rng_unit(r) - 1), c->fill, in, out, space);
}

const struct mt_transform_type mt_rotate = {
    .kind = {.name = "rotate",
             .help = "A turn about the center, by up to so many degrees in both directions. Random.",
             .cfg_size = sizeof(struct rotate_cfg),
             .fields = fields},
    .random = true,
    .accept = accept,
    .scratch = scratch,
    .apply = apply,
};
