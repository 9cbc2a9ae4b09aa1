/* Tests of the transforms of samples: each against its definition, computed here by itself and in double
 * precision, on 8-bit and floating-point samples. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/data/image.h"
#include "lib/data/rotate.h"
#include "lib/data/warp.h"

#define ROOM 4096 /* values of the largest sample here */

struct sample {
    struct mt_form form;
    uint8_t u8[ROOM];
    float f32[ROOM];
};

static max_align_t scratch_room[16384];

static void *pixels(struct sample *s)
{
    return s->form.pixel == MT_PIXEL_U8 ? (void *)s->u8 : (void *)s->f32;
}

static double value(const struct sample *s, int c, int y, int x)
{
    int at = (c * s->form.shape.h + y) * s->form.shape.w + x;
    return s->form.pixel == MT_PIXEL_U8 ? s->u8[at] : (double)s->f32[at];
}

static void make(struct sample *s, int c, int h, int w, enum mt_pixel pixel, uint32_t seed)
{
    struct mt_rng r;
    memset(s, 0, sizeof *s);
    s->form = (struct mt_form){{c, h, w}, pixel, 255};
    assert_true(c * h * w <= ROOM);
    mt_rng_init(&r, seed, MT_STREAM_TEST, 0, 0);
    for (int i = 0; i < c * h * w; i++) {
        s->u8[i] = (uint8_t)mt_rng_u32(&r);
        s->f32[i] = (float)(100 * mt_rng_normal(&r));
    }
}

static struct sample out_of(const struct sample *s)
{
    struct sample out = {.form = s->form};
    return out;
}

static void expect_same(struct sample *a, struct sample *b)
{
    assert_memory_equal(pixels(a), pixels(b), mt_form_bytes(&a->form));
}

/* Applies `name` with the fields that `cfg` holds. */
static void apply(const struct mt_transform_type *t, const void *cfg, struct sample *in, struct sample *out,
                  struct mt_rng *r)
{
    struct mt_err err;
    if (t->accept && t->accept(cfg, &in->form, &err) < 0)
        fail_msg("%s", err.text);
    *out = out_of(in);
    assert_true(!t->scratch || t->scratch(cfg, &in->form) <= sizeof scratch_room);
    t->apply(cfg, &in->form, r, pixels(in), pixels(out), scratch_room);
}

/* A place beyond the sample holds `fill`, or what is nearest to it. */
static double beyond(const struct sample *s, int c, int y, int x, double fill)
{
    int H = s->form.shape.h, W = s->form.shape.w;
    bool outside = y < 0 || y >= H || x < 0 || x >= W;
    if (outside && !isnan(fill))
        return fill;
    y = y < 0 ? 0 : y >= H ? H - 1 : y;
    x = x < 0 ? 0 : x >= W ? W - 1 : x;
    return value(s, c, y, x);
}

static double bilinear(const struct sample *s, int c, double y, double x, double fill)
{
    int i = (int)floor(y), j = (int)floor(x);
    double u = y - i, v = x - j;
    return (1 - u) * ((1 - v) * beyond(s, c, i, j, fill) + v * beyond(s, c, i, j + 1, fill)) +
           u * ((1 - v) * beyond(s, c, i + 1, j, fill) + v * beyond(s, c, i + 1, j + 1, fill));
}

/* Within rounding of what it should be. */
static void expect_near(const struct sample *s, int c, int y, int x, double want)
{
    double got = value(s, c, y, x), tolerance = s->form.pixel == MT_PIXEL_U8 ? 0.5 + 1e-3 : 1e-3;
    if (!(fabs(got - want) <= tolerance))
        fail_msg("(%d,%d,%d): %g, not %g", c, y, x, got, want);
}

#define FOR_PIXELS(s)                                                                                        \
    for (int c = 0; c < (s).form.shape.c; c++)                                                               \
        for (int y = 0; y < (s).form.shape.h; y++)                                                           \
            for (int x = 0; x < (s).form.shape.w; x++)

static void a_quarter_turn_is_exact(void **state)
{
    (void)state;
    for (int pixel = MT_PIXEL_U8; pixel <= MT_PIXEL_F32; pixel++) {
        for (int n = 7; n <= 8; n++) {
            struct sample in, out, back;
            make(&in, 3, n, n, (enum mt_pixel)pixel, 1);
            back = out = out_of(&in);
            mt_rotate_by(&in.form, 90, 9, pixels(&in), pixels(&out), scratch_room);
            FOR_PIXELS(in) /* counterclockwise: the right column is the top row */
            assert_true(value(&out, c, y, x) == value(&in, c, x, n - 1 - y));
            mt_rotate_by(&in.form, -90, 9, pixels(&out), pixels(&back), scratch_room);
            expect_same(&in, &back);
            mt_rotate_by(&in.form, 180, NAN, pixels(&in), pixels(&out), scratch_room);
            FOR_PIXELS(in)
            assert_true(value(&out, c, y, x) == value(&in, c, n - 1 - y, n - 1 - x));
            mt_rotate_by(&in.form, 0, NAN, pixels(&in), pixels(&out), scratch_room);
            expect_same(&in, &out);
        }
    }
}

static void a_turn_is_bilinear(void **state)
{
    (void)state;
    for (int k = 0; k < 24; k++) {
        struct sample in, out;
        double degrees = k * 17 - 200, fill = k % 2 ? NAN : 40, a = degrees * acos(-1) / 180;
        make(&in, 1 + k % 3, 5 + k % 7, 16 - k % 5, k % 4 < 2 ? MT_PIXEL_U8 : MT_PIXEL_F32, (uint32_t)k);
        out = out_of(&in);
        double cy = (in.form.shape.h - 1) / 2.0, cx = (in.form.shape.w - 1) / 2.0;
        mt_rotate_by(&in.form, degrees, fill, pixels(&in), pixels(&out), scratch_room);
        FOR_PIXELS(in)
        {
            double p = y - cy, q = x - cx;
            double from_y = cy + p * cos(a) + q * sin(a), from_x = cx - p * sin(a) + q * cos(a);
            expect_near(&out, c, y, x, bilinear(&in, c, from_y, from_x, fill));
        }
    }
}

static void shifts_are_exact(void **state)
{
    (void)state;
    for (int down = -4; down <= 4; down++) {
        for (int right = -6; right <= 6; right++) {
            for (int k = 0; k < 4; k++) {
                struct sample in, out;
                double fill = k % 2 ? NAN : 17;
                make(&in, 2, 5, 7, k < 2 ? MT_PIXEL_U8 : MT_PIXEL_F32, 2);
                out = out_of(&in);
                mt_move(&in.form, down, right, fill, pixels(&in), pixels(&out));
                FOR_PIXELS(in)
                assert_true(value(&out, c, y, x) == beyond(&in, c, y - down, x - right, fill));
            }
        }
    }
}

/* The fields of the transforms, as their tables lay them out. */
struct flip {
    int axis;
    double probability;
};

static void flips_exchange_and_take_back(void **state)
{
    (void)state;
    for (int k = 0; k < 4; k++) {
        struct sample in, out, back;
        struct mt_rng r;
        struct flip always = {.axis = k % 2, .probability = 1}, never = {.axis = k % 2};
        mt_rng_init(&r, 3, MT_STREAM_TEST, 0, 0);
        make(&in, 3, 4, 9, k < 2 ? MT_PIXEL_U8 : MT_PIXEL_F32, 3);
        apply(&mt_flip, &always, &in, &out, &r);
        FOR_PIXELS(in)
        assert_true(value(&out, c, y, x) == (k % 2 ? value(&in, c, 3 - y, x) : value(&in, c, y, 8 - x)));
        apply(&mt_flip, &always, &out, &back, &r);
        expect_same(&in, &back);
        apply(&mt_flip, &never, &in, &out, &r);
        expect_same(&in, &out);
    }
}

/* A crop is what the resampling of image files makes of the part, but for rounding. */
static void a_crop_is_enlarged_like_an_image(void **state)
{
    (void)state;
    struct margins {
        double top, bottom, left, right;
    } m[] = {{0, 0, 0, 0}, {3, 2, 1, 4}, {0.25, 0, 0, 0.5}, {5, 6, 0, 0}, {0, 0.1, 7, 8}};
    for (size_t k = 0; k < sizeof m / sizeof *m; k++) {
        struct sample in, out, expected;
        struct mt_image part = {.channels = 3};
        uint8_t data[ROOM];
        make(&in, 3, 12, 16, MT_PIXEL_U8, 4);
        int top = (int)lround(m[k].top < 1 ? m[k].top * 12 : m[k].top),
            left = (int)lround(m[k].left < 1 ? m[k].left * 16 : m[k].left);
        part.h = 12 - top - (int)lround(m[k].bottom < 1 ? m[k].bottom * 12 : m[k].bottom);
        part.w = 16 - left - (int)lround(m[k].right < 1 ? m[k].right * 16 : m[k].right);
        part.data = data;
        for (int y = 0; y < part.h; y++)
            for (int x = 0; x < part.w; x++)
                for (int c = 0; c < 3; c++)
                    data[(y * part.w + x) * 3 + c] = (uint8_t)value(&in, c, top + y, left + x);
        expected = out_of(&in);
        assert_int_equal(mt_image_resize(&part, 12, 16, expected.u8, NULL), 0);
        apply(&mt_crop, &m[k], &in, &out, NULL);
        int differ = 0;
        FOR_PIXELS(in)
        {
            double d = fabs(value(&out, c, y, x) - value(&expected, c, y, x));
            assert_true(d <= 1);
            differ += d > 0;
        }
        assert_true(differ <= 6); /* values halfway between two */
    }
}

struct random_crop {
    struct mt_reals area;
    int64_t padding;
    double fill;
};

/* Every shift up to the padding comes up, and no other. */
static void padding_shifts(void **state)
{
    (void)state;
    struct random_crop cfg = {.padding = 2, .fill = 0};
    struct sample in, out, expected;
    struct mt_rng r;
    int seen[5][5] = {{0}};
    mt_rng_init(&r, 5, MT_STREAM_TEST, 0, 0);
    make(&in, 1, 6, 6, MT_PIXEL_U8, 5);
    expected = out_of(&in);
    for (int k = 0; k < 1000; k++) {
        int found = 0;
        apply(&mt_random_crop, &cfg, &in, &out, &r);
        for (int shift = 0; shift < 25; shift++) {
            mt_move(&in.form, shift / 5 - 2, shift % 5 - 2, 0, in.u8, expected.u8);
            if (memcmp(expected.u8, out.u8, 36) == 0) {
                seen[shift / 5][shift % 5]++;
                found++;
            }
        }
        assert_int_equal(found, 1);
    }
    for (int shift = 0; shift < 25; shift++)
        assert_in_range(seen[shift / 5][shift % 5], 15, 75);
}

/* Half of the area of 10x10 is 7x7, at one of 16 places. */
static void areas_are_cut_out_anywhere(void **state)
{
    (void)state;
    double half[2] = {0.5, 0.5};
    struct random_crop cfg = {.area = {half, 2}, .padding = MT_UNSET_INT, .fill = NAN};
    struct sample in, out, expected;
    struct mt_rng r;
    int seen[16] = {0};
    mt_rng_init(&r, 6, MT_STREAM_TEST, 0, 0);
    make(&in, 2, 10, 10, MT_PIXEL_F32, 6);
    expected = out_of(&in);
    for (int k = 0; k < 400; k++) {
        int found = 0;
        apply(&mt_random_crop, &cfg, &in, &out, &r);
        for (int at = 0; at < 16; at++) {
            mt_enlarge(&in.form, at / 4, at % 4, 7, 7, in.f32, expected.f32, scratch_room);
            if (memcmp(expected.f32, out.f32, 200 * sizeof(float)) == 0) {
                seen[at]++;
                found++;
            }
        }
        assert_int_equal(found, 1);
    }
    for (int at = 0; at < 16; at++)
        assert_in_range(seen[at], 8, 50);
}

static void factors(void **state)
{
    (void)state;
    const double f[] = {0, 0.5, 1, 1.7};
    for (int k = 0; k < 8; k++) {
        struct sample in, bright, contrast;
        double range[2] = {f[k % 4], f[k % 4]}, mean = 0;
        struct mt_reals cfg = {range, 2};
        struct mt_rng r;
        mt_rng_init(&r, 7, MT_STREAM_TEST, 0, 0);
        make(&in, 3, 6, 5, k < 4 ? MT_PIXEL_U8 : MT_PIXEL_F32, 7);
        in.form.top = 200;
        for (int i = 0; i < 90; i++)
            in.u8[i] = (uint8_t)(in.u8[i] % 201);
        FOR_PIXELS(in)
        mean += value(&in, c, y, x) / 90;
        apply(&mt_brightness, &cfg, &in, &bright, &r);
        apply(&mt_contrast, &cfg, &in, &contrast, &r);
        FOR_PIXELS(in)
        {
            double v = value(&in, c, y, x), b = f[k % 4] * v, d = mean + f[k % 4] * (v - mean);
            expect_near(&bright, c, y, x, k < 4 ? fmin(b, 200) : b);
            expect_near(&contrast, c, y, x, k < 4 ? fmax(0, fmin(d, 200)) : d);
        }
    }
}

/* (top (cdf(v) - cdf_min) / (n - cdf_min)), with cdf counted for each value anew. */
static double equalized(const struct sample *s, int c, double v)
{
    int n = s->form.shape.h * s->form.shape.w, up_to = 0, first = 0;
    const uint8_t *plane = s->u8 + c * n;
    uint8_t least = 255;
    for (int i = 0; i < n; i++)
        least = plane[i] < least ? plane[i] : least;
    for (int i = 0; i < n; i++) {
        up_to += plane[i] <= v;
        first += plane[i] == least;
    }
    return first == n ? v : s->form.top * (double)(up_to - first) / (n - first);
}

static void dark_squares(struct sample *s, int seed)
{
    make(s, 2, 11, 13, MT_PIXEL_U8, (uint32_t)seed);
    for (int i = 0; i < 2 * 11 * 13; i++)
        s->u8[i] = (uint8_t)(s->u8[i] * s->u8[i] / 900);
}

static void equalization_is_the_formula(void **state)
{
    (void)state;
    for (int k = 0; k < 6; k++) {
        struct sample in, out;
        dark_squares(&in, k);
        in.form.top = k % 2 ? 100 : 255;
        if (k == 4)
            memset(in.u8, 77, 11 * 13); /* one value alone */
        apply(&mt_equalize, NULL, &in, &out, NULL);
        FOR_PIXELS(in)
        expect_near(&out, c, y, x, equalized(&in, c, value(&in, c, y, x)));
    }
}

struct clahe {
    struct mt_ints tiles;
    double clip;
};

/* Of one tile, by the definition. */
static double tile_level(const struct sample *s, int c, const int box[4], double clip, int v)
{
    double count[256] = {0}, n = (box[1] - box[0]) * (box[3] - box[2]), excess = 0, up_to = 0, first = 0;
    int levels = s->form.top + 1;
    for (int y = box[0]; y < box[1]; y++)
        for (int x = box[2]; x < box[3]; x++)
            count[(int)value(s, c, y, x)]++;
    for (int b = 0; clip > 0 && b < 256; b++) {
        double over = count[b] - clip * n / levels;
        excess += over > 0 ? over : 0;
        count[b] -= over > 0 ? over : 0;
    }
    for (int b = 0; b < levels; b++)
        count[b] += excess / levels;
    for (int b = 0; b < 256 && first == 0; b++)
        first = count[b];
    for (int b = 0; b <= v; b++)
        up_to += count[b];
    return up_to < first ? 0 : n - first > 1e-9 ? s->form.top * (up_to - first) / (n - first) : v;
}

/* Weight of tile t at `at`: 1 at its center, 0 at its neighbors', constant beyond the outermost centers. */
static double tile_weight(int t, int tiles, int n, double at)
{
    double center[8];
    for (int k = 0; k < tiles; k++)
        center[k] = (k * n / tiles + (k + 1) * n / tiles - 1) / 2.0;
    at = fmax(center[0], fmin(center[tiles - 1], at));
    if (t > 0 && at < center[t])
        return fmax(0, (at - center[t - 1]) / (center[t] - center[t - 1]));
    if (t + 1 < tiles && at > center[t])
        return fmax(0, (center[t + 1] - at) / (center[t + 1] - center[t]));
    return 1;
}

static void tiles_are_mixed(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        struct sample in, out;
        int64_t tiles[2] = {1 + k % 4, 1 + k / 2 % 5};
        struct clahe cfg = {{tiles, 2}, k % 3 ? 1 + k : 0};
        int down = (int)tiles[0], across = (int)tiles[1];
        dark_squares(&in, k);
        in.form.top = k % 2 ? 100 : 255;
        apply(&mt_clahe, &cfg, &in, &out, NULL);
        FOR_PIXELS(in)
        {
            double want = 0;
            for (int t = 0; t < down * across; t++) {
                int ty = t / across, tx = t % across;
                int box[4] = {ty * 11 / down, (ty + 1) * 11 / down, tx * 13 / across, (tx + 1) * 13 / across};
                double weight = tile_weight(ty, down, 11, y) * tile_weight(tx, across, 13, x);
                if (weight > 0)
                    want += weight * tile_level(&in, c, box, cfg.clip, (int)value(&in, c, y, x));
            }
            expect_near(&out, c, y, x, want);
        }
    }
}

static void one_tile_without_limit_is_equalization(void **state)
{
    (void)state;
    struct sample in, a, b;
    int64_t one = 1;
    struct clahe cfg = {{&one, 1}, 0};
    dark_squares(&in, 9);
    apply(&mt_equalize, NULL, &in, &a, NULL);
    apply(&mt_clahe, &cfg, &in, &b, NULL);
    expect_same(&a, &b);
    assert_memory_not_equal(in.u8, a.u8, 2 * 11 * 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quarter_turn_is_exact),
        cmocka_unit_test(a_turn_is_bilinear),
        cmocka_unit_test(shifts_are_exact),
        cmocka_unit_test(flips_exchange_and_take_back),
        cmocka_unit_test(a_crop_is_enlarged_like_an_image),
        cmocka_unit_test(padding_shifts),
        cmocka_unit_test(areas_are_cut_out_anywhere),
        cmocka_unit_test(factors),
        cmocka_unit_test(equalization_is_the_formula),
        cmocka_unit_test(tiles_are_mixed),
        cmocka_unit_test(one_tile_without_limit_is_equalization),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
