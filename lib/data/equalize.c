/* equalize.c: histogram equalization (levels.h) of the whole sample, each channel by itself, so that gray
 * stays gray. Fixed: the same for every sample. */
#include <string.h>

#include "lib/data/levels.h"
#include "lib/data/transform.h"

static void equalize_plane(const struct mt_form *f, const uint8_t *in, uint8_t *out)
{
    size_t n = (size_t)f->shape.h * (size_t)f->shape.w;
    uint32_t seen[256] = {0};
    float count[256], level[256];
    uint8_t table[256];
    for (size_t i = 0; i < n; i++)
        seen[in[i]]++;
    for (int v = 0; v < 256; v++)
        count[v] = (float)seen[v];
    mt_levels(count, f->top, level);
    for (int v = 0; v < 256; v++)
        table[v] = mt_form_byte(f, level[v]);
    for (size_t i = 0; i < n; i++)
        out[i] = table[in[i]];
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    size_t plane = (size_t)f->shape.h * (size_t)f->shape.w;
    (void)cfg;
    (void)r;
    (void)space;
    for (int c = 0; c < f->shape.c; c++)
        equalize_plane(f, (const uint8_t *)in + (size_t)c * plane, (uint8_t *)out + (size_t)c * plane);
}

const struct mt_transform_type mt_equalize = {
    .kind = {.name = "equalize",
             .help = "Histogram equalization, each channel by itself. Fixed: of all samples."},
    .bytes = true,
    .apply = apply,
};
