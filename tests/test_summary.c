/* Tests of lib/data/summary.c, sheet.c and survey.c: figures of samples, the contact sheet, what a path
 * holds. */
#include "tests/image_files.h"

#include <math.h>

#include "lib/data/image.h"
#include "lib/data/summary.h"

/* Forty samples of 4x6; sample i is filled with i, and its class is i % 2 (of three). */
static void make_data(struct mt_dataset *d, struct mt_view *v, enum mt_pixel pixel)
{
    static char *names[] = {"even", "odd <&>", "none"};
    *d = (struct mt_dataset){.n = 40, .shape = {1, 4, 6}, .pixel = pixel, .classes = 3, .class_name = names};
    d->label = malloc(40 * sizeof *d->label);
    d->pixels = malloc(40 * 24 * sizeof(float));
    for (int i = 0; i < 40; i++) {
        d->label[i] = i % 2;
        for (int k = 0; k < 24; k++)
            if (pixel == MT_PIXEL_U8)
                ((uint8_t *)d->pixels)[i * 24 + k] = (uint8_t)i;
            else
                ((float *)d->pixels)[i * 24 + k] = (float)i;
    }
    assert_int_equal(mt_view_all(v, d, NULL), 0);
}

static void drop_data(struct mt_dataset *d, struct mt_view *v)
{
    mt_view_release(v);
    free(d->label);
    free(d->pixels);
}

static void figures(void **state)
{
    (void)state;
    for (int pixel = 0; pixel < 2; pixel++) {
        struct mt_dataset d;
        struct mt_view v;
        struct mt_summary s;
        make_data(&d, &v, (enum mt_pixel)pixel);
        v.n = 11; /* values 0 to 10 */
        assert_int_equal(mt_summarize(&s, &v, NULL, NULL), 0);
        assert_true(s.min == 0 && s.max == 10 && s.mean == 5);
        assert_true(fabs(s.deviation - sqrt(10)) < 1e-12);
        assert_memory_equal(s.of_class, ((int64_t[]){6, 5, 0}), 24);
        mt_summary_release(&s);
        drop_data(&d, &v);
    }
}

/* 4x6 is enlarged 8 times to 32x48; rows are the two classes that have samples, columns every k / 16th
 * sample. */
static void sheet_pixels(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_view v;
    struct mt_summary s;
    struct mt_buf png = {0};
    struct mt_image image;
    make_data(&d, &v, MT_PIXEL_F32);
    assert_int_equal(mt_summarize(&s, &v, NULL, NULL), 0);
    assert_int_equal(mt_contact_sheet(&v, &s, MT_SHEET_PNG, &png, NULL), 0);
    assert_int_equal(mt_image_decode("sheet", (uint8_t *)png.data, png.len, 1, MT_ALPHA_DROP, &image, NULL),
                     0);
    assert_true(image.h == 2 * 34 + 2 && image.w == 16 * 50 + 2);
    for (int y = 0; y < image.h; y++) {
        for (int x = 0; x < image.w; x++) {
            int row = y / 34, column = x / 50;
            bool gap = y % 34 < 2 || x % 50 < 2;
            int sample = 2 * (column * 20 / 16) + row;
            assert_int_equal(image.data[y * image.w + x], gap ? 255 : lround(sample * 255.0 / 39));
        }
    }
    free(image.data);
    mt_buf_release(&png);
    mt_summary_release(&s);
    drop_data(&d, &v);
}

static void sheet_svg(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_view v;
    struct mt_summary s;
    struct mt_buf svg = {0};
    struct mt_err err;
    make_data(&d, &v, MT_PIXEL_U8);
    d.class_name[0] = (char *)(uintptr_t) "\xff\x01";
    assert_int_equal(mt_summarize(&s, &v, NULL, NULL), 0);
    assert_int_equal(mt_contact_sheet(&v, &s, MT_SHEET_SVG, &svg, NULL), 0);
    assert_contains(svg.data, ">odd &lt;&amp;&gt;<tspan");
    assert_contains(svg.data, ">\xef\xbf\xbd\xef\xbf\xbd<tspan");
    assert_contains(svg.data, ";base64,iVBORw0KGgo"); /* PNG's signature */
    mt_buf_release(&svg);
    d.shape = (struct mt_shape){24, 1, 1};
    assert_int_equal(mt_contact_sheet(&v, &s, MT_SHEET_SVG, &svg, &err), -1);
    assert_contains(err.text, "needs images, and samples are 24 values");
    d.shape.c = 16; /* a square */
    assert_int_equal(mt_contact_sheet(&v, &s, MT_SHEET_SVG, &svg, &err), 0);
    mt_buf_release(&svg);
    mt_summary_release(&s);
    free(d.label); /* without labels: one line */
    d.label = NULL;
    assert_int_equal(mt_summarize(&s, &v, NULL, NULL), 0);
    assert_int_equal(mt_contact_sheet(&v, &s, MT_SHEET_SVG, &svg, &err), 0);
    assert_null(strstr(svg.data, "<text"));
    mt_buf_release(&svg);
    drop_data(&d, &v);
}

static void survey(void **state)
{
    (void)state;
    uint8_t pixels[12 * 10 * 3] = {0};
    struct mt_buf gray = {0}, color = {0};
    struct mt_images_survey s;
    struct mt_err err;
    mkdir(test_path("tree"), 0777);
    mkdir(test_path("tree/k"), 0777);
    png_file(&gray, &(struct png_spec){.w = 5, .h = 3, .depth = 8, .sample = (uint16_t[15]){0}});
    jpeg_file(&color, pixels, 12, 10, 3, false);
    put_file("tree/k/a", gray.data, gray.len);
    put_file("tree/k/b", color.data, color.len);
    put_file("tree/k/c", gray.data, gray.len);
    assert_int_equal(mt_images_survey(test_path("tree"), NULL, &s, &err), 0);
    assert_true(s.n == 3 && s.color == 1 && s.jpeg == 1);
    assert_true(s.min_h == 3 && s.max_h == 12 && s.min_w == 5 && s.max_w == 10);
    put_file("tree/k/d", "x", 1);
    assert_int_equal(mt_images_survey(test_path("tree"), NULL, &s, &err), -1);
    assert_contains(err.text, "tree/k/d: is neither PNG nor JPEG");

    uint8_t idx[64], gz[128];
    size_t n = idx_head(idx, 0x08, (uint32_t[]){1, 0}) + 1;
    assert_ptr_equal(mt_format_guess(test_path("tree"), &err), &mt_format_images.kind);
    assert_ptr_equal(mt_format_guess(put_file("i", idx, n), &err), &mt_format_idx.kind);
    assert_ptr_equal(mt_format_guess(put_file("i.gz", gz, gzip_bytes(idx, n, gz, sizeof gz)), &err),
                     &mt_format_idx.kind);
    assert_ptr_equal(mt_format_guess(put_file("c", "1,2\n", 4), &err), &mt_format_csv.kind);
    assert_null(mt_format_guess(test_path("nothing"), &err));
    assert_contains(err.text, "cannot open");
    mt_buf_release(&gray);
    mt_buf_release(&color);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures),
        cmocka_unit_test(sheet_pixels),
        cmocka_unit_test(sheet_svg),
        cmocka_unit_test(survey),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
