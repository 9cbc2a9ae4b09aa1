/* Tests of lib/data/csv*.c and number.c: shapes, columns, sizes, threads; the grammar is in
 * test_csv_grammar.c. */
#include "tests/csv_load.h"

#include <float.h>
#include <math.h>

#include "lib/core/buf.h"
#include "lib/data/number.h"

static void shapes(void **state)
{
    (void)state;
    static const struct mt_load_options options = {.labels = true};
    struct mt_dataset d;
    struct mt_err err;
    struct mt_csv_cfg cfg = plain_cfg(put_file("s.csv", "0,1,2,3,4,5,6\n1,1,2,3,4,5,6\n", 28));
    cfg.label = (char *)(uintptr_t) "first";
    cfg.shape = (struct mt_ints){(int64_t[]){2, 3}, 2};
    assert_int_equal(load(&cfg, &options, &d, &err), 0);
    assert_true(d.shape.c == 1 && d.shape.h == 2 && d.shape.w == 3);
    struct mt_load_options like = {.labels = true, .like = &d};
    struct mt_dataset test;
    cfg.shape.n = 0; /* follows the training data */
    assert_int_equal(load(&cfg, &like, &test, &err), 0);
    assert_true(test.shape.h == 2 && test.shape.w == 3);
    mt_dataset_release(&test);
    mt_dataset_release(&d);
    cfg.shape = (struct mt_ints){(int64_t[]){3, 1, 2}, 3};
    assert_int_equal(load(&cfg, &options, &d, &err), 0);
    assert_true(d.shape.c == 3 && d.shape.h == 1 && d.shape.w == 2);
    mt_dataset_release(&d);
    cfg.shape = (struct mt_ints){(int64_t[]){3, 3}, 2};
    assert_int_equal(load(&cfg, &options, &d, &err), -1);
    assert_contains(err.text, "has 6 columns of values, which is not 3x3");
    const char *key;
    cfg.shape = (struct mt_ints){(int64_t[]){5, 3, 3}, 3};
    assert_int_equal(mt_format_csv.kind.check(&cfg, &key, &err), -1);
    assert_string_equal(key, "shape");
}

static void ignored_columns(void **state)
{
    (void)state;
    static const struct mt_load_options options = {.labels = true};
    struct mt_dataset d;
    struct mt_err err;
    const char *text = ",file,label,a,b\n0,x.png,4,1,2\n1,y.png,5,3,4\n";
    struct mt_csv_cfg cfg = plain_cfg(put_file("i.csv", text, strlen(text)));
    assert_int_equal(load(&cfg, &options, &d, &err), -1);
    assert_contains(
        err.text,
        ":2:3: field 2, \"x.png\", is not a number; correct it, or name such columns with label or ignore");
    cfg.ignore = (struct mt_strings){(char *[]){(char *)(uintptr_t) "file", (char *)(uintptr_t) "0"}, 2};
    assert_int_equal(load(&cfg, &options, &d, &err), 0);
    assert_int_equal(d.shape.c, 2);
    assert_memory_equal(d.pixels, "\1\2\3\4", 4);
    mt_dataset_release(&d);
    cfg.ignore.v[0] = (char *)(uintptr_t) "files";
    assert_int_equal(load(&cfg, &options, &d, &err), -1);
    assert_contains(err.text, "has no column \"files\"");
}

/* predict: the label column may be there or not. */
static void without_labels(void **state)
{
    (void)state;
    struct mt_dataset train = {.shape = {2, 1, 1}, .pixel = MT_PIXEL_U8}, d;
    struct mt_load_options options = {.labels = false, .like = &train};
    struct mt_err err;
    static const struct {
        const char *text, *label;
    } t[] = {{"1,2\n3,4\n", 0},
             {"1,2\n3,4\n", "last"},
             {"1,2,9\n3,4,9\n", 0},
             {"1,2,9\n3,4,9\n", "last"},
             {"9,1,2\n9,3,4\n", "first"},
             {"a,b\n1,2\n3,4\n", "kind"},
             {"label,a,b\n9,1,2\n9,3,4\n", 0},
             {"a,b\n1,2\n3,4\n", 0}};
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct mt_csv_cfg cfg = plain_cfg(put_file("p.csv", t[i].text, strlen(t[i].text)));
        cfg.label = (char *)(uintptr_t)t[i].label;
        assert_int_equal(load(&cfg, &options, &d, &err), 0);
        assert_null(d.label);
        assert_int_equal(d.n, 2);
        assert_memory_equal(d.pixels, "\1\2\3\4", 4);
        mt_dataset_release(&d);
    }
}

static void fixed_classes(void **state)
{
    (void)state;
    static const struct mt_load_options options = {.labels = true};
    struct mt_dataset d;
    struct mt_err err;
    struct mt_csv_cfg cfg = plain_cfg(put_file("c.csv", "1,0\n2,2\n", 8));
    cfg.classes = 5;
    assert_int_equal(load(&cfg, &options, &d, &err), 0);
    assert_int_equal(d.classes, 5);
    assert_int_equal(d.label[1], 2);
    mt_dataset_release(&d);
    cfg.classes = 2;
    assert_int_equal(load(&cfg, &options, &d, &err), -1);
    assert_contains(err.text, "label 2 of sample 1 is out of range");
    cfg = plain_cfg(put_file("c.csv", "1,0\n2,b\n", 8));
    cfg.classes = 2;
    assert_int_equal(load(&cfg, &options, &d, &err), -1);
    assert_contains(err.text, ":2:3: label \"b\" is not an integer");
}

static void wide_and_long(void **state)
{
    (void)state;
    static const struct mt_load_options options = {.labels = true};
    struct mt_dataset d;
    struct mt_err err;
    for (int columns = 65536; columns <= 65537; columns++) {
        struct mt_buf b = {0};
        for (int i = 0; i < columns - 1; i++)
            mt_buf_puts(&b, "1,");
        mt_buf_puts(&b, "x\n");
        struct mt_csv_cfg cfg = plain_cfg(put_file("w.csv", b.data, b.len));
        cfg.label = (char *)(uintptr_t) "last";
        assert_int_equal(load(&cfg, &options, &d, &err), columns == 65536 ? 0 : -1);
        if (columns == 65536)
            mt_dataset_release(&d);
        else
            assert_contains(err.text, ":1:131073: has more than the 65536 columns");
        mt_buf_release(&b);
    }
    for (int quoted = 0; quoted < 2; quoted++) {
        struct mt_buf b = {0};
        mt_buf_puts(&b, quoted ? "1,0\n2,\"" : "1,0\n2,");
        for (int i = 0; i < 1 << 20; i++)
            mt_buf_puts(&b, "7");
        struct mt_csv_cfg cfg = plain_cfg(put_file("l.csv", b.data, b.len));
        assert_int_equal(load(&cfg, &options, &d, &err), -1);
        assert_contains(err.text,
                        quoted ? ":2:3: the quote that opens" : ":2:1: the row is longer than 1048576 bytes");
        mt_buf_release(&b);
    }
}

/* A file of many chunks: the same for any number of threads, whether it is right, needs floats late, or is
 * wrong twice. */
static void chunks_and_threads(void **state)
{
    (void)state;
    enum { ROWS = 60000 };
    static const char *const special[] = {"", "0.5", "x"};
    for (int kind = 0; kind < 3; kind++) {
        struct mt_buf text = {0};
        mt_buf_puts(&text, "label,a,b,c,d,e,f,g,h\n");
        for (int i = 0; i < ROWS; i++) {
            mt_buf_printf(&text, "%d", i % 7);
            for (int k = 0; k < 8; k++)
                if (k == 4 && kind && (i == 31234 || i == 59000))
                    mt_buf_printf(&text, ",%s", special[kind]);
                else
                    mt_buf_printf(&text, ",%d", (i * 37 + k * k * 11) % 256);
            mt_buf_puts(&text, "\n");
        }
        char *path = put_file("big.csv", text.data, text.len);
        mt_buf_release(&text);
        for (int threads = 1; threads <= 3; threads++) {
            struct mt_pool *pool;
            struct mt_dataset d;
            struct mt_err err;
            assert_int_equal(mt_pool_new(&pool, threads, &err), 0);
            struct mt_csv_cfg cfg = plain_cfg(path);
            struct mt_load_options options = {.labels = true, .pool = pool};
            int rc = load(&cfg, &options, &d, &err);
            assert_int_equal(rc, kind == 2 ? -1 : 0);
            if (kind == 2)
                assert_contains(err.text, "big.csv:31236:17: field 6, \"x\", is not a number");
            for (int64_t i = 0; rc == 0 && i < ROWS; i++) {
                assert_int_equal(d.label[i], i % 7);
                for (int64_t k = 0; k < 8; k++) {
                    bool half = k == 4 && kind == 1 && (i == 31234 || i == 59000);
                    assert_true(value(&d, i * 8 + k) == (half ? 0.5f : (float)((i * 37 + k * k * 11) % 256)));
                }
            }
            if (rc == 0) {
                assert_int_equal(d.n, ROWS);
                assert_int_equal(d.pixel, kind == 1 ? MT_PIXEL_F32 : MT_PIXEL_U8);
                mt_dataset_release(&d);
            }
            mt_pool_free(pool);
        }
    }
}

/* A wide first line and very many short ones must not make room for rows times columns. */
static void ragged_in_bulk(void **state)
{
    (void)state;
    static const struct mt_load_options options = {.labels = true};
    struct mt_buf b = {0};
    struct mt_dataset d;
    struct mt_err err;
    for (int i = 0; i < 60000; i++)
        mt_buf_puts(&b, "1,");
    mt_buf_puts(&b, "1");
    for (int i = 0; i < 700000; i++)
        mt_buf_puts(&b, "\n2");
    struct mt_csv_cfg cfg = plain_cfg(put_file("bulk.csv", b.data, b.len));
    mt_buf_release(&b);
    assert_int_equal(load(&cfg, &options, &d, &err), -1);
    assert_contains(err.text, ":2:2: has 1 field where the first line has 60001");
}

static void gzip_csv(void **state)
{
    (void)state;
    static const struct mt_load_options options = {.labels = true};
    struct mt_dataset d;
    struct mt_err err;
    uint8_t gz[256];
    size_t n = gzip_bytes("1,2,0\n3,4,1\n", 12, gz, sizeof gz);
    for (size_t cut = 0; cut <= n; cut++) {
        struct mt_csv_cfg cfg = plain_cfg(put_file("c.csv.gz", gz, cut));
        assert_int_equal(load(&cfg, &options, &d, &err), cut == n ? 0 : -1);
        if (cut < n)
            assert_int_equal(err.kind, MT_ERR_DATA);
    }
    assert_memory_equal(d.pixels, "\1\2\3\4", 4);
    mt_dataset_release(&d);
    gz[n++] = 0;
    struct mt_csv_cfg cfg = plain_cfg(put_file("c.csv.gz", gz, n));
    assert_int_equal(load(&cfg, &options, &d, &err), -1);
    assert_contains(err.text, "follow the end of the gzip data");
}

static void bundled_digits(void **state)
{
    (void)state;
    static const struct mt_load_options options = {.labels = true};
    struct mt_dataset d;
    struct mt_err err;
    struct mt_csv_cfg cfg = plain_cfg((char *)(uintptr_t) "datasets/digits/digits.csv.gz");
    cfg.shape = (struct mt_ints){(int64_t[]){8, 8}, 2};
    assert_int_equal(load(&cfg, &options, &d, &err), 0);
    assert_int_equal(d.n, 1797);
    assert_int_equal(d.classes, 10);
    assert_true(d.shape.c == 1 && d.shape.h == 8 && d.shape.w == 8 && d.pixel == MT_PIXEL_U8);
    int largest = 0, sum = 0;
    for (int64_t i = 0; i < 1797 * 64; i++) {
        int v = ((uint8_t *)d.pixels)[i];
        largest = v > largest ? v : largest;
        sum += v;
    }
    assert_int_equal(largest, 16);
    assert_int_equal(sum, 561718);
    mt_dataset_release(&d);
}

static void numbers_agree_with_strtod(void **state)
{
    (void)state;
    struct mt_rng r;
    mt_rng_init(&r, 5, MT_STREAM_TEST, 0, 0);
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double v, want;
        switch (i % 4) {
        case 0:
            snprintf(text, sizeof text, "%.*g", 1 + (int)mt_rng_below(&r, 20),
                     ldexp(mt_rng_normal(&r), (int)mt_rng_below(&r, 400) - 200));
            break;
        case 1:
            snprintf(text, sizeof text, "%u.%ue%d", mt_rng_u32(&r), mt_rng_u32(&r),
                     (int)mt_rng_below(&r, 700) - 350);
            break;
        case 2:
            snprintf(text, sizeof text, "%.6f", mt_rng_normal(&r));
            break;
        default:
            snprintf(text, sizeof text, "%u", mt_rng_below(&r, 1000));
        }
        assert_true(mt_parse_number(text, strlen(text), &v));
        want = strtod(text, NULL);
        if (memcmp(&v, &want, sizeof v))
            fail_msg("%s gives %.17g, not %.17g", text, v, want);
    }
    int64_t n;
    assert_true(mt_parse_integer("-9223372036854775808", 20, &n) && n == INT64_MIN);
    assert_true(mt_parse_integer("9223372036854775807", 19, &n) && n == INT64_MAX);
    assert_false(mt_parse_integer("9223372036854775808", 19, &n));
    assert_false(mt_parse_integer("", 0, &n));
    assert_false(mt_parse_integer("-", 1, &n));
    assert_false(mt_parse_integer("1.0", 3, &n));
}

static void mutations(void **state)
{
    (void)state;
    static const char *const seed[] = {"label,a,b\n1,2,3\n4,5,6\n7,8,9\n",
                                       "1,2,\"a\nb\"\n3,4,c\n5,6,\"d,\"\"e\"\n",
                                       "0.5,1e3,x\r\n-2,3.25,y\r\n1,1,x\r\n"};
    static const struct mt_load_options options = {.labels = true};
    struct mt_rng r;
    mt_rng_init(&r, 2, MT_STREAM_TEST, 2, 0);
    int read = 0, wrong = 0;
    for (int i = 0; i < 6000; i++) {
        uint8_t file[256];
        struct mt_dataset d;
        struct mt_err err;
        size_t len = strlen(seed[i % 3]);
        memcpy(file, seed[i % 3], len);
        struct mt_csv_cfg cfg = plain_cfg(put_file("m.csv", file, mutate(&r, file, len)));
        if (load(&cfg, &options, &d, &err) == 0) {
            read++;
            mt_dataset_release(&d);
        } else {
            wrong++;
            assert_int_equal(err.kind, MT_ERR_DATA);
            assert_contains(err.text, "m.csv");
        }
    }
    assert_true(read > 500 && wrong > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(ignored_columns),
        cmocka_unit_test(without_labels),
        cmocka_unit_test(fixed_classes),
        cmocka_unit_test(wide_and_long),
        cmocka_unit_test(gzip_csv),
        cmocka_unit_test(chunks_and_threads),
        cmocka_unit_test(ragged_in_bulk),
        cmocka_unit_test(bundled_digits),
        cmocka_unit_test(mutations),
        cmocka_unit_test(numbers_agree_with_strtod),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
