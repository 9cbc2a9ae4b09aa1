#include "lib/nn/pooling.h"

const char *const mt_padding_names[] = {"valid", "same", NULL};

#define LARGEST 1000

const struct mt_field mt_pooling_fields[] = {
    {.name = "size",
     .type = MT_INTS,
     .offset = offsetof(struct mt_pooling_cfg, size),
     .def = "2",
     .min = 1,
     .max = LARGEST,
     .help = "Height and width of the window, as one number or two."},
    {.name = "stride",
     .type = MT_INTS,
     .offset = offsetof(struct mt_pooling_cfg, stride),
     .min = 1,
     .max = LARGEST,
     .help = "Steps of the window down and right, as one number or two; unset: its size."},
    {.name = "padding",
     .type = MT_CHOICE,
     .offset = offsetof(struct mt_pooling_cfg, padding),
     .def = "valid",
     .choices = mt_padding_names,
     .help = "Whether windows may reach over the edge (same) or not (valid); what is beyond is left out."},
    {.name = "name",
     .type = MT_STRING,
     .offset = offsetof(struct mt_pooling_cfg, name),
     .help = "Name of the layer."},
    {0},
};

int mt_pooling_check(const void *cfg, const char **key, struct mt_err *err)
{
    const struct mt_pooling_cfg *c = cfg;
    *key = c->size.n < 1 || c->size.n > 2 ? "size" : c->stride.n > 2 ? "stride" : NULL;
    return *key ? mt_err_set(err, MT_ERR_USAGE, "one number or two, [height, width], are expected") : 0;
}

int mt_window_count(int in, int size, int stride, enum mt_padding padding, int *before)
{
    *before = 0;
    if (padding == MT_VALID)
        return size > in ? 0 : (in - size) / stride + 1;
    int out = (in - 1) / stride + 1;
    long missing = (long)(out - 1) * stride + size - in;
    *before = missing > 0 ? (int)(missing / 2) : 0;
    return out;
}

static void pair(const struct mt_ints *v, int *a, int *b)
{
    *a = (int)v->v[0];
    *b = (int)v->v[v->n - 1];
}

int mt_pooling_window(const struct mt_pooling_cfg *cfg, struct mt_shape in, struct mt_window *win,
                      struct mt_shape *out, struct mt_err *err)
{
    enum mt_padding padding = (enum mt_padding)cfg->padding;
    pair(&cfg->size, &win->h, &win->w);
    pair(cfg->stride.n ? &cfg->stride : &cfg->size, &win->sy, &win->sx);
    out->c = in.c;
    out->h = mt_window_count(in.h, win->h, win->sy, padding, &win->top);
    out->w = mt_window_count(in.w, win->w, win->sx, padding, &win->left);
    if (out->h < 1 || out->w < 1)
        return mt_err_set(err, MT_ERR_USAGE,
                          "its window of %dx%d does not fit into a plane of %dx%d; set padding: same or pool "
                          "less before it",
                          win->h, win->w, in.h, in.w);
    return 0;
}
