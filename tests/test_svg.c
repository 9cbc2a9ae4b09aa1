/* Tests of lib/report's drawings: numbers, escaping, paths, axes and colors. */
#include "tests/test.h"

#include <math.h>

#include "lib/report/markup.h"
#include "lib/report/palette.h"
#include "lib/report/scale.h"
#include "lib/report/svg.h"

static void assert_near(double value, double want, double slack)
{
    assert_true(fabs(value - want) <= slack);
}

static void expect_number(double value, const char *text)
{
    struct mt_buf b = {0};
    mt_svg_number(&b, value);
    assert_string_equal(b.data, text);
    mt_buf_release(&b);
}

static void numbers_are_short_and_never_exponents(void **state)
{
    (void)state;
    expect_number(0, "0");
    expect_number(-0.0, "0");
    expect_number(0.004, "0");
    expect_number(-0.004, "0");
    expect_number(0.005, ".01");
    expect_number(-0.5, "-.5");
    expect_number(12.5, "12.5");
    expect_number(100, "100");
    expect_number(1.05, "1.05");
    expect_number(99.999, "100");
    expect_number(1e300, "1000000");
    expect_number(-1e300, "-1000000");
    expect_number(NAN, "0");
    expect_number(INFINITY, "0");
}

static void expect_markup(const char *text, const char *want)
{
    struct mt_buf b = {0};
    mt_markup_text(&b, text);
    assert_string_equal(b.data ? b.data : "", want);
    mt_buf_release(&b);
}

static void hostile_text_is_harmless(void **state)
{
    (void)state;
    expect_markup("", "");
    expect_markup("a<b> & \"c\" 'd'", "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
    expect_markup("</title><script>alert(1)</script>", "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect_markup("\x01\x1f\x7f\t\n", "\ufffd\ufffd\ufffd\ufffd\ufffd");
    expect_markup("\u202eabc\u2066\u200f", "\ufffdabc\ufffd\ufffd");
    expect_markup("\xef\xbf\xbe\xef\xbf\xbf", "\ufffd\ufffd"); /* U+FFFE, U+FFFF: not in XML */
    expect_markup("\xc2\x85", "\ufffd");                       /* a control character of the second kind */
    expect_markup("\xff\xc3(", "\ufffd\ufffd(");
    expect_markup("\xed\xa0\x80", "\ufffd\ufffd\ufffd"); /* half of a surrogate pair */
    expect_markup("é 日本 \U0001f600", "é 日本 \U0001f600");
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    mt_markup_short(&b, "日本語<", 4);
    assert_string_equal(b.data, "日本語&lt;");
    mt_buf_clear(&b);
    mt_markup_short(&b, "日本語<<", 4);
    assert_string_equal(b.data, "日本語…");
    mt_buf_clear(&b);
    mt_markup_short(&b, "ab", 1);
    assert_string_equal(b.data, "…");
    mt_buf_release(&b);
}

static void paths_are_short(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    struct mt_svg_path p;
    mt_svg_path_begin(&p, &b, &(struct mt_svg_style){.stroke = "#123456", .width = 3, .round = true});
    mt_svg_path_dot(&p, 10, 20);
    mt_svg_path_dot(&p, 10.04, 19.96); /* rounds to the same place */
    mt_svg_path_dot(&p, NAN, 1);
    mt_svg_path_move(&p, 9.5, 20.25);
    mt_svg_path_line(&p, 10, 20);
    mt_svg_path_line(&p, 10, INFINITY); /* a gap */
    mt_svg_path_line(&p, 11, 21);
    mt_svg_path_line(&p, 12, 21);
    mt_svg_path_close(&p);
    mt_svg_path_line(&p, 0, 0);
    mt_svg_path_end(&p);
    assert_string_equal(b.data,
                        "<path stroke=\"#123456\" stroke-width=\"3\" stroke-linecap=\"round\" "
                        "stroke-linejoin=\"round\" d=\"M10 20h0m0 0h0m-.5 .3l.5-.3m1 1l1 0zm-11-21\"/>\n");
    mt_buf_clear(&b);
    mt_svg_path_begin(&p, &b, &(struct mt_svg_style){.tip = "<&>"});
    mt_svg_path_end(&p);
    assert_string_equal(b.data, "<path d=\"M0 0\"><title>&lt;&amp;&gt;</title></path>\n");
    mt_buf_release(&b);
}

/* Rounded differences must not add up to a drift. */
static void paths_do_not_drift(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    struct mt_svg_path p;
    mt_svg_path_begin(&p, &b, NULL);
    for (int i = 0; i <= 1000; i++)
        mt_svg_path_line(&p, i * 0.333, i * 0.037);
    assert_int_equal(p.x, 3330);
    assert_int_equal(p.y, 370);
    mt_svg_path_end(&p);
    mt_buf_release(&b);
}

static void drawings_follow_their_surroundings(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    mt_svg_begin(&b, &(struct mt_svg){.width = 10, .height = 20, .title = "a<b", .desc = "c\"d"});
    mt_svg_text(&b, 1, 2, "t", NULL);
    mt_svg_end(&b);
    assert_non_null(strstr(b.data, "<title>a&lt;b</title><desc>c&quot;d</desc>"));
    assert_non_null(strstr(b.data, "viewBox=\"0 0 10 20\""));
    assert_non_null(strstr(b.data, "fill=\"currentColor\""));
    assert_null(strstr(b.data, "<style")); /* would rule the page around it */
    assert_null(strstr(b.data, " id="));
    mt_buf_clear(&b);
    mt_svg_begin(&b, &(struct mt_svg){.width = 1, .height = 1, .title = "t", .standalone = true});
    assert_non_null(strstr(b.data, "prefers-color-scheme:dark"));
    mt_buf_release(&b);
}

/* --- axes --- */

static void check_ticks(const struct mt_axis *a)
{
    assert_true(a->low < a->high);
    assert_in_range(a->n_ticks, 1, MT_AXIS_TICKS);
    double slack = 1e-6 * (a->high - a->low);
    for (int i = 0; i < a->n_ticks; i++) {
        char text[32];
        assert_true(a->tick[i] >= a->low - slack && a->tick[i] <= a->high + slack);
        assert_true(i == 0 || a->tick[i] > a->tick[i - 1]);
        mt_axis_label(a, i, text);
        assert_true(fabs(strtod(text, NULL) - a->tick[i]) <= 1e-5 * (fabs(a->low) + fabs(a->high)));
    }
}

static void linear_ticks_are_round_numbers(void **state)
{
    (void)state;
    static const double v[] = {0,    1,    -1,     0.3, 0.97,     1.0000001, 1e-12, 1e12, 1e300, -1e300,
                               1234, -5e7, 1e-300, NAN, INFINITY, -INFINITY, 180,   0.1,  -0.1,  3};
    struct mt_axis a;
    char text[32];
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        for (size_t k = 0; k < sizeof v / sizeof *v; k++)
            for (int most = 1; most < 14; most += 3) {
                mt_axis_linear(&a, v[i], v[k], most, false);
                check_ticks(&a);
                if (isfinite(v[i]) && isfinite(v[k])) {
                    double slack = 1e-6 * (a.high - a.low);
                    assert_true(a.low <= fmin(v[i], v[k]) + slack && a.high >= fmax(v[i], v[k]) - slack);
                }
            }
    mt_axis_linear(&a, 0.001, 0.001, 6, false); /* one value: it can be read off */
    assert_true(a.low > 0.0 && a.low < 0.001 && a.high > 0.001 && a.high < 0.003 && a.n_ticks > 1);
    mt_axis_linear(&a, 0.13, 0.97, 5, false);
    assert_int_equal(a.n_ticks, 6);
    mt_axis_label(&a, 1, text);
    assert_string_equal(text, "0.2");
    assert_near(a.low, 0, 1e-12);
    assert_near(a.high, 1, 1e-12);
    mt_axis_linear(&a, 0, 180, 6, true);
    a.from = 200;
    a.to = 20;
    assert_near(mt_axis_at(&a, 90), 110, 1e-9);
    mt_axis_label(&a, a.n_ticks - 1, text);
    assert_string_equal(text, "150");
}

static void logarithmic_ticks_are_round_numbers(void **state)
{
    (void)state;
    static const double v[] = {0, 1, -1, 1e-3, 0.02, 5, 1e-300, 1e300, NAN, INFINITY, 3000, 1.00001};
    struct mt_axis a;
    char text[32];
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        for (size_t k = 0; k < sizeof v / sizeof *v; k++) {
            mt_axis_log(&a, v[i], v[k], 6);
            assert_true(a.low > 0 && a.low < a.high);
            assert_in_range(a.n_ticks, 0, 12);
        }
    mt_axis_log(&a, 1e-4, 1, 6);
    assert_int_equal(a.n_ticks, 5);
    mt_axis_label(&a, 0, text);
    assert_string_equal(text, "0.0001");
    assert_near(mt_axis_at(&a, 1e-2), 0.5, 1e-12);
    assert_true(isnan(mt_axis_at(&a, 0)));
    mt_axis_log(&a, 1.5, 7, 6);
    assert_int_equal(a.n_ticks, 2); /* 2 and 5 */
}

static void ranges_pass_over_what_is_missing(void **state)
{
    (void)state;
    double v[] = {NAN, 3, -2, INFINITY, 0, 5}, low, high;
    assert_true(mt_axis_range(v, 6, false, &low, &high));
    assert_true(low == -2 && high == 5);
    assert_true(mt_axis_range(v, 6, true, &low, &high));
    assert_true(low == 3 && high == 5);
    assert_false(mt_axis_range(v, 1, false, &low, &high));
    assert_false(mt_axis_range(v, 0, false, &low, &high));
}

/* --- colors --- */

static double linear(double c)
{
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* linear sRGB to OKLab (B. Ottosson, 2020) */
static void oklab(const double rgb[3], double lab[3])
{
    double r = rgb[0], g = rgb[1], b = rgb[2];
    double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
    lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
    lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

static double distance(const double a[3], const double b[3])
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

/* As eyes see it that have all cones, or lack the first, second or third kind (Machado and others, 2009). */
static const double eyes[4][3][3] = {
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
    {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
};

static void seen(uint32_t rgb, int eye, double lab[3])
{
    double c[3] = {linear((rgb >> 16 & 255) / 255.0), linear((rgb >> 8 & 255) / 255.0),
                   linear((rgb & 255) / 255.0)};
    double out[3];
    for (int i = 0; i < 3; i++)
        out[i] = fmin(fmax(eyes[eye][i][0] * c[0] + eyes[eye][i][1] * c[1] + eyes[eye][i][2] * c[2], 0), 1);
    oklab(out, lab);
}

static uint32_t class_rgb(int k)
{
    const char *text = mt_palette_class(k);
    assert_int_equal(text[0], '#');
    assert_int_equal(strlen(text), 7);
    return (uint32_t)strtoul(text + 1, NULL, 16);
}

static void class_colors_differ_for_all_eyes(void **state)
{
    (void)state;
    assert_true(MT_PALETTE_CLASSES >= 10);
    for (int eye = 0; eye < 4; eye++)
        for (int i = 0; i < MT_PALETTE_CLASSES; i++)
            for (int k = 0; k < i; k++) {
                double a[3], b[3];
                seen(class_rgb(i), eye, a);
                seen(class_rgb(k), eye, b);
                assert_true(distance(a, b) > (eye == 0 ? 0.15 : 0.1)); /* 0.02 is just seen */
            }
    assert_string_equal(mt_palette_class(MT_PALETTE_CLASSES), mt_palette_class(0));
    assert_non_null(mt_palette_class(INT32_MAX));
}

static void class_colors_stand_out_on_light_and_dark(void **state)
{
    (void)state;
    for (int k = 0; k < MT_PALETTE_CLASSES; k++) {
        uint32_t c = class_rgb(k);
        double y = 0.2126 * linear((c >> 16 & 255) / 255.0) + 0.7152 * linear((c >> 8 & 255) / 255.0) +
                   0.0722 * linear((c & 255) / 255.0);
        assert_true(1.05 / (y + 0.05) > 1.7);
        assert_true((y + 0.05) / (0.0092 + 0.05) > 2.6);
    }
}

static void value_colors_grow_evenly(void **state)
{
    (void)state;
    double before[3], now[3], least = 9, most = 0;
    for (int i = 0; i <= 16; i++) {
        struct mt_color c = mt_palette_value(i / 16.0);
        seen((uint32_t)(c.r << 16 | c.g << 8 | c.b), 0, now);
        if (i > 0) {
            assert_true(now[0] > before[0]); /* lighter */
            least = fmin(least, distance(now, before));
            most = fmax(most, distance(now, before));
        }
        memcpy(before, now, sizeof now);
    }
    assert_true(most < 1.08 * least);
    char text[MT_COLOR_TEXT], end[MT_COLOR_TEXT];
    assert_string_equal(mt_color_text(mt_palette_value(NAN), text), "#808080");
    assert_string_equal(mt_color_text(mt_palette_value(-3), text), mt_color_text(mt_palette_value(0), end));
    assert_string_equal(mt_color_text(mt_palette_value(1e300), text),
                        mt_color_text(mt_palette_value(1), end));
    assert_true(mt_color_is_dark(mt_palette_value(0)));
    assert_false(mt_color_is_dark(mt_palette_value(1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_short_and_never_exponents),
        cmocka_unit_test(hostile_text_is_harmless),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(paths_are_short),
        cmocka_unit_test(paths_do_not_drift),
        cmocka_unit_test(drawings_follow_their_surroundings),
        cmocka_unit_test(linear_ticks_are_round_numbers),
        cmocka_unit_test(logarithmic_ticks_are_round_numbers),
        cmocka_unit_test(ranges_pass_over_what_is_missing),
        cmocka_unit_test(class_colors_differ_for_all_eyes),
        cmocka_unit_test(class_colors_stand_out_on_light_and_dark),
        cmocka_unit_test(value_colors_grow_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
