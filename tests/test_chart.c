/* Tests of lib/report's charts: any number of points and classes, gaps, what is not a number, size and bytes.
 */
#include "tests/test.h"

#include <math.h>

#include "lib/core/rng.h"
#include "lib/report/chart.h"
#include "lib/report/svg.h"

static const struct mt_camera camera = {30, 20};

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

/* Attributes hold numbers, groups are closed. */
static void check(struct mt_buf *b)
{
    assert_false(b->failed);
    if (!b->data)
        return;
    assert_null(strstr(b->data, "nan"));
    assert_null(strstr(b->data, "inf"));
    assert_int_equal(count(b->data, "<g"), count(b->data, "</g>"));
    assert_int_equal(count(b->data, "<text"), count(b->data, "</text>"));
    mt_buf_clear(b);
}

struct cloud {
    float *x;
    int32_t *label;
};

static struct cloud make_cloud(int64_t n, int dim, int classes)
{
    struct cloud c = {malloc((size_t)(n * dim) * sizeof(float) + 1), malloc((size_t)n * sizeof(int32_t) + 1)};
    struct mt_rng r;
    mt_rng_init(&r, 3, MT_STREAM_TEST, 0, 0);
    for (int64_t i = 0; i < n; i++) {
        double square = 0;
        c.label[i] = (int32_t)mt_rng_below(&r, (uint32_t)classes);
        for (int d = 0; d < dim; d++) {
            c.x[i * dim + d] = 2 * mt_rng_unit(&r) - 1;
            square += (double)c.x[i * dim + d] * c.x[i * dim + d];
        }
        for (int d = 0; d < dim; d++)
            c.x[i * dim + d] /= (float)sqrt(square);
    }
    return c;
}

static void free_cloud(struct cloud *c)
{
    free(c->x);
    free(c->label);
}

static void draw_points(struct mt_buf *b, int64_t n, int dim, int classes, bool unit)
{
    struct cloud c = make_cloud(n, dim, classes), centers = make_cloud(classes, dim, classes);
    struct mt_chart_points p = {.title = "<&",
                                .n = n,
                                .dim = dim,
                                .x = c.x,
                                .label = c.label,
                                .n_centers = classes,
                                .center = centers.x,
                                .center_label = centers.label,
                                .unit = unit};
    if (dim == 3)
        mt_chart_scatter3d(b, 300, 330, &p, &camera);
    mt_chart_scatter(b, 300, 330, &p, true);
    free_cloud(&c);
    free_cloud(&centers);
}

static void any_number_of_points_and_classes(void **state)
{
    (void)state;
    static const int points[] = {0, 1, 2, 500}, classes[] = {1, 10, 1000};
    struct mt_buf b = {0};
    for (int dim = 2; dim <= 3; dim++)
        for (size_t i = 0; i < sizeof points / sizeof *points; i++)
            for (size_t k = 0; k < sizeof classes / sizeof *classes; k++) {
                draw_points(&b, points[i], dim, classes[k], i % 2);
                check(&b);
            }
    mt_buf_release(&b);
}

static void many_points_are_small_and_the_same_bytes(void **state)
{
    (void)state;
    struct mt_buf a = {0}, b = {0};
    draw_points(&a, 10000, 3, 10, true); /* a view in space and one in the plane */
    draw_points(&b, 10000, 3, 10, true);
    assert_true(a.len < 250000);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    check(&a);
    draw_points(&a, 10000, 3, 1000, true);
    assert_true(a.len < 350000);
    mt_buf_release(&a);
    mt_buf_release(&b);
}

static void what_is_not_finite_is_left_out(void **state)
{
    (void)state;
    static const float x[] = {NAN, 0, 0, 0, INFINITY, 0, 0, 0, -INFINITY, 3e38f, -3e38f, 1e-38f, 0, 0, 0};
    static const int32_t label[] = {0, 1, -1, INT32_MAX, 2};
    struct mt_buf b = {0};
    struct mt_chart_points p = {.n = 5, .dim = 3, .x = x, .label = label};
    mt_chart_scatter3d(&b, 200, 200, &p, &camera);
    assert_int_equal(count(b.data, "h0"), 2); /* the fourth and the fifth */
    check(&b);
    mt_chart_scatter(&b, 200, 200, &p, true);
    check(&b);
    p.label = NULL;
    mt_chart_scatter3d(&b, 1, 1, &p, &camera); /* no room */
    mt_chart_scatter(&b, 1, 1, &p, true);
    check(&b);
    mt_buf_release(&b);
}

/* A point at (0, 0, 1) is straight up; one toward the eye in the middle, and in the last, nearest layer. */
static void the_camera_looks_where_it_should(void **state)
{
    (void)state;
    static const float up[] = {0, 0, 1}, near[] = {0, 1, 0};
    static const struct mt_camera level = {90, 0};
    struct mt_buf b = {0};
    struct mt_chart_points p = {.n = 1, .dim = 3, .x = up, .unit = true};
    mt_chart_scatter3d(&b, 232, 232, &p, &level); /* radius 100 around (116, 116) */
    assert_non_null(strstr(b.data, "d=\"M116 16h0\""));
    check(&b);
    p.x = near;
    mt_chart_scatter3d(&b, 232, 232, &p, &level);
    assert_non_null(strstr(b.data, "d=\"M116 116h0\""));
    assert_true(strstr(b.data, "M116 116h0") > strstr(b.data, "<circle"));
    check(&b);
    static const float right[] = {-1, 0, 0};
    p.x = right;
    mt_chart_scatter3d(&b, 232, 232, &p, &level);
    assert_non_null(strstr(b.data, "d=\"M216 116h0\""));
    check(&b);
    mt_buf_release(&b);
}

static void draw_series(struct mt_buf *b, const double *y, int64_t n, bool log)
{
    double *x = malloc((size_t)n * sizeof *x + 1);
    for (int64_t i = 0; i < n; i++)
        x[i] = (double)i + 1;
    struct mt_chart_series series = {"a<b", y, 3, NULL};
    struct mt_chart_lines c = {
        .title = "t", .x_title = "epoch", .n = n, .x = x, .n_series = 1, .series = &series, .log = log};
    mt_chart_lines(b, 400, 250, &c);
    free(x);
}

/* What the path of a series holds. */
static const char *series_path(const struct mt_buf *b)
{
    const char *title = strstr(b->data, "<title>a&lt;b</title>"), *p = title;
    assert_non_null(title);
    while (strncmp(p, " d=\"", 4))
        p--;
    return p + 4;
}

static int pieces(const struct mt_buf *b)
{
    int n = 0;
    for (const char *p = series_path(b); *p != '"'; p++)
        n += *p == 'm' || *p == 'M';
    return n;
}

static void curves_have_gaps(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    static const double gaps[] = {NAN, 1, 2, NAN, NAN, 3, NAN, 4, 5, INFINITY};
    draw_series(&b, gaps, 10, false);
    assert_int_equal(pieces(&b), 3);
    assert_int_equal(count(series_path(&b), "h0"), 1); /* the 3 between two gaps */
    check(&b);
    static const double logs[] = {0, 0.1, -1, 10, 100};
    draw_series(&b, logs, 5, true);
    assert_int_equal(pieces(&b), 2);
    check(&b);
    static const double none[] = {NAN, NAN};
    draw_series(&b, none, 2, false);
    check(&b);
    draw_series(&b, none, 0, true);
    check(&b);
    mt_buf_release(&b);
}

/* One epoch in a million stands out: it must not be lost between the pieces. */
static void long_curves_keep_their_extremes(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    int64_t n = 1000000;
    double *y = calloc((size_t)n, sizeof *y);
    assert_non_null(y);
    y[777777] = 1;
    draw_series(&b, y, n, false);
    assert_true(b.len < 60000);
    double at = 0, least = 1e9; /* the path's place, in pixels from the top */
    for (const char *p = series_path(&b); *p != '"';) {
        char *end;
        bool absolute = *p == 'M';
        strtod(p + 1, &end);
        double dy = strtod(end, &end);
        at = absolute ? dy : at + dy;
        least = fmin(least, at);
        p = end;
    }
    assert_true(fabs(least - 44) < 0.3); /* the upper edge of the frame, where 1 is */
    check(&b);
    free(y);
    mt_buf_release(&b);
}

static void draw_matrix(struct mt_buf *b, int classes, const char *const *name)
{
    int64_t *counts = calloc((size_t)classes * (size_t)classes + 1, sizeof *counts);
    for (int k = 0; k < classes; k++)
        counts[(int64_t)k * classes + (k % 7 ? k : 0)] = 10 + k;
    struct mt_chart_matrix m = {.title = "c", .classes = {classes, name}, .count = counts};
    mt_chart_matrix(b, 500, 480, &m);
    free(counts);
}

static void matrices_of_any_size(void **state)
{
    (void)state;
    static const int classes[] = {0, 1, 2, 20, 21, 60, 61, 150, 151, 1000};
    static const char *const name[] = {"<b>", NULL};
    struct mt_buf b = {0};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        draw_matrix(&b, classes[i], NULL);
        assert_true(b.len < 100000);
        check(&b);
    }
    draw_matrix(&b, 2, name);
    assert_non_null(strstr(b.data, ">&lt;b&gt;<"));
    assert_non_null(strstr(b.data, "<title>10 (100 %)</title>"));
    check(&b);
    mt_buf_release(&b);
}

static void histograms_count_shares(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    static const float v[] = {-5, 0, 1, 9.99f, 10, 50, NAN, INFINITY, -INFINITY};
    struct mt_chart_histogram h = {
        .title = "h", .high = 10, .bins = 2, .n_series = 2, .series = {{"a", v, 9, 0}, {"b", v, 0, 1}}};
    mt_chart_histograms(&b, 300, 200, &h);
    /* Half of eight values are in each bin: one step, as high as 50 %, the upper edge of the frame. */
    assert_non_null(strstr(b.data, "d=\"M46 162l0-118l242 0l0 118z\""));
    check(&b);
    h.bins = 1000000;
    h.high = 0; /* no width */
    mt_chart_histograms(&b, 300, 200, &h);
    check(&b);
    mt_buf_release(&b);
}

static void legends_name_the_first_classes(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    static const char *const name[] = {"\"a\"", NULL, "", "long enough to be cut off somewhere"};
    struct mt_chart_classes c = {4, name};
    mt_chart_legend(&b, 200, &c);
    assert_non_null(strstr(b.data, ">&quot;a&quot;<"));
    assert_non_null(strstr(b.data, ">1<"));
    assert_non_null(strstr(b.data, ">2<"));
    assert_non_null(strstr(b.data, "…<"));
    check(&b);
    c = (struct mt_chart_classes){1000, NULL};
    assert_true(mt_chart_legend_height(900, &c) < 60);
    mt_chart_legend(&b, 900, &c);
    assert_non_null(strstr(b.data, "and 980 more"));
    check(&b);
    mt_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_points_and_classes),
        cmocka_unit_test(many_points_are_small_and_the_same_bytes),
        cmocka_unit_test(what_is_not_finite_is_left_out),
        cmocka_unit_test(the_camera_looks_where_it_should),
        cmocka_unit_test(curves_have_gaps),
        cmocka_unit_test(long_curves_keep_their_extremes),
        cmocka_unit_test(matrices_of_any_size),
        cmocka_unit_test(histograms_count_shares),
        cmocka_unit_test(legends_name_the_first_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
