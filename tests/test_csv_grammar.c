/* Tests of lib/data/csv*.c: the grammar, header and label rules, and types, file by file; errors by their
 * line and character. */
#include "tests/csv_load.h"

#include "lib/core/buf.h"

struct golden {
    const char *text; /* "|" stands for a NUL byte */
    const char *label;
    int header;
    const char *want; /* rows as "classname:v,v;...", or how the message goes on behind the file's name */
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
    /* nothing there */
    {"", 0, 0, ": is empty"},
    {"\n\n", 0, 0, ": holds no rows"},
    {"\xef\xbb\xbf", 0, 0, ": holds no rows"},
    {"label,a\n", 0, 0, ": holds a header but no rows"},
    {"1\n2\n", 0, 0, ": has 1 column, which leaves none for values"},
    {"1;2;0\n3;4;1\n", 0, 0, ": has 1 column, which leaves none for values; separate fields by commas"},
    /* rows of different lengths: where a field is missing, or the first one is too many */
    {"1,2,0\n3,1\n", 0, 0, ":2:4: has 2 fields where the first line has 3"},
    {"1,2,0\n3,1", 0, 0, ":2:4: has 2 fields where the first line has 3"},
    {"1,2,0\r\n3,1\r\n", 0, 0, ":2:4: has 2 fields where the first line has 3"},
    {"1,2,0\n3,4,5,1\n", 0, 0, ":2:7: has 4 fields where the first line has 3"},
    {"1,2,0\n3,4,5,\n", 0, 0, ":2:7: has 4 fields where the first line has 3"},
    {"1,2,0\n3,4,5,6,7,8\n", 0, 0, ":2:7: has 6 fields where the first line has 3"},
    {"1,2,\"a\nb\"\n3,4\n", 0, 0, ":3:4: has 2 fields where the first line has 3"},
    {"1,2,a\n3,\"4\n\"\n", 0, 0, ":3:2: has 2 fields where the first line has 3"},
    {"1,2,0\n3,4,1\n\n5,6,0\n", 0, 0, ":3:1: the line is empty"},
    {"1,2,0\r\n3,4,1\r\n\r\n5,6,0\r\n", 0, 0, ":3:1: the line is empty"},
    {"1,2,0\n\"\"\n", 0, 0, ":2:3: has 1 field where the first line has 3"},
    /* values */
    {"1,2,0\n,4,1\n", 0, 0, ":2:1: field 1, \"\", is not a number"},
    {"1,2,0\n3,,1\n", 0, 0, ":2:3: field 2, \"\", is not a number"},
    {"1,2,0\n3,\"\",1\n", 0, 0, ":2:3: field 2, \"\", is not a number"},
    {"1,2,0\n3, 4,1\n", 0, 0, ":2:3: field 2, \" 4\", is not a number"},
    {"1,2,0\n3,4 ,1\n", 0, 0, ":2:3: field 2, \"4 \", is not a number"},
    {"1,2,0\n3,nan,1\n", 0, 0, ":2:3: field 2, \"nan\", is not a number"},
    {"1,2,0\n30,NaN,1\n", 0, 0, ":2:4: field 2, \"NaN\", is not a number"},
    {"1,2,0\n300,inf,1\n", 0, 0, ":2:5: field 2, \"inf\", is not a number"},
    {"1,2,0\n\"3\",-Infinity,1\n", 0, 0, ":2:5: field 2, \"-Infinity\", is not a number"},
    {"1,2,0\n3,0x10,1\n", 0, 0, ":2:3: field 2, \"0x10\", is not a number"},
    {"1,2,0\n3,1_0,1\n", 0, 0, ":2:3: field 2, \"1_0\", is not a number"},
    {"1,2,0\n3,1.2.3,1\n", 0, 0, ":2:3: field 2, \"1.2.3\", is not a number"},
    {"1,2,0\n3,1e,1\n", 0, 0, ":2:3: field 2, \"1e\", is not a number"},
    {"1,2,0\n3,1e+,1\n", 0, 0, ":2:3: field 2, \"1e+\", is not a number"},
    {"1,2,0\n3,1e5x,1\n", 0, 0, ":2:3: field 2, \"1e5x\", is not a number"},
    {"1,2,0\n3,.,1\n", 0, 0, ":2:3: field 2, \".\", is not a number"},
    {"1,2,0\n3,-,1\n", 0, 0, ":2:3: field 2, \"-\", is not a number"},
    {"1,2,0\n3,--1,1\n", 0, 0, ":2:3: field 2, \"--1\", is not a number"},
    {"1,2,0\n3,0.5f,1\n", 0, 0, ":2:3: field 2, \"0.5f\", is not a number"},
    {"1,2,0\n3,1e400,1\n", 0, 0, ":2:3: field 2, \"1e400\", is too large for float32"},
    {"1,2,0\n3,-1e39,1\n", 0, 0, ":2:3: field 2, \"-1e39\", is too large for float32"},
    {"1,2,0\n3,\xd9\xa3,1\n", 0, 0, ":2:3: field 2, \"??\", is not a number"},
    {"1,2,0\n3,\x1b[2J,1\n", 0, 0, ":2:3: field 2, \"?[2J\", is not a number"},
    {"1,2,0\n3,aaaaaaaaaabbbbbbbbbbccccccccccddddd,1\n", 0, 0,
     ":2:3: field 2, \"aaaaaaaaaabbbbbbbbbbccccccccccdd...\", is not a number"},
    {"\xc3\xa4\xe2\x82\xac,1,2\nx,x,2\n", "first", 0, ":2:3: field 2, \"x\", is not a number"},
    {"\xc3\xa4\xe2\x82\xac,x,2\nx,x,2\n", "first", MT_HEADER_NO, ":1:4: field 2, \"x\", is not a number"},
    {"label,a\n1,2\n3,x\n", 0, 0, ":3:3: field 2, \"x\", is not a number"},
    {"label,a\n\"1\n1\",2\n3,x\n", 0, 0, ":4:3: field 2, \"x\", is not a number"},
    /* what is no CSV */
    {"1,2,0\n3,4,1\r5,6,0\n", 0, 0, ":2:6: has a carriage return without a line feed"},
    {"1,2,0\r3,4,1\r", 0, 0, ":1:6: has a carriage return without a line feed"},
    {"1,2,0\n3,4,1\r", 0, 0, ":2:6: has a carriage return without a line feed"},
    {"1,2,0\r\r\n3,4,1\n", 0, 0, ":1:6: has a carriage return without a line feed"},
    {"1,2,0\n3,|,1\n", 0, 0, ":2:3: has a NUL byte"},
    {"1,2,0\n3,4|,1\n", 0, 0, ":2:4: has a NUL byte"},
    {"1,2,0\n3,\"|\",1\n", 0, 0, ":2:4: has a NUL byte"},
    {"1,2,0\n3,4,1\n|", 0, 0, ":3:1: has a NUL byte"},
    {"\xff\xfe"
     "1|,|2|\n|",
     0, 0, ":1:4: has a NUL byte"},
    {"1,2,0\n3,\"4\"5,1\n", 0, 0, ":2:6: text follows a closing quote"},
    {"1,2,0\n3,\"4\" ,1\n", 0, 0, ":2:6: text follows a closing quote"},
    {"1,2,0\n3,4\"5\",1\n", 0, 0, ":2:4: has a quote inside a bare field"},
    {"1,2,0\n3, \"4\",1\n", 0, 0, ":2:4: has a quote inside a bare field"},
    {"1,2,0\n3,\"4,1\n5,6,1\n", 0, 0, ":2:3: the quote that opens field text here is not closed"},
    {"1,2,0\n3,4,\"", 0, 0, ":2:5: the quote that opens field text here is not closed"},
    {"1,2,0\n3,4,\"1\"\"", 0, 0, ":2:5: the quote that opens field text here is not closed"},
    {"1,2,\"\n\n\n\"0\n", 0, 0, ":4:2: text follows a closing quote"},
    /* labels */
    {"1,2,0\n3,4,\n", 0, 0, ":2:5: label \"\" is empty"},
    {"1,2,a\n3,4,\n", 0, 0, ":2:5: label \"\" is empty"},
    {"1,2,a\n3,4, b\n", 0, 0, ":2:5: label \" b\" is empty or has blanks"},
    {"1,2,a\n3,4,b\t\n", 0, 0, ":2:5: label \"b?\" is empty or has blanks"},
    {"1,2,0.5\n3,4,1\n", 0, 0, ":1:5: label \"0.5\" is not an integer"},
    {"1,2,1e3\n3,4,1\n", 0, 0, ":1:5: label \"1e3\" is not an integer"},
    {"1,2,a\n3,4,\"1.0\"\n", 0, 0, ":2:5: label \"1.0\" is not an integer"},
    {"1,2,0\n3,4,9223372036854775808\n", 0, 0, ":2:5: label \"9223372036854775808\" is not an integer"},
    {"1,2,0\n3,4,0\n", 0, 0, ": the last column, taken for the label, holds nothing but \"0\""},
    /* columns */
    {"a,b,c\n1,2,3\n", 0, 0, ": has no column \"label\" among its 3, \"a\" to \"c\""},
    {"a,b,c\n1,2,3\n", "d", 0, ": has no column \"d\" among its 3"},
    {"a,b,c\n1,2,3\n", "3", 0, ": has no column \"3\" among its 3"},
    {"a,b,c\n1,2,3\n", "-4", 0, ": has no column \"-4\" among its 3"},
    {"1,2,3\n1,2,4\n", "kind", 0, ": has 3 columns and no header, so label cannot be \"kind\""},
    {"label,a,label\n1,2,3\n", 0, 0, ": has two columns \"label\""},
    {"a,b,b\n1,2,3\n", "b", 0, ": has two columns \"b\""},
};

static const struct mt_load_options with_labels = {.labels = true};

static struct mt_csv_cfg golden_cfg(const struct golden *g)
{
    char bytes[512];
    struct mt_csv_cfg cfg = plain_cfg(put_file("golden.csv", bytes, unescape(g->text, bytes)));
    cfg.label = (char *)(uintptr_t)g->label;
    cfg.header = g->header;
    return cfg;
}

/* The message begins with the file's name and goes on as `want`. */
static void expect_refusal(const struct mt_csv_cfg *cfg, const char *text, const char *want)
{
    struct mt_dataset d;
    struct mt_err err;
    if (load(cfg, &with_labels, &d, &err) == 0)
        fail_msg("\"%s\" is accepted", text);
    assert_int_equal(err.kind, MT_ERR_DATA);
    size_t file = strlen(cfg->file);
    assert_memory_equal(err.text, cfg->file, file);
    if (strncmp(err.text + file, want, strlen(want)))
        fail_msg("\"%s\" says \"%s\", not \"%s\"", text, err.text + file, want);
}

static void golden_files(void **state)
{
    (void)state;
    struct mt_dataset d;
    struct mt_err err;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        const struct golden *g = &accepted[i];
        struct mt_csv_cfg cfg = golden_cfg(g);
        if (load(&cfg, &with_labels, &d, &err) < 0)
            fail_msg("\"%s\" is refused: %s", g->text, err.text);
        struct mt_buf b = {0};
        describe(&d, &b);
        assert_string_equal(b.data, g->want);
        mt_buf_release(&b);
        mt_dataset_release(&d);
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct golden *g = &refused[i];
        struct mt_csv_cfg cfg = golden_cfg(g);
        expect_refusal(&cfg, g->text, g->want);
    }
}

/* `head`, then `unit` again and again until there are 3 MiB, as gzip. */
static char *endless(const char *head, const char *unit, size_t unit_len)
{
    enum { LEN = 3 << 20, ROOM = 1 << 17 };
    char *text = malloc(LEN);
    uint8_t *gz = malloc(ROOM);
    size_t at = strlen(head);
    memcpy(text, head, at);
    for (; at < LEN; at += unit_len)
        memcpy(text + at, unit, at + unit_len < LEN ? unit_len : LEN - at);
    char *path = put_file("endless.csv.gz", gz, gzip_bytes(text, LEN, gz, ROOM));
    free(text);
    free(gz);
    return path;
}

/* Reading stops where the text cannot be right any more, and says why. */
static void texts_without_end(void **state)
{
    (void)state;
    static const struct {
        const char *head, *unit, *want;
    } t[] = {
        {"1,2,0\n3,4,1\n", "|", ":3:1: has a NUL byte"},
        {"1,2,0\n3,4,1\n", "7,", ":3:1: the row is longer than 1048576 bytes"},
        {"1,2,0\n3,4,1\n", "7", ":3:1: the row is longer than 1048576 bytes"},
        {"1,2,0\n3,4,1\n", "\n", ":3:1: more than 1048576 bytes of empty lines"},
        {"1,2,0\n3,4,1\n", "\r\n", ":3:1: more than 1048576 bytes of empty lines"},
        {"", "\n", ":1:1: more than 1048576 bytes of empty lines"},
        {"1,2,0\n3,4,\"", "a\n", ":2:5: the quote that opens"},
        {"1,2,0\n3,4,\"", "\"\"", ":2:5: the quote that opens"},
        {"1,2,0\n3,4,\"\"", "1\n", ":2:7: text follows a closing quote"},
        {"\xef\xbb\xbf", "7", ":1:1: the row is longer than 1048576 bytes"},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        char unit[8];
        struct mt_csv_cfg cfg = plain_cfg(endless(t[i].head, unit, unescape(t[i].unit, unit)));
        expect_refusal(&cfg, t[i].unit, t[i].want);
    }
}

/* Rows of every length beside the pieces that are read at a time, with and without quotes. */
static void rows_across_pieces(void **state)
{
    (void)state;
    static const char *const row[] = {"1,2,a\n", "1,2,\"a\n\n\"\n", "1,2,\"\"\"\"\r\n", "1,2,\"a\"\n"};
    static const char *const name[] = {"a", "a\n\n", "\"", "a"};
    for (int k = 0; k < 4; k++) {
        struct mt_buf b = {0};
        struct mt_dataset d;
        struct mt_err err;
        int64_t rows = 0;
        mt_buf_puts(&b, "1,2,first\n");
        for (; b.len < 3 << 20; rows++)
            mt_buf_puts(&b, row[k]);
        struct mt_csv_cfg cfg = plain_cfg(put_file("long.csv", b.data, b.len));
        mt_buf_release(&b);
        if (load(&cfg, &with_labels, &d, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(d.n, rows + 1);
        assert_int_equal(d.classes, 2);
        assert_string_equal(d.class_name[d.label[rows]], name[k]);
        mt_dataset_release(&d);
    }
}

/* The text, the labels (36 bytes each) and the values count against the memory that is left for data. */
static void memory(void **state)
{
    (void)state;
    static const struct {
        uint64_t memory;
        const char *want; /* NULL: enough */
    } t[] = {{12, "holds more text than the 0.0 MiB that are left for data"},
             {23, "holds more text than"},
             {24, "the labels of 2 rows need 0.0 MiB"},
             {94, "the labels of 2 rows need 0.0 MiB"},
             {95, "2 samples of 5 values need 0.0 MiB"},
             {104, "2 samples of 5 values need 0.0 MiB"},
             {105, NULL}};
    uint8_t gz[256];
    const char *text = "1,2,3,4,5,0\n1,2,3,4,5,1\n";
    for (int zipped = 0; zipped < 2; zipped++) {
        char *path =
            zipped ? put_file("m.gz", gz, gzip_bytes(text, 24, gz, sizeof gz)) : put_file("m", text, 24);
        for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
            struct mt_load_options options = {.labels = true, .memory = t[i].memory};
            struct mt_csv_cfg cfg = plain_cfg(path);
            struct mt_dataset d;
            struct mt_err err;
            assert_int_equal(load(&cfg, &options, &d, &err), t[i].want ? -1 : 0);
            if (t[i].want)
                assert_contains(err.text, t[i].want);
            else
                mt_dataset_release(&d);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_files),
        cmocka_unit_test(texts_without_end),
        cmocka_unit_test(rows_across_pieces),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
