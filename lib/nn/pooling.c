#include "lib/nn/pooling.h"

const char *const mt_padding_names[] = {"valid", "same", NULL};

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

static int pair(const struct mt_ints *v, const char *key, int *a, int *b, struct mt_err *err)
{
    if (v->n < 1 || v->n > 2)
        return mt_err_set(err, MT_ERR_USAGE, "%s takes one number or two, [height, width], not %d", key,
                          v->n);
    *a = (int)v->v[0];
    *b = (int)v->v[v->n - 1];
    return 0;
}

int mt_pooling_window(const struct mt_pooling_cfg *cfg, struct mt_shape in, struct mt_window *win,
                      struct mt_shape *out, struct mt_err *err)
{
    if (pair(&cfg->size, "size", &win->h, &win->w, err) < 0 ||
        pair(cfg->stride.n ? &cfg->stride : &cfg->size, "stride", &win->sy, &win->sx, err) < 0)
        return -1;
    out->c = in.c;
    out->h = mt_window_count(in.h, win->h, win->sy, (enum mt_padding)cfg->padding, &win->top);
    out->w = mt_window_count(in.w, win->w, win->sx, (enum mt_padding)cfg->padding, &win->left);
    if (out->h < 1 || out->w < 1)
        return mt_err_set(err, MT_ERR_USAGE,
                          "its window of %dx%d does not fit into a plane of %dx%d; use padding: same or "
                          "pool less before it",
                          win->h, win->w, in.h, in.w);
    return 0;
}
