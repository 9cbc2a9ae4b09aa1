/* Tests of lib/report: numbers, tables and CSV files, read back by independent readers. */
#include "tests/test.h"

#include <math.h>
#include <unistd.h>

#include "lib/core/rng.h"
#include "lib/report/csv.h"
#include "lib/report/table.h"

static float float_of_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static void same_as_printf(struct mt_buf *b, float v)
{
    char want[64];
    snprintf(want, sizeof want, "%.9g", (double)v);
    mt_buf_clear(b);
    mt_csv_float(b, v);
    assert_string_equal(b->data, want);
    if (isfinite(v)) {
        float back = strtof(b->data, NULL);
        assert_memory_equal(&back, &v, sizeof v);
    }
}

static void floats_print_as_printf_does(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    struct mt_rng r;
    mt_rng_init(&r, 1, MT_STREAM_TEST, 0, 0);
    static const float edges[] = {
        0.0f,   -0.0f,          1.0f,     -1.0f,      0.5f,       0.1f,           9.99999975e-05f,
        1e-4f,  1.00000005e-4f, 1e-5f,    1e8f,       1e9f,       99999992.0f,    99999999.0f,
        1e10f,  10.0f,          100.0f,   9.9999999f, 1e-45f,     3.4028235e38f,  16777216.0f,
        0.001f, 0.01f,          INFINITY, NAN,        1234567.5f, 0.000123456789f};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        same_as_printf(&b, edges[i]);
    for (int i = 0; i < 20000; i++) {
        same_as_printf(&b, float_of_bits(mt_rng_u32(&r)));
        same_as_printf(&b, 2 * mt_rng_unit(&r) - 1);
        same_as_printf(&b, (float)mt_rng_below(&r, 100000) / 1000.0f);
    }
    for (int e = -6; e < 12; e++) { /* around every power of ten */
        float p = (float)pow(10, e);
        for (int i = 0; i < 50; i++, p = nextafterf(p, INFINITY))
            same_as_printf(&b, p);
        p = (float)pow(10, e);
        for (int i = 0; i < 50; i++, p = nextafterf(p, 0))
            same_as_printf(&b, p);
    }
    mt_buf_release(&b);
}

static const struct mt_text_column columns[] = {
    {.title = "head"},
    {.title = "test accuracy", .key = "test_accuracy", .right = true, .digits = 4},
    {.title = "note"}};

static void fill(struct mt_text_table *t)
{
    mt_text_table_string(t, "softmax");
    mt_text_table_real(t, 0.98765432109876);
    mt_text_table_empty(t);
    mt_text_table_string(t, "größer, \"q\"\n");
    mt_text_table_int(t, -12);
    mt_text_table_bool(t, true);
    mt_text_table_string(t, "x");
    mt_text_table_real(t, NAN);
}

static void table_prints_text_csv_json(void **state)
{
    (void)state;
    struct mt_text_table t = {.column = columns, .n_columns = 3};
    struct mt_buf b = {0};
    fill(&t);
    mt_text_table_print(&t, MT_TEXT_PLAIN, &b);
    assert_string_equal(b.data, "head          test accuracy  note\n"
                                "softmax              0.9877\n"
                                "größer, \"q\"\xef\xbf\xbd            -12  true\n"
                                "x\n");
    mt_buf_clear(&b);
    mt_text_table_print(&t, MT_TEXT_CSV, &b);
    assert_string_equal(b.data, "head,test_accuracy,note\n"
                                "softmax,0.987654321,\n"
                                "\"größer, \"\"q\"\"\n\",-12,true\n"
                                "x,,\n");
    mt_buf_clear(&b);
    mt_text_table_print(&t, MT_TEXT_JSON, &b);
    assert_string_equal(b.data,
                        "[{\"head\": \"softmax\", \"test_accuracy\": 0.987654321, \"note\": null},\n"
                        " {\"head\": \"größer, \\\"q\\\"\\n\", \"test_accuracy\": -12, \"note\": true},\n"
                        " {\"head\": \"x\", \"test_accuracy\": null, \"note\": null}]\n");
    mt_buf_clear(&b);
    mt_text_table_print(&t, MT_TEXT_MARKDOWN, &b);
    assert_string_equal(b.data, "| head | test accuracy | note |\n"
                                "| --- | ---: | --- |\n"
                                "| softmax | 0.9877 |  |\n"
                                "| größer, \"q\"\xef\xbf\xbd | -12 | true |\n"
                                "| x |  |  |\n");
    mt_text_table_release(&t);
    mt_buf_release(&b);
}

static void markdown_is_text(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    mt_markdown_text(&b, "a|b <i>&amp; *x* _y_ `z` [l](u) \\ #1 ~2\n\x1b");
    assert_string_equal(b.data, "a\\|b &lt;i&gt;&amp;amp; \\*x\\* \\_y\\_ \\`z\\` \\[l\\](u) \\\\ \\#1 \\~2"
                                "\xef\xbf\xbd\xef\xbf\xbd");
    mt_buf_release(&b);
}

static void empty_tables(void **state)
{
    (void)state;
    struct mt_text_table t = {.column = columns, .n_columns = 3};
    struct mt_buf b = {0};
    mt_text_table_print(&t, MT_TEXT_JSON, &b);
    mt_text_table_print(&t, MT_TEXT_CSV, &b);
    mt_text_table_print(&t, MT_TEXT_PLAIN, &b);
    assert_string_equal(b.data, "[]\nhead,test_accuracy,note\nhead  test accuracy  note\n");
    mt_text_table_release(&t);
    struct mt_text_table single = {.column = columns, .n_columns = 1};
    mt_text_table_empty(&single);
    mt_text_table_string(&single, "a");
    mt_buf_clear(&b);
    mt_text_table_print(&single, MT_TEXT_CSV, &b);
    assert_string_equal(b.data, "head\n\"\"\na\n");
    mt_text_table_release(&single);
    mt_buf_release(&b);
}

static void plain_text_is_harmless(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    assert_int_equal(mt_buf_plain(&b, "a\x1b[2Jb\xff\xc3\xa9\xc2\x9b\xe2\x80\xa8.\r\n\t\x7f"), 15);
    assert_string_equal(b.data, "a\xef\xbf\xbd[2Jb\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd."
                                "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    mt_buf_clear(&b);
    mt_buf_pad(&b, "é", 3);
    mt_buf_pad(&b, "é", -3);
    mt_buf_pad(&b, "long", 2);
    assert_string_equal(b.data, "  éé  long");
    mt_buf_release(&b);
}

static void csv_and_plain_text_are_utf8(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    mt_buf_csv_field(&b, "a\xff\xc3\xa9\xed\xa0\x80");
    mt_buf_csv_field(&b, "\xc3,\"");
    assert_string_equal(b.data, "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                "\"\xef\xbf\xbd,\"\"\"");
    mt_buf_clear(&b);
    /* U+202E turns the order of letters, U+FFFE is no character of XML; U+202F and U+FFFD are harmless. */
    mt_buf_plain(&b, "\xe2\x80\xae\xe2\x81\xa7\xef\xbf\xbe|\xe2\x80\xaf\xef\xbf\xbd");
    assert_string_equal(b.data, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xe2\x80\xaf\xef\xbf\xbd");
    mt_buf_release(&b);
}

static const char *const names[] = {"plain",    "a,b",        "say \"hi\"", "two\nlines", "cr\rlf\r\n",
                                    " spaces ", "naïve Ω 数", "",           "'",          "=1+1"};
enum { N_NAMES = sizeof names / sizeof *names };

static void embeddings_csv(void **state)
{
    (void)state;
    static const float x[] = {1, 0.5f, -0.25f, 0.1f, 1e-7f, NAN};
    static const int32_t index[] = {7, 3}, label[] = {1, 0}, pred[] = {0, -1};
    struct mt_csv_samples s = {
        .n = 2, .index = index, .label = label, .pred = pred, .class_name = names, .classes = 2};
    struct mt_buf b = {0};
    mt_csv_embeddings(&b, &s, x, 3);
    assert_string_equal(b.data, "index,label,label_name,pred,x,y,z\n7,1,\"a,b\",0,1,0.5,-0.25\n3,0,plain,,0."
                                "100000001,1.00000001e-07,\n");
    mt_buf_clear(&b);
    s.index = s.label = NULL;
    s.class_name = NULL;
    mt_csv_embeddings(&b, &s, x, 2);
    assert_string_equal(b.data, "index,label,label_name,pred,x,y\n0,,,0,1,0.5\n1,,,,-0.25,0.100000001\n");
    mt_buf_clear(&b);
    s.n = 1;
    s.label = label;
    mt_csv_embeddings(&b, &s, x, 4);
    assert_string_equal(b.data, "index,label,label_name,pred,e0,e1,e2,e3\n0,1,1,0,1,0.5,-0.25,0.100000001\n");
    mt_buf_release(&b);
}

static void centers_csv(void **state)
{
    (void)state;
    static const float x[] = {1, 2, 0, 0, -1, 0.5f};
    static const int64_t count[] = {5, 0, 1};
    struct mt_buf b = {0};
    mt_csv_centers(&b, x, count, names, 3, 2);
    assert_string_equal(
        b.data, "label,label_name,count,x,y\n0,plain,5,1,2\n1,\"a,b\",0,,\n2,\"say \"\"hi\"\"\",1,-1,0.5\n");
    mt_buf_release(&b);
}

static void predictions_csv(void **state)
{
    (void)state;
    static const int32_t label[] = {0, 1}, pred[] = {1, 1}, second[] = {0, -1}, knn[] = {0, 1};
    static const float probability[] = {0.75f, 1}, margin[] = {0.5f, 1};
    struct mt_csv_predictions p = {
        .samples = {.n = 2, .label = label, .pred = pred, .class_name = names, .classes = 2},
        .probability = probability,
        .second = second,
        .margin = margin,
        .knn = knn};
    struct mt_buf b = {0};
    mt_csv_predictions(&b, &p);
    assert_string_equal(b.data,
                        "index,label,label_name,pred,pred_name,probability,top2,top2_name,margin,knn_pred\n"
                        "0,0,plain,1,\"a,b\",0.75,0,plain,0.5,0\n1,1,\"a,b\",1,\"a,b\",1,,,1,1\n");
    static const int32_t index[] = {5, 2};
    p.samples.sample_name = names;
    p.samples.index = index;
    p.samples.label = NULL;
    p.knn = NULL;
    mt_buf_clear(&b);
    mt_csv_predictions(&b, &p);
    assert_string_equal(b.data,
                        "index,file,label,label_name,pred,pred_name,probability,top2,top2_name,margin\n"
                        "5, spaces ,,,1,\"a,b\",0.75,0,plain,0.5\n2,\"say \"\"hi\"\"\",,,1,\"a,b\",1,,,1\n");
    mt_buf_release(&b);
}

/* Python reads the names back from a table and from a predictions file and prints them as hex. */
static const char reader[] =
    "import csv, sys\n"
    "rows = list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))\n"
    "width = len(rows[0])\n"
    "for row in rows[1:]:\n"
    "    assert len(row) == width, row\n"
    "    print(row[int(sys.argv[2])].encode().hex() or '-')\n";

static void python_reads(const struct mt_buf *b, int column)
{
    char csv[] = "/tmp/mt-test-report-XXXXXX", script[] = "/tmp/mt-test-reader-XXXXXX", command[256],
         line[256];
    int fd = mkstemp(csv), fd2 = mkstemp(script);
    assert_true(fd >= 0 && fd2 >= 0);
    assert_int_equal(write(fd, b->data, b->len), b->len);
    assert_int_equal(write(fd2, reader, strlen(reader)), strlen(reader));
    close(fd);
    close(fd2);
    snprintf(command, sizeof command, "python3 %s %s %d", script, csv, column);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    for (int i = 0; i < N_NAMES; i++) {
        char want[256];
        size_t len = 0;
        for (const char *p = names[i]; *p; p++)
            len += (size_t)snprintf(want + len, sizeof want - len, "%02x", (unsigned char)*p);
        assert_non_null(fgets(line, sizeof line, f));
        line[strcspn(line, "\n")] = 0;
        assert_string_equal(line, len ? want : "-");
    }
    assert_int_equal(pclose(f), 0);
    unlink(csv);
    unlink(script);
}

static void hostile_names_survive_csv(void **state)
{
    (void)state;
    if (system("python3 -c 'import csv' 2>/dev/null") != 0)
        skip();
    struct mt_buf b = {0};
    struct mt_text_table t = {.column = columns, .n_columns = 3};
    int32_t label[N_NAMES];
    for (int i = 0; i < N_NAMES; i++) {
        mt_text_table_string(&t, names[i]);
        mt_text_table_int(&t, i);
        mt_text_table_string(&t, names[i]);
        label[i] = i;
    }
    mt_text_table_print(&t, MT_TEXT_CSV, &b);
    python_reads(&b, 0);
    python_reads(&b, 2);
    mt_buf_clear(&b);
    struct mt_csv_predictions p = {.samples = {.n = N_NAMES,
                                               .label = label,
                                               .pred = label,
                                               .class_name = names,
                                               .sample_name = names,
                                               .classes = N_NAMES}};
    mt_csv_predictions(&b, &p);
    python_reads(&b, 1);
    python_reads(&b, 3);
    mt_text_table_release(&t);
    mt_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_print_as_printf_does),
        cmocka_unit_test(table_prints_text_csv_json),
        cmocka_unit_test(empty_tables),
        cmocka_unit_test(markdown_is_text),
        cmocka_unit_test(plain_text_is_harmless),
        cmocka_unit_test(csv_and_plain_text_are_utf8),
        cmocka_unit_test(embeddings_csv),
        cmocka_unit_test(centers_csv),
        cmocka_unit_test(predictions_csv),
        cmocka_unit_test(hostile_names_survive_csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
