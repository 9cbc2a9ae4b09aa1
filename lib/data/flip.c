/* flip.c: with a probability, left and right change places (axis: horizontal), or top and bottom. */
#include <string.h>

#include "lib/data/transform.h"

enum axis { HORIZONTAL, VERTICAL };
static const char *const axes[] = {"horizontal", "vertical", NULL};

struct flip_cfg {
    int axis;
    double probability;
};

static const struct mt_field fields[] = {
    {.name = "axis",
     .type = MT_CHOICE,
     .offset = offsetof(struct flip_cfg, axis),
     .def = "horizontal",
     .choices = axes,
     .help = "The direction in which pixels change places: horizontal exchanges left and right."},
    {.name = "probability",
     .type = MT_REAL,
     .offset = offsetof(struct flip_cfg, probability),
     .def = "0.5",
     .max = 1,
     .help = "How often."},
    {0},
};

static void flip_row(const char *in, char *out, int n, size_t size)
{
    if (size == 1)
        for (int j = 0; j < n; j++)
            out[j] = in[n - 1 - j];
    else
        for (int j = 0; j < n; j++)
            memcpy(out + (size_t)j * size, in + (size_t)(n - 1 - j) * size, size);
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    const struct flip_cfg *c = cfg;
    size_t size = mt_form_value(f), row = (size_t)f->shape.w * size;
    int H = f->shape.h;
    (void)space;
    if ((double)mt_rng_unit(r) >= c->probability) {
        memcpy(out, in, mt_form_bytes(f));
        return;
    }
    for (int k = 0; k < f->shape.c * H; k++) {
        const char *from =
            (const char *)in + (size_t)(c->axis == VERTICAL ? k / H * H + H - 1 - k % H : k) * row;
        char *to = (char *)out + (size_t)k * row;
        if (c->axis == VERTICAL)
            memcpy(to, from, row);
        else
            flip_row(from, to, f->shape.w, size);
    }
}

const struct mt_transform_type mt_flip = {
    .kind = {.name = "flip",
             .help = "Exchange left and right, or top and bottom, with a probability. Random.",
             .cfg_size = sizeof(struct flip_cfg),
             .fields = fields},
    .random = true,
    .apply = apply,
};
