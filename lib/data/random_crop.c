/* random_crop.c: a part of the sample at a place of its own, in one of two ways.
 *
 * area: a share a of the area is drawn, uniform in [low, high]; a part of round(H sqrt(a)) x round(W sqrt(a))
 * pixels, anywhere, is enlarged to the whole (Szegedy et al., "Going deeper with convolutions", 2015, section
 * 6, without its change of proportions).
 * padding: p pixels are added on each side, and HxW pixels cut out anywhere, which is a shift by whole pixels
 * (He et al., "Deep residual learning", 2016, section 4.2). */
#include <math.h>

#include "lib/data/warp.h"

struct random_crop_cfg {
    struct mt_reals area;
    int64_t padding;
    double fill;
};

static const struct mt_field fields[] = {
    {.name = "area",
     .type = MT_REALS,
     .offset = offsetof(struct random_crop_cfg, area),
     .min = 0,
     .max = 1,
     .flags = MT_F_ABOVE_MIN,
     .help =
         "Share of the area that is kept, [least, most], or the least alone; it is enlarged to the whole."},
    {.name = "padding",
     .type = MT_INT,
     .offset = offsetof(struct random_crop_cfg, padding),
     .min = 1,
     .max = 65535,
     .unit = "pixels",
     .help = "Instead of area: pixels added on each side before a part of the old size is cut out."},
    {.name = "fill",
     .type = MT_REAL,
     .offset = offsetof(struct random_crop_cfg, fill),
     .min = -1e30,
     .max = 1e30,
     .help = "Value of padding; unset, the nearest edge's."},
    {0},
};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct random_crop_cfg *c = cfg;
    *key = "area";
    if ((c->area.n > 0) == (c->padding != MT_UNSET_INT))
        return mt_err_set(err, MT_ERR_USAGE, "one of area and padding is needed, like area: [0.8, 1]");
    if (c->area.n > 2 || (c->area.n == 2 && c->area.v[0] > c->area.v[1]))
        return mt_err_set(err, MT_ERR_USAGE, "expected the least and the largest share, like [0.8, 1]");
    return 0;
}

static int accept(const void *cfg, const struct mt_form *f, struct mt_err *err)
{
    const struct random_crop_cfg *c = cfg;
    int side = f->shape.h < f->shape.w ? f->shape.h : f->shape.w;
    if (c->padding != MT_UNSET_INT && c->padding >= side)
        return mt_err_set(err, MT_ERR_USAGE,
                          "padding: %lld pixels would push %dx%d samples out of sight; use less",
                          (long long)c->padding, f->shape.h, f->shape.w);
    return mt_form_check_fill(f, c->fill, err);
}

static size_t scratch(const void *cfg, const struct mt_form *f)
{
    (void)cfg;
    return mt_warp_scratch(f);
}

static int part(int whole, double share)
{
    int n = (int)(whole * sqrt(share) + 0.5);
    return n < 1 ? 1 : n;
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    const struct random_crop_cfg *c = cfg;
    if (c->padding != MT_UNSET_INT) {
        uint32_t places = 2 * (uint32_t)c->padding + 1;
        int down = (int)mt_rng_below(r, places) - (int)c->padding;
        int right = (int)mt_rng_below(r, places) - (int)c->padding;
        mt_move(f, down, right, c->fill, in, out);
        return;
    }
    double low = c->area.v[0], high = c->area.n == 2 ? c->area.v[1] : 1;
    double share = low + (high - low) * (double)mt_rng_unit(r);
    int h = part(f->shape.h, share), w = part(f->shape.w, share);
    int top = (int)mt_rng_below(r, (uint32_t)(f->shape.h - h) + 1);
    int left = (int)mt_rng_below(r, (uint32_t)(f->shape.w - w) + 1);
    mt_enlarge(f, top, left, h, w, in, out, space);
}

const struct mt_transform_type mt_random_crop = {
    .kind = {.name = "random_crop",
             .help =
                 "A part at a random place, enlarged to the whole or cut out of the padded sample. Random.",
             .cfg_size = sizeof(struct random_crop_cfg),
             .fields = fields,
             .check = check},
    .random = true,
    .accept = accept,
    .scratch = scratch,
    .apply = apply,
};
