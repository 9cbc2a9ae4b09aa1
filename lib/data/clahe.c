/* clahe.c: contrast limited adaptive histogram equalization (Zuiderveld, "Graphics gems IV", 1994), each
 * channel by itself. Fixed: the same for every sample.
 *
 * The plane is cut into tiles, each with a histogram of its own. Counts above clip * n / (top + 1) are cut
 * off, and what was cut off is spread evenly over the top + 1 values; then levels.h makes a table of it. A
 * pixel takes the mean of the tables of the four tiles whose centers are around it, weighted bilinearly. With
 * one tile and no clipping this is `equalize`. */
#include "lib/data/levels.h"
#include "lib/data/transform.h"

struct clahe_cfg {
    struct mt_ints tiles;
    double clip;
};

static const struct mt_field fields[] = {
    {.name = "tiles",
     .type = MT_INTS,
     .offset = offsetof(struct clahe_cfg, tiles),
     .def = "8",
     .min = 1,
     .max = 64,
     .help = "Tiles in each direction, one number or [vertical, horizontal]."},
    {.name = "clip",
     .type = MT_REAL,
     .offset = offsetof(struct clahe_cfg, clip),
     .def = "2",
     .max = 1e6,
     .help = "The largest count of a value in a tile, in means of all values; 0: no limit."},
    {0},
};

static int check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct clahe_cfg *c = cfg;
    *key = "tiles";
    if (c->tiles.n != 1 && c->tiles.n != 2)
        return mt_err_set(err, MT_ERR_USAGE, "expected one number, or [vertical, horizontal]");
    *key = "clip";
    if (c->clip > 0 && c->clip < 1)
        return mt_err_set(
            err, MT_ERR_USAGE,
            "a limit below the mean of all values cuts off everything; use 1 or more, or 0 for no limit");
    return 0;
}

static int down(const struct clahe_cfg *c)
{
    return (int)c->tiles.v[0];
}

static int across(const struct clahe_cfg *c)
{
    return (int)c->tiles.v[c->tiles.n - 1];
}

static int accept(const void *cfg, const struct mt_form *f, struct mt_err *err)
{
    const struct clahe_cfg *c = cfg;
    if (down(c) <= f->shape.h && across(c) <= f->shape.w)
        return 0;
    return mt_err_set(err, MT_ERR_USAGE,
                      "tiles: %dx%d tiles are more than %dx%d samples have pixels; use fewer", down(c),
                      across(c), f->shape.h, f->shape.w);
}

/* A table for each tile. */
static size_t scratch(const void *cfg, const struct mt_form *f)
{
    (void)f;
    return (size_t)down(cfg) * (size_t)across(cfg) * 256 * sizeof(float);
}

/* Where tile t of `tiles` begins. */
static int start(int t, int tiles, int n)
{
    return (int)((long)t * n / tiles);
}

static void clip_counts(float count[256], float limit, int values)
{
    float excess = 0;
    for (int v = 0; v < 256; v++) {
        if (count[v] <= limit)
            continue;
        excess += count[v] - limit;
        count[v] = limit;
    }
    for (int v = 0; v < values; v++)
        count[v] += excess / (float)values;
}

static void make_table(const struct clahe_cfg *c, const struct mt_form *f, const uint8_t *in, int ty, int tx,
                       float table[256])
{
    int top = start(ty, down(c), f->shape.h), bottom = start(ty + 1, down(c), f->shape.h);
    int left = start(tx, across(c), f->shape.w), right = start(tx + 1, across(c), f->shape.w);
    float count[256] = {0};
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            count[in[(size_t)y * (size_t)f->shape.w + (size_t)x]]++;
    if (c->clip > 0)
        clip_counts(count, (float)(c->clip * (bottom - top) * (right - left) / (f->top + 1)), f->top + 1);
    mt_levels(count, f->top, table);
}

/* The tile whose center is at or before `at`, and how far it is to the next one's. */
static int locate(int at, int tiles, int n, float *rest)
{
    int t = (int)((long)at * tiles / n), next;
    float here = (float)(start(t, tiles, n) + start(t + 1, tiles, n) - 1) / 2;
    *rest = 0;
    if ((float)at < here && t == 0)
        return 0;
    if ((float)at < here)
        here = (float)(start(t - 1, tiles, n) + start(t, tiles, n) - 1) / 2, t--;
    if ((next = t + 1) == tiles)
        return t;
    float there = (float)(start(next, tiles, n) + start(next + 1, tiles, n) - 1) / 2;
    *rest = ((float)at - here) / (there - here);
    return t;
}

static void apply_plane(const struct clahe_cfg *c, const struct mt_form *f, const uint8_t *in, uint8_t *out,
                        float (*table)[256])
{
    int rows = down(c), columns = across(c), W = f->shape.w;
    for (int ty = 0; ty < rows; ty++)
        for (int tx = 0; tx < columns; tx++)
            make_table(c, f, in, ty, tx, table[ty * columns + tx]);
    for (int y = 0; y < f->shape.h; y++) {
        float u, v;
        int ty = locate(y, rows, f->shape.h, &u), below = ty + (ty + 1 < rows);
        for (int x = 0; x < W; x++) {
            int tx = locate(x, columns, W, &v), next = tx + (tx + 1 < columns);
            size_t at = (size_t)y * (size_t)W + (size_t)x;
            uint8_t value = in[at];
            float a = table[ty * columns + tx][value], b = table[ty * columns + next][value];
            float d = table[below * columns + tx][value], e = table[below * columns + next][value];
            float above = a + v * (b - a), under = d + v * (e - d);
            out[at] = mt_form_byte(f, above + u * (under - above));
        }
    }
}

static void apply(const void *cfg, const struct mt_form *f, struct mt_rng *r, const void *in, void *out,
                  void *space)
{
    size_t plane = (size_t)f->shape.h * (size_t)f->shape.w;
    (void)r;
    for (int c = 0; c < f->shape.c; c++)
        apply_plane(cfg, f, (const uint8_t *)in + (size_t)c * plane, (uint8_t *)out + (size_t)c * plane,
                    space);
}

const struct mt_transform_type mt_clahe = {
    .kind = {.name = "clahe",
             .help =
                 "Histogram equalization by tiles, with limited contrast, each channel by itself. Fixed: of "
                 "all samples.",
             .cfg_size = sizeof(struct clahe_cfg),
             .fields = fields,
             .check = check},
    .bytes = true,
    .accept = accept,
    .scratch = scratch,
    .apply = apply,
};
