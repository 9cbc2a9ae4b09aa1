/* Tests of lib/core/json: what RFC 8259 allows is read, and nothing else. */
#include "tests/test.h"

#include <math.h>

#include "lib/core/buf.h"
#include "lib/core/json.h"

static bool accepts(const char *text)
{
    struct mt_json j;
    mt_json_init(&j, text, strlen(text));
    mt_json_skip(&j);
    return mt_json_end(&j);
}

static void grammar(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10",
        "-1.5",
        "1e5",
        "1E+5",
        "0.25e-3",
        "\"\"",
        " [ 1 , 2 ]\r\n\t",
        "{\"a\": {\"b\": [1, \"x\", null]}}",
        "\"\\u0041\\\\\\/\\b\\f\\n\\r\\t\\\"\"",
        "\"\xe2\x82\xac\"",
        "\"\\ud83d\\ude00\"",
        "[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]",
    };
    static const char *const bad[] = {
        "",
        " ",
        "nul",
        "tru",
        "True",
        "NaN",
        "+1",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "1 2",
        "[",
        "]",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "[1}",
        "{\"a\":1]",
        "\"",
        "\"\n\"",
        "\"\\x\"",
        "\"\\",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\ude00\"",
        "\"\x80\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "'a'",
        "// a",
        "[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!accepts(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (accepts(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

static void values(void **state)
{
    (void)state;
    static const char text[] = "{\"s\": \"a\\u00e4\\ud83d\\ude00\\n\", \"r\": [-1.25e2, null], \"w\": "
                               "18446744073709551615, \"x\": [1]}";
    struct mt_json j;
    char *key, *s;
    double real[2];
    uint64_t whole;
    bool more = false, inner = false;
    mt_json_init(&j, text, strlen(text));
    assert_true(mt_json_take(&j, '{'));
    assert_true(mt_json_member(&j, &more, &key));
    assert_string_equal(key, "s");
    free(key);
    assert_non_null(s = mt_json_string(&j));
    assert_string_equal(s, "a\xc3\xa4\xf0\x9f\x98\x80\n");
    free(s);
    assert_true(mt_json_member(&j, &more, &key));
    free(key);
    assert_true(mt_json_take(&j, '['));
    for (int i = 0; i < 2; i++)
        assert_true(mt_json_element(&j, &inner) && mt_json_real(&j, &real[i]));
    assert_false(mt_json_element(&j, &inner));
    assert_true(real[0] == -125 && isnan(real[1]));
    assert_true(mt_json_member(&j, &more, &key));
    free(key);
    assert_true(mt_json_whole(&j, &whole));
    assert_true(whole == UINT64_MAX);
    assert_true(mt_json_member(&j, &more, &key));
    free(key);
    assert_true(mt_json_skip(&j));
    assert_false(mt_json_member(&j, &more, &key));
    assert_null(key);
    assert_true(mt_json_end(&j));
}

static void whole_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {"18446744073709551616", "-1", "1.0", "1e3", "00", "\"1\"", "", "x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mt_json j;
        uint64_t n;
        mt_json_init(&j, bad[i], strlen(bad[i]));
        assert_false(mt_json_whole(&j, &n));
        assert_non_null(j.problem);
        const char *first = j.problem;
        assert_false(mt_json_take(&j, '{')); /* the first problem stays */
        assert_ptr_equal(j.problem, first);
    }
}

/* Infinity is no number of JSON, however it is written. */
static void numbers_beyond_double(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "1e400", "-1e400", "1e309", "1.7976931348623159e308", "[0, 2E+999]", "{\"a\": -123456789e301}"};
    static const struct {
        const char *text;
        double value;
    } good[] = {{"1.7976931348623157e308", 0x1.fffffffffffffp1023},
                {"-1e308", -1e308},
                {"1e-400", 0},
                {"5e-324", 0x1p-1074}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mt_json j;
        mt_json_init(&j, bad[i], strlen(bad[i]));
        mt_json_skip(&j);
        assert_false(mt_json_end(&j));
        assert_string_equal(j.problem, "a number is too large");
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct mt_json j;
        double value;
        mt_json_init(&j, good[i].text, strlen(good[i].text));
        assert_true(mt_json_real(&j, &value) && mt_json_end(&j));
        assert_true(value == good[i].value);
    }
}

/* What buf.h writes is what json.h reads. */
static void reads_what_buf_writes(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    struct mt_json j;
    char all[200] = {0};
    for (int c = 1; c < 128; c++)
        all[c - 1] = (char)c;
    strcat(all, "\xc3\xa4\xf0\x9f\x98\x80");
    mt_buf_json_string(&b, all);
    mt_json_init(&j, b.data, b.len);
    char *s = mt_json_string(&j);
    assert_string_equal(s, all);
    assert_true(mt_json_end(&j));
    free(s);
    mt_buf_clear(&b);
    double number;
    mt_buf_json_number(&b, 0.1, 17);
    mt_json_init(&j, b.data, b.len);
    assert_true(mt_json_real(&j, &number) && number == 0.1);
    mt_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grammar),
        cmocka_unit_test(values),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(numbers_beyond_double),
        cmocka_unit_test(reads_what_buf_writes),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
