/* Tests of lib/data/csv*.c and number.c: the grammar, header and label rules, types, and errors by line. */
#include "tests/data_files.h"

#include <float.h>
#include <math.h>

#include "lib/core/buf.h"
#include "lib/data/number.h"

static struct mt_csv_cfg plain_cfg(char *file)
{
    return (struct mt_csv_cfg){.file = file, .classes = MT_UNSET_INT};
}

static int load(const struct mt_csv_cfg *cfg, const struct mt_load_options *options, struct mt_dataset *d,
                struct mt_err *err)
{
    struct mt_variant v = {&mt_format_csv.kind, (void *)(uintptr_t)cfg};
    memset(err, 0, sizeof *err);
    return mt_dataset_load(&v, options, d, err);
}

static float value(const struct mt_dataset *d, int64_t i)
{
    return d->pixel == MT_PIXEL_U8 ? ((const uint8_t *)d->pixels)[i] : ((const float *)d->pixels)[i];
}

struct golden {
    const char *text; /* "|" stands for a NUL byte */
    const char *label;
    int header;
    const char *want; /* rows as "classname:v,v;...", or a part of the message */
};

static size_t unescape(const char *text, char *out)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        out[i] = text[i] == '|' ? 0 : text[i];
    return n;
}

static void describe(const struct mt_dataset *d, struct mt_buf *b)
{
    int64_t width = (int64_t)mt_shape_count(d->shape);
    for (int64_t i = 0; i < d->n; i++) {
        mt_buf_printf(b, "%s%s:", i ? ";" : "", d->class_name[d->label[i]]);
        for (int64_t k = 0; k < width; k++)
            mt_buf_printf(b, "%s%.9g", k ? "," : "", (double)value(d, i * width + k));
    }
    mt_buf_puts(b, d->pixel == MT_PIXEL_U8 ? " u8" : " f32");
}

static const struct golden accepted[] = {
    /* line ends, last line, byte-order mark */
    {"1,2,0\n3,4,1\n", 0, 0, "0:1,2;1:3,4 u8"},
    {"1,2,0\r\n3,4,1\r\n", 0, 0, "0:1,2;1:3,4 u8"},
    {"1,2,0\n3,4,1", 0, 0, "0:1,2;1:3,4 u8"},
    {"1,2,0\r\n3,4,1\n", 0, 0, "0:1,2;1:3,4 u8"},
    {"1,2,0\n3,4,1\n\n", 0, 0, "0:1,2;1:3,4 u8"},
    {"1,2,0\n3,4,1\r\n\r\n\n", 0, 0, "0:1,2;1:3,4 u8"},
    {"\xef\xbb\xbf"
     "1,2,0\n3,4,1\n",
     0, 0, "0:1,2;1:3,4 u8"},
    {"\xef\xbb\xbf"
     "label,a\n7,9\n",
     0, 0, "7:9 u8"},
    /* header and label */
    {"label,pixel0,pixel1\n5,0,255\n3,1,2\n", 0, 0, "5:0,255;3:1,2 u8"},
    {"a,label,b\n5,0,255\n3,1,2\n", 0, 0, "0:5,255;1:3,2 u8"},
    {"a,b,kind\n5,0,x\n3,1,y\n", "kind", 0, "x:5,0;y:3,1 u8"},
    {"a,b,kind\n5,0,x\n3,1,y\n", "last", 0, "x:5,0;y:3,1 u8"},
    {"5,0,x\n3,1,y\n", 0, 0, "x:5,0;y:3,1 u8"},
    {"x,5,0\ny,3,1\n", "first", 0, "x:5,0;y:3,1 u8"},
    {"x,5,0\ny,3,1\n", "0", 0, "x:5,0;y:3,1 u8"},
    {"5,x,0\n3,y,1\n", "1", 0, "x:5,0;y:3,1 u8"},
    {"5,x,0\n3,y,1\n", "-2", 0, "x:5,0;y:3,1 u8"},
    {"0,1,2\n3,4,5\n", "first", MT_HEADER_YES, "3:4,5 u8"},
    {"0,1,2\n3,4,5\n", "2", MT_HEADER_YES, "5:3,4 u8"},
    {"0,1,2\n3,4,5\n", "first", MT_HEADER_NO, "0:1,2;3:4,5 u8"},
    {"label,0,1\n4,7,8\n", 0, 0, "4:7,8 u8"},
    {"\"label\",\"p,0\"\n4,7\n", 0, 0, "4:7 u8"},
    {"1,2,0\n", "last", 0, "0:1,2 u8"},
    /* quotes */
    {"\"1\",\"2\",\"a\"\n3,4,b\n", 0, 0, "a:1,2;b:3,4 u8"},
    {"1,2,\"a,b\"\n3,4,\"c\"\"d\"\n", 0, 0, "a,b:1,2;c\"d:3,4 u8"},
    {"1,2,\"a\nb\"\n3,4,c\n", 0, 0, "a\nb:1,2;c:3,4 u8"},
    {"1,2,\"a\r\nb\"\r\n3,4,c\r\n", 0, 0, "a\r\nb:1,2;c:3,4 u8"},
    /* numbers */
    {"1,2.5,0\n3,4,1\n", 0, 0, "0:1,2.5;1:3,4 f32"},
    {"1,2.0,0\n3,4e1,1\n", 0, 0, "0:1,2;1:3,40 u8"},
    {"1,-2,0\n3,4,1\n", 0, 0, "0:1,-2;1:3,4 f32"},
    {"1,256,0\n3,4,1\n", 0, 0, "0:1,256;1:3,4 f32"},
    {"+1,.5,0\n3.,-0.25e+2,1\n", 0, 0, "0:1,0.5;1:3,-25 f32"},
    {"001,0000002,0\n3,4,1\n", 0, 0, "0:1,2;1:3,4 u8"},
    {"1e-400,3.4e38,0\n3,4,1\n", 0, 0, "0:0,3.39999995e+38;1:3,4 f32"},
    {"0.1,0.30000000000000000000000000001,0\n3,4,1\n", 0, 0, "0:0.100000001,0.300000012;1:3,4 f32"},
    /* labels */
    {"1,07\n2,7\n3,-1\n", 0, 0, "7:1;7:2;-1:3 u8"},
    {"1,10\n2,9\n3,100\n", 0, 0, "10:1;9:2;100:3 u8"},
    {"1,10\n2,9\n3,a\n", 0, 0, "10:1;9:2;a:3 u8"},
};

static const struct golden refused[] = {
    {"", 0, 0, ": is empty"},
    {"\n\n", 0, 0, ": holds no rows"},
    {"\xef\xbb\xbf", 0, 0, ": holds no rows"},
    {"label,a\n", 0, 0, ": holds a header but no rows"},
    {"1\n2\n", 0, 0, "has 1 column, which leaves none for values"},
    {"1,2,0\n3,1\n", 0, 0, ":2: has 2 fields where the first line has 3"},
    {"1,2,0\n3,4,5,1\n", 0, 0, ":2: has 4 fields where the first line has 3"},
    {"1,2,0\n3,4,1\n\n5,6,0\n", 0, 0, ":3: the line is empty"},
    {"1,2,0\r\n3,4,1\r\n\r\n5,6,0\r\n", 0, 0, ":3: the line is empty"},
    {"1,2,0\n,4,1\n", 0, 0, ":2: field 1, \"\", is not a number"},
    {"1,2,0\n3,,1\n", 0, 0, ":2: field 2, \"\", is not a number"},
    {"1,2,0\n3,4,\n", 0, 0, ":2: label \"\" is empty"},
    {"1,2,a\n3,4,\n", 0, 0, ":2: label \"\" is empty"},
    {"1,2,a\n3,4, b\n", 0, 0, ":2: label \" b\" is empty or has blanks"},
    {"1,2,0\n3, 4,1\n", 0, 0, ":2: field 2, \" 4\", is not a number"},
    {"1,2,0\n3,4 ,1\n", 0, 0, ":2: field 2, \"4 \", is not a number"},
    {"1,2,0\n3,nan,1\n", 0, 0, ":2: field 2, \"nan\", is not a number"},
    {"1,2,0\n3,NaN,1\n", 0, 0, "\"NaN\", is not a number"},
    {"1,2,0\n3,inf,1\n", 0, 0, "\"inf\", is not a number"},
    {"1,2,0\n3,-Infinity,1\n", 0, 0, "\"-Infinity\", is not a number"},
    {"1,2,0\n3,0x10,1\n", 0, 0, "\"0x10\", is not a number"},
    {"1,2,0\n3,1_0,1\n", 0, 0, "\"1_0\", is not a number"},
    {"1,2,0\n3,1.2.3,1\n", 0, 0, "\"1.2.3\", is not a number"},
    {"1,2,0\n3,1e,1\n", 0, 0, "\"1e\", is not a number"},
    {"1,2,0\n3,1e+,1\n", 0, 0, "\"1e+\", is not a number"},
    {"1,2,0\n3,.,1\n", 0, 0, "\".\", is not a number"},
    {"1,2,0\n3,-,1\n", 0, 0, "\"-\", is not a number"},
    {"1,2,0\n3,--1,1\n", 0, 0, "\"--1\", is not a number"},
    {"1,2,0\n3,1e400,1\n", 0, 0, ":2: field 2, \"1e400\", is too large"},
    {"1,2,0\n3,1e39,1\n", 0, 0, ":2: field 2, \"1e39\", is too large"},
    {"1,2,0\n3,\xd9\xa3,1\n", 0, 0, "is not a number"},
    {"1,2,0\n3,4,1\r5,6,0\n", 0, 0, ":2: has a carriage return without a line feed"},
    {"1,2,0\r3,4,1\r", 0, 0, ":1: has a carriage return without a line feed"},
    {"1,2,0\n3,4,1\r", 0, 0, ":2: has a carriage return without a line feed"},
    {"1,2,0\n3,|,1\n", 0, 0, ":2: has a NUL byte"},
    {"1,2,0\n3,4|,1\n", 0, 0, ":2: has a NUL byte"},
    {"1,2,0\n3,\"|\",1\n", 0, 0, ":2: has a NUL byte"},
    {"\xff\xfe"
     "1|,|2|\n|",
     0, 0, ":1: has a NUL byte"},
    {"1,2,0\n3,\"4\"5,1\n", 0, 0, ":2: text follows a closing quote"},
    {"1,2,0\n3,4\"5\",1\n", 0, 0, ":2: has a quote inside a bare field"},
    {"1,2,0\n3,\"4,1\n5,6,1\n", 0, 0, ":2: the quote that opens field text here is not closed"},
    {"1,2,\"a\nb\"\n3,4\n", 0, 0, ":3: has 2 fields where the first line has 3"},
    {"1;2;0\n3;4;1\n", 0, 0, "which leaves none for values; separate fields by commas"},
    {"1,2,0.5\n3,4,1\n", 0, 0, ":1: label \"0.5\" is not an integer"},
    {"1,2,1e3\n3,4,1\n", 0, 0, ":1: label \"1e3\" is not an integer"},
    {"1,2,0\n3,4,0\n", 0, 0, "the last column, taken for the label, holds nothing but \"0\""},
    {"a,b,c\n1,2,3\n", 0, 0, "has no column \"label\" among its 3, \"a\" to \"c\""},
    {"a,b,c\n1,2,3\n", "d", 0, "has no column \"d\" among its 3"},
    {"a,b,c\n1,2,3\n", "3", 0, "has no column \"3\" among its 3"},
    {"a,b,c\n1,2,3\n", "-4", 0, "has no column \"-4\" among its 3"},
    {"1,2,3\n1,2,4\n", "kind", 0, "has 3 columns and no header, so label cannot be \"kind\""},
    {"label,a\n1,2\n3,x\n", 0, 0, ":3: field 2, \"x\", is not a number"},
};

static void golden_files(void **state)
{
    (void)state;
    static const struct mt_load_options options = {.labels = true};
    char bytes[512];
    struct mt_dataset d;
    struct mt_err err;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        const struct golden *g = &accepted[i];
        struct mt_csv_cfg cfg = plain_cfg(put_file("a.csv", bytes, unescape(g->text, bytes)));
        cfg.label = (char *)(uintptr_t)g->label;
        cfg.header = g->header;
        if (load(&cfg, &options, &d, &err) < 0)
            fail_msg("\"%s\" is refused: %s", g->text, err.text);
        struct mt_buf b = {0};
        describe(&d, &b);
        assert_string_equal(b.data, g->want);
        mt_buf_release(&b);
        mt_dataset_release(&d);
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct golden *g = &refused[i];
        struct mt_csv_cfg cfg = plain_cfg(put_file("r.csv", bytes, unescape(g->text, bytes)));
        cfg.label = (char *)(uintptr_t)g->label;
        cfg.header = g->header;
        if (load(&cfg, &options, &d, &err) == 0)
            fail_msg("\"%s\" is accepted", g->text);
        assert_int_equal(err.kind, MT_ERR_DATA);
        assert_contains(err.text, g->want);
        assert_contains(err.text, cfg.file);
    }
}

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
        ":2: field 2, \"x.png\", is not a number; correct it, or name such columns with label or ignore");
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
    assert_contains(err.text, ":2: label \"b\" is not an integer");
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
            assert_contains(err.text, ":1: has more than the 65536 columns");
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
                        quoted ? ":2: the quote that opens" : ":2: the row is longer than 1048576 bytes");
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
                assert_contains(err.text, "big.csv:31236: field 6, \"x\", is not a number");
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
    assert_contains(err.text, ":2: has 1 field where the first line has 60001");
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
        cmocka_unit_test(golden_files),    cmocka_unit_test(shapes),
        cmocka_unit_test(ignored_columns), cmocka_unit_test(without_labels),
        cmocka_unit_test(fixed_classes),   cmocka_unit_test(wide_and_long),
        cmocka_unit_test(gzip_csv),        cmocka_unit_test(chunks_and_threads),
        cmocka_unit_test(ragged_in_bulk),  cmocka_unit_test(bundled_digits),
        cmocka_unit_test(mutations),       cmocka_unit_test(numbers_agree_with_strtod),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
