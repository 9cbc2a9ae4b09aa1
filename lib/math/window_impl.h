/* window_impl.h: the kernels of window.h, compiled once per instruction set. */
#include <string.h>

#include "lib/math/window.h"

/* The part of a window that lies on the plane: rows [y0, y1), columns [x0, x1). */
struct clip {
    int y0, y1, x0, x1;
};

static inline struct clip clip_window(const struct mt_window *win, struct mt_shape in, int oy, int ox)
{
    int y = oy * win->sy - win->top, x = ox * win->sx - win->left;
    return (struct clip){
        .y0 = y < 0 ? 0 : y,
        .y1 = y + win->h > in.h ? in.h : y + win->h,
        .x0 = x < 0 ? 0 : x,
        .x1 = x + win->w > in.w ? in.w : x + win->w,
    };
}

static inline vf max_of(const float *plane, int width, struct clip c, uint16_t *later)
{
    vf best = vf_load(plane + ((size_t)c.y0 * (size_t)width + (size_t)c.x0) * 16);
    int k = 0;
    for (int y = c.y0; y < c.y1; y++) {
        for (int x = c.x0; x < c.x1; x++, k++) {
            if (k == 0)
                continue;
            vf v = vf_load(plane + ((size_t)y * (size_t)width + (size_t)x) * 16);
            vmask more = vf_gt(v, best);
            best = vf_select(more, v, best);
            if (later)
                later[k - 1] = more;
        }
    }
    return best;
}

static void window_max_forward(const struct mt_window *win, struct mt_shape in, struct mt_shape out,
                               const float *x, float *y, uint16_t *later)
{
    size_t masks = (size_t)win->h * (size_t)win->w - 1;
    for (int c = 0; c < out.c; c++, x += (size_t)in.h * (size_t)in.w * 16) {
        for (int oy = 0; oy < out.h; oy++) {
            for (int ox = 0; ox < out.w; ox++, y += 16) {
                vf_store(y, max_of(x, in.w, clip_window(win, in, oy, ox), later));
                if (later)
                    later += masks;
            }
        }
    }
}

/* From the last element to the first: it won where it beat all before it and no later one beat it. */
static inline void add_to_winner(float *plane, int width, struct clip c, const uint16_t *later, vf dy)
{
    int k = (c.y1 - c.y0) * (c.x1 - c.x0);
    vmask open = 0xffff;
    for (int y = c.y1 - 1; y >= c.y0; y--) {
        for (int x = c.x1 - 1; x >= c.x0; x--) {
            vmask won = --k ? open & later[k - 1] : open;
            float *dx = plane + ((size_t)y * (size_t)width + (size_t)x) * 16;
            vf_store(dx, vf_add(vf_load(dx), vf_select(won, dy, vf_zero())));
            open &= (vmask)~won;
        }
    }
}

static void window_max_backward(const struct mt_window *win, struct mt_shape in, struct mt_shape out,
                                const float *dy, const uint16_t *later, float *dx)
{
    size_t masks = (size_t)win->h * (size_t)win->w - 1, plane = (size_t)in.h * (size_t)in.w * 16;
    memset(dx, 0, (size_t)in.c * plane * sizeof *dx);
    for (int c = 0; c < out.c; c++, dx += plane)
        for (int oy = 0; oy < out.h; oy++)
            for (int ox = 0; ox < out.w; ox++, dy += 16, later += masks)
                add_to_winner(dx, in.w, clip_window(win, in, oy, ox), later, vf_load(dy));
}

static inline float part_of(struct clip c)
{
    return 1.0f / (float)((c.y1 - c.y0) * (c.x1 - c.x0));
}

/* Four sums, so that none waits for the one before. */
static inline vf sum_of(const float *plane, int width, struct clip c)
{
    vf sum[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
    for (int y = c.y0, k = 0; y < c.y1; y++)
        for (int x = c.x0; x < c.x1; x++, k++)
            sum[k & 3] = vf_add(sum[k & 3], vf_load(plane + ((size_t)y * (size_t)width + (size_t)x) * 16));
    return vf_add(vf_add(sum[0], sum[1]), vf_add(sum[2], sum[3]));
}

static void window_mean_forward(const struct mt_window *win, struct mt_shape in, struct mt_shape out,
                                const float *x, float *y)
{
    for (int c = 0; c < out.c; c++, x += (size_t)in.h * (size_t)in.w * 16) {
        for (int oy = 0; oy < out.h; oy++) {
            for (int ox = 0; ox < out.w; ox++, y += 16) {
                struct clip part = clip_window(win, in, oy, ox);
                vf_store(y, vf_mul(sum_of(x, in.w, part), vf_set1(part_of(part))));
            }
        }
    }
}

static void window_mean_backward(const struct mt_window *win, struct mt_shape in, struct mt_shape out,
                                 const float *dy, float *dx)
{
    size_t plane = (size_t)in.h * (size_t)in.w * 16;
    memset(dx, 0, (size_t)in.c * plane * sizeof *dx);
    for (int c = 0; c < out.c; c++, dx += plane) {
        for (int oy = 0; oy < out.h; oy++) {
            for (int ox = 0; ox < out.w; ox++, dy += 16) {
                struct clip part = clip_window(win, in, oy, ox);
                vf share = vf_mul(vf_load(dy), vf_set1(part_of(part)));
                for (int y = part.y0; y < part.y1; y++) {
                    float *row = dx + (size_t)y * (size_t)in.w * 16;
                    for (int x = part.x0; x < part.x1; x++)
                        vf_store(row + (size_t)x * 16, vf_add(vf_load(row + (size_t)x * 16), share));
                }
            }
        }
    }
}

#define MT_WINDOW_KERNELS                                                                                    \
    {                                                                                                        \
        .max_forward = window_max_forward, .max_backward = window_max_backward,                              \
        .mean_forward = window_mean_forward, .mean_backward = window_mean_backward,                          \
    }
