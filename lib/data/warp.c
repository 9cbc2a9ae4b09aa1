/* warp.c: bilinear resampling. A value at (y,x) between pixels, y = i + u, x = j + v, is
 *
 *   (1-u) ((1-v) p[i][j] + v p[i][j+1]) + u ((1-v) p[i+1][j] + v p[i+1][j+1])
 *
 * A plane is copied once with a ring of one pixel around it that holds what is beyond it: then no place needs
 * a test, only coordinates that are kept within [-1, H] and [-1, W]. */
#include "lib/data/warp.h"

#include <math.h>
#include <string.h>

struct tap { /* where the pixel of a result comes from, in the plane with its ring */
    int at;
    float u, v;
};

/* A row of taps, and a plane with its ring. */
size_t mt_warp_scratch(const struct mt_form *f)
{
    size_t row = (size_t)f->shape.w * sizeof(struct tap);
    return (row + 63) / 64 * 64 + (size_t)(f->shape.h + 2) * (size_t)(f->shape.w + 2) * sizeof(float);
}

/* Ring and plane of one channel. */
static void load_plane(const struct mt_form *f, const struct mt_warp *w, int channel, const void *in,
                       float *plane)
{
    int stride = w->w + 2;
    size_t from =
        ((size_t)channel * (size_t)f->shape.h + (size_t)w->top) * (size_t)f->shape.w + (size_t)w->left;
    for (int i = 0; i < w->h; i++, from += (size_t)f->shape.w) {
        float *row = plane + (i + 1) * stride;
        if (f->pixel == MT_PIXEL_U8)
            for (int j = 0; j < w->w; j++)
                row[j + 1] = (float)((const uint8_t *)in)[from + (size_t)j];
        else
            memcpy(row + 1, (const float *)in + from, (size_t)w->w * sizeof *row);
        row[0] = isnan(w->fill) ? row[1] : (float)w->fill;
        row[w->w + 1] = isnan(w->fill) ? row[w->w] : (float)w->fill;
    }
    float *above = plane, *below = plane + (w->h + 1) * stride;
    for (int j = 0; j < stride; j++) {
        above[j] = isnan(w->fill) ? plane[stride + j] : (float)w->fill;
        below[j] = isnan(w->fill) ? plane[w->h * stride + j] : (float)w->fill;
    }
}

/* Coordinates are counted from the ring, in units of 2^-32 pixels: a turn by 90 degrees is then exact, and a
 * step along a row is an addition. */
static int64_t fixed(double at)
{
    return (int64_t)llround(at * 0x1p32);
}

/* A coordinate, 24 bits of its fraction, as an index and a rest; the index and the one after it are within
 * the ring. */
static int split(int64_t at, int n, float *rest)
{
    int64_t end = (int64_t)(n + 1) << 24;
    at = (at + (1 << 7)) >> 8;
    at = at < 0 ? 0 : at > end ? end : at;
    int index = (int)(at >> 24);
    index = index > n ? n : index;
    *rest = (float)(int)(at - ((int64_t)index << 24)) * 0x1p-24f;
    return index;
}

static void place_row(const struct mt_warp *w, int i, int n, struct tap *tap)
{
    int64_t y = fixed(w->y0 + w->yy * i + 1), x = fixed(w->x0 + w->xy * i + 1);
    int64_t down = fixed(w->yx), right = fixed(w->xx);
    for (int j = 0; j < n; j++, y += down, x += right) {
        int row = split(y, w->h, &tap[j].u), column = split(x, w->w, &tap[j].v);
        tap[j].at = row * (w->w + 2) + column;
    }
}

static float look(const float *plane, int stride, const struct tap *t)
{
    const float *p = plane + t->at;
    float above = p[0] + t->v * (p[1] - p[0]), below = p[stride] + t->v * (p[stride + 1] - p[stride]);
    return above + t->u * (below - above);
}

void mt_warp(const struct mt_form *f, const struct mt_warp *w, const void *in, void *out, void *scratch)
{
    struct tap *tap = scratch;
    int H = f->shape.h, W = f->shape.w, stride = w->w + 2;
    float *plane = (float *)((char *)scratch + ((size_t)W * sizeof *tap + 63) / 64 * 64);
    for (int c = 0; c < f->shape.c; c++) {
        load_plane(f, w, c, in, plane);
        for (int i = 0; i < H; i++) {
            size_t to = ((size_t)c * (size_t)H + (size_t)i) * (size_t)W;
            place_row(w, i, W, tap);
            for (int j = 0; j < W; j++) {
                float v = look(plane, stride, &tap[j]);
                if (f->pixel == MT_PIXEL_U8)
                    ((uint8_t *)out)[to + (size_t)j] = mt_form_byte(f, v);
                else
                    ((float *)out)[to + (size_t)j] = v;
            }
        }
    }
}

void mt_enlarge(const struct mt_form *f, int top, int left, int h, int w, const void *in, void *out,
                void *scratch)
{
    double sy = (double)h / f->shape.h, sx = (double)w / f->shape.w;
    const struct mt_warp warp = {.top = top,
                                 .left = left,
                                 .h = h,
                                 .w = w,
                                 .yy = sy,
                                 .y0 = sy / 2 - 0.5, /* centers of pixels on centers of pixels */
                                 .xx = sx,
                                 .x0 = sx / 2 - 0.5,
                                 .fill = NAN};
    mt_warp(f, &warp, in, out, scratch);
}

static void fill_row(const struct mt_form *f, char *row, int from, int to, const void *value)
{
    size_t size = mt_form_value(f);
    for (int j = from; j < to; j++)
        memcpy(row + (size_t)j * size, value, size);
}

void mt_move(const struct mt_form *f, int down, int right, double fill, const void *in, void *out)
{
    size_t size = mt_form_value(f), row = (size_t)f->shape.w * size;
    int H = f->shape.h, W = f->shape.w, first = right > 0 ? right : 0, end = right < 0 ? W + right : W;
    const uint8_t fill_byte = (uint8_t)(isnan(fill) ? 0 : fill);
    const float fill_float = (float)fill;
    const void *value = f->pixel == MT_PIXEL_U8 ? (const void *)&fill_byte : (const void *)&fill_float;
    char *to = out;
    for (int k = 0; k < f->shape.c * H; k++, to += row) {
        int i = k % H - down, nearest = i < 0 ? 0 : i >= H ? H - 1 : i;
        const char *from = (const char *)in + (size_t)(k / H * H + nearest) * row;
        if (i != nearest && !isnan(fill)) {
            fill_row(f, to, 0, W, value);
            continue;
        }
        memcpy(to + (size_t)first * size, from + (size_t)(first - right) * size,
               (size_t)(end - first) * size);
        fill_row(f, to, 0, first, isnan(fill) ? from : value);
        fill_row(f, to, end, W, isnan(fill) ? from + row - size : value);
    }
}
