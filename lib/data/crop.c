/* crop.c: margins are cut off, and what is left is enlarged to the size of the sample: bilinear, centers of
 * pixels on centers of pixels, edges repeated. Fixed: the same for every sample. */
#include "lib/data/warp.h"

struct crop_cfg {
    double top, bottom, left, right;
};

static const struct mt_field fields[] = {
    {.name = "top",
     .type = MT_REAL,
     .offset = offsetof(struct crop_cfg, top),
     .def = "0",
     .max = 65536,
     .help = "Margin above: below 1 a part of the height, from 1 on pixels."},
    {.name = "bottom",
     .type = MT_REAL,
     .offset = offsetof(struct crop_cfg, bottom),
     .def = "0",
     .max = 65536,
     .help = "Margin below, likewise."},
    {.name = "left",
     .type = MT_REAL,
     .offset = offsetof(struct crop_cfg, left),
     .def = "0",
     .max = 65536,
     .help = "Margin on the left: below 1 a part of the width, from 1 on pixels."},
    {.name = "right",
     .type = MT_REAL,
     .offset = offsetof(struct crop_cfg, right),
     .def = "0",
     .max = 65536,
     .help = "Margin on the right, likewise."},
    {0},
};

static int accept(const void *cfg, const struct mt_form *f, struct mt_err *err)
{
    const struct crop_cfg *c = cfg;
    int h = f->shape.h, w = f->shape.w;
    int rows = h - mt_form_pixels(c->top, h) - mt_form_pixels(c->bottom, h);
    int columns = w - mt_form_pixels(c->left, w) - mt_form_pixels(c->right, w);
    if (rows > 0 && columns > 0)
        return 0;
    return mt_err_set(err, MT_ERR_USAGE, "the margins leave nothing of %dx%d samples; make them smaller", h,
                      w);
}

static size_t scratch(const void *cfg, const struct mt_form *f)
{
    (void)cfg;
    return mt_warp_scratch(f);
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    const struct crop_cfg *c = cfg;
    int top = mt_form_pixels(c->top, f->shape.h), left = mt_form_pixels(c->left, f->shape.w);
    int h = f->shape.h - top - mt_form_pixels(c->bottom, f->shape.h);
    int w = f->shape.w - left - mt_form_pixels(c->right, f->shape.w);
    (void)r;
    mt_enlarge(f, top, left, h, w, in, out, space);
}

const struct mt_transform_type mt_crop = {
    .kind = {.name = "crop",
             .help = "Cut margins off, and enlarge the rest. Fixed: of all samples.",
             .cfg_size = sizeof(struct crop_cfg),
             .fields = fields},
    .accept = accept,
    .scratch = scratch,
    .apply = apply,
};
