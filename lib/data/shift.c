/* shift.c: a shift by whole pixels, so that nothing is blurred: both directions are drawn apart, uniform in
 * -n..n, n = `by` in pixels. */
#include "lib/data/warp.h"

struct shift_cfg {
    struct mt_reals by;
    double fill;
};

static const struct mt_field fields[] = {
    {.name = "by",
     .type = MT_REALS,
     .offset = offsetof(struct shift_cfg, by),
     .max = 65536,
     .flags = MT_F_REQUIRED,
     .help = "The largest shift, [vertical, horizontal] or one number for both: below 1 a part of height and "
             "width, from 1 on pixels."},
    {.name = "fill",
     .type = MT_REAL,
     .offset = offsetof(struct shift_cfg, fill),
     .min = -1e30,
     .max = 1e30,
     .help = "Value of what comes in from outside; unset, the nearest edge's."},
    {0},
};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct mt_reals *by = &((const struct shift_cfg *)cfg)->by;
    *key = "by";
    if (by->n == 1 || by->n == 2)
        return 0;
    return mt_err_set(err, MT_ERR_USAGE, "expected one number, or [vertical, horizontal]");
}

static int vertical(const struct shift_cfg *c, const struct mt_form *f)
{
    return mt_form_pixels(c->by.v[0], f->shape.h);
}

static int horizontal(const struct shift_cfg *c, const struct mt_form *f)
{
    return mt_form_pixels(c->by.v[c->by.n - 1], f->shape.w);
}

static int accept(const void *cfg, const struct mt_form *f, struct mt_err *err)
{
    const struct shift_cfg *c = cfg;
    if (vertical(c, f) >= f->shape.h || horizontal(c, f) >= f->shape.w)
        return mt_err_set(err, MT_ERR_USAGE, "by: would push %dx%d samples out of sight; use less",
                          f->shape.h, f->shape.w);
    return mt_form_check_fill(f, c->fill, err);
}

static int draw(struct mt_rng *r, int n)
{
    return (int)mt_rng_below(r, 2 * (uint32_t)n + 1) - n;
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    const struct shift_cfg *c = cfg;
    int down = draw(r, vertical(c, f)), right = draw(r, horizontal(c, f));
    (void)space;
    mt_move(f, down, right, c->fill, in, out);
}

const struct mt_transform_type mt_shift = {
    .kind = {.name = "shift",
             .help = "A shift by whole pixels, up to so many in all directions. Random.",
             .cfg_size = sizeof(struct shift_cfg),
             .fields = fields,
             .check = check},
    .random = true,
    .accept = accept,
    .apply = apply,
};
