/* Every byte and every character through what writes names: one line for terminals, JSON, CSV, XML, words of
 * a shell, messages. What is read back is compared with the name, or with what RFC 3629 says of its bytes. */
#include "tests/test.h"

#include "lib/core/json.h"
#include "lib/core/plain.h"
#include "lib/data/csv_scan.h"
#include "lib/report/formula.h"
#include "lib/report/markup.h"
#include "lib/report/projector.h"
#include "lib/train/talk.h"

#define LAST 0x10ffff

static int encode(uint32_t c, char out[5])
{
    int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (int i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[n] | c);
    out[n] = 0;
    return n;
}

static bool is_surrogate(uint32_t c)
{
    return c >= 0xd800 && c < 0xe000;
}

/* What a terminal acts on, or a reader of XML refuses. */
static bool acts(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } range[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200e, 0x200f}, {0x2028, 0x2029},
                 {0x202a, 0x202e}, {0x2066, 0x2069}, {0xfdd0, 0xfdef}, {0xfffe, 0xffff}};
    for (size_t i = 0; i < sizeof range / sizeof *range; i++)
        if (c >= range[i].from && c <= range[i].to)
            return true;
    return (c & 0xffff) >= 0xfffe;
}

static void every_character(void **state)
{
    (void)state;
    char text[5];
    for (uint32_t c = 1; c <= LAST; c++) {
        int n = encode(c, text), len = mt_utf8_len(text);
        bool plain = true;
        assert_int_equal(len, is_surrogate(c) ? 0 : n);
        assert_int_equal(mt_plain_char(text, &plain), is_surrogate(c) ? 1 : n);
        if (plain != (!is_surrogate(c) && !acts(c)))
            fail_msg("U+%04X", c);
        if (len)
            assert_int_equal(mt_utf8_decode(text, len), c);
    }
}

/* All of two bytes, and of three and four where the first announces as many: valid is what its own character
 * is written as. */
static void every_sequence(void **state)
{
    (void)state;
    static const unsigned char edge[] = {1, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    enum { EDGES = sizeof edge };
    for (int a = 1; a < 256; a++)
        for (int b = 1; b < 256; b++)
            for (int k = 0; k < (a < 0xe0 ? 1 : EDGES * EDGES); k++) {
                char text[5] = {(char)a, (char)b}, again[5];
                if (a >= 0xe0) {
                    text[2] = (char)edge[k / EDGES];
                    text[3] = (char)edge[k % EDGES];
                }
                int n = mt_utf8_len(text);
                if (n == 0)
                    continue;
                assert_int_equal(encode(mt_utf8_decode(text, n), again), n);
                assert_memory_equal(text, again, (size_t)n);
                assert_false(is_surrogate(mt_utf8_decode(text, n)));
                assert_true(mt_utf8_decode(text, n) <= LAST);
            }
    assert_int_equal(mt_utf8_len("\xc0\x80"), 0);
    assert_int_equal(mt_utf8_len("\xe0\x9f\xbf"), 0);
    assert_int_equal(mt_utf8_len("\xf0\x8f\xbf\xbf"), 0);
    assert_int_equal(mt_utf8_len("\xf4\x90\x80\x80"), 0);
    assert_int_equal(mt_utf8_len("\xe2\x80"), 0);
}

/* --- names --- */

static const char *const hostile[] = {"=1+1",
                                      "+cmd",
                                      "-x",
                                      "@SUM(A1)",
                                      "\t=tab",
                                      "</script><script>alert(1)</script>",
                                      "\"><img src=x onerror=alert(1)>",
                                      "]]>",
                                      "&amp;",
                                      "'\"`",
                                      "back\\slash\\n",
                                      "$(touch hit)",
                                      "a,b;c|d",
                                      "line\nbreak",
                                      "return\rcrlf\r\n",
                                      "\x01\x08\x0b\x0c\x7f",
                                      "\x1b]0;title\a",
                                      "\x1b[2J",
                                      ("\xc2\x9b"
                                       "31m"),
                                      "\u202egnp.exe",
                                      "\u2066\u2028",
                                      "\xff\xfe",
                                      "\xc0\xaf",
                                      "\xed\xa0\x80",
                                      "\xe2\x80",
                                      "cut\xf0\x9f",
                                      "\ufeff",
                                      "\u00a0",
                                      "\u200b",
                                      "e\u0301",
                                      "%s%n",
                                      "",
                                      " ",
                                      "\"",
                                      "\"\"",
                                      "<!--",
                                      "{{x}}",
                                      "\U0001f468\u200d\U0001f469"};
enum { N_HOSTILE = sizeof hostile / sizeof *hostile };

/* The name with U+FFFD for each byte that belongs to no character. */
static void as_utf8(const char *name, struct mt_buf *out)
{
    while (*name) {
        int n = mt_utf8_len(name);
        mt_buf_append(out, n ? name : MT_REPLACEMENT, n ? (size_t)n : 3);
        name += n ? n : 1;
    }
}

static void json_is_exact(const char *name)
{
    struct mt_buf b = {0}, want = {0};
    struct mt_json j;
    as_utf8(name, &want);
    mt_buf_json_string(&b, name);
    for (size_t i = 0, n; i < b.len; i += n) {
        bool plain;
        n = (size_t)mt_plain_char(b.data + i, &plain);
        assert_true(plain);
    }
    mt_json_init(&j, b.data, b.len);
    char *back = mt_json_string(&j);
    assert_true(mt_json_end(&j));
    assert_non_null(back);
    assert_string_equal(back, want.data ? want.data : "");
    free(back);
    mt_buf_release(&want);
    mt_buf_release(&b);
}

static void csv_is_exact(const char *name)
{
    struct mt_buf b = {0}, want = {0};
    struct mt_err err;
    struct mt_csv_field *field;
    int n;
    as_utf8(name, &want);
    mt_buf_csv_field(&b, name);
    mt_buf_puts(&b, ",x\n");
    struct mt_csv_cursor c = {.path = "", .p = b.data, .end = b.data + b.len, .line = 1};
    assert_int_equal(mt_csv_row(&c, &field, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_ptr_equal(c.p, c.end);
    char *back = mt_csv_text(&field[0]);
    assert_string_equal(back, want.data ? want.data : "");
    free(back);
    free(field);
    mt_buf_release(&want);
    mt_buf_release(&b);
}

/* One line of what is neither control nor markup, and as many characters as are counted. */
static void lines_are_plain(const char *name)
{
    struct mt_buf line = {0}, markup = {0};
    size_t count = mt_buf_plain(&line, name), seen = 0;
    assert_int_equal(mt_markup_text(&markup, name), count);
    for (const char *p = line.data ? line.data : ""; *p; seen++) {
        bool plain;
        p += mt_plain_char(p, &plain);
        assert_true(plain);
    }
    assert_int_equal(seen, count);
    const char *text = markup.data ? markup.data : "";
    assert_null(strpbrk(text, "<>\"'\n\r\t"));
    for (const char *p = text; (p = strchr(p, '&')); p++)
        assert_true(!strncmp(p, "&amp;", 5) || !strncmp(p, "&lt;", 4) || !strncmp(p, "&gt;", 4) ||
                    !strncmp(p, "&quot;", 6) || !strncmp(p, "&#39;", 5));
    mt_buf_release(&markup);
    mt_buf_release(&line);
}

/* Two columns stay two columns. */
static void projector_is_a_table(const char *name)
{
    struct mt_buf b = {0};
    mt_projector_text(&b, name, false);
    assert_int_equal(strcspn(b.data, "\t\n\r"), b.len - 1);
    assert_true(b.len > 1 && b.data[b.len - 1] == '\t');
    mt_buf_release(&b);
}

static void every_name(const char *name)
{
    struct mt_err err = {0};
    json_is_exact(name);
    csv_is_exact(name);
    lines_are_plain(name);
    projector_is_a_table(name);
    assert_int_equal(mt_err_set(&err, MT_ERR_DATA, "%s: cannot open", name), -1);
    assert_null(strpbrk(err.text, "\n\r\t\x1b\x7f"));
    assert_string_equal(err.text + strlen(err.text) - 13, ": cannot open");
}

static void every_byte_in_a_name(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        char alone[2] = {(char)c}, inside[4] = {'a', (char)c, 'b'}, twice[3] = {(char)c, (char)c};
        every_name(alone);
        every_name(inside);
        every_name(twice);
    }
}

static void every_hostile_name(void **state)
{
    (void)state;
    for (int i = 0; i < N_HOSTILE; i++)
        every_name(hostile[i]);
}

static void every_block_of_characters(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    for (uint32_t c = 1; c <= LAST; c++) {
        char text[5];
        mt_buf_append(&b, text, (size_t)encode(c, text));
        if (c % 4096 == 0 || c == LAST) {
            every_name(b.data);
            mt_buf_clear(&b);
        }
    }
    mt_buf_release(&b);
}

/* --- messages --- */

static void long_messages_lose_their_middle(void **state)
{
    (void)state;
    char name[10241], small[64];
    struct mt_err err;
    for (int kind = 0; kind < 4; kind++) {
        static const char *const fill[] = {"x", "\x1b", "\xc3\xbc", "\xff"};
        size_t n = strlen(fill[kind]);
        for (size_t i = 0; i < sizeof name - 1; i++)
            name[i] = fill[kind][i % n];
        name[sizeof name - 1] = 0;
        mt_err_set(&err, MT_ERR_DATA, "first %s: last", name);
        assert_in_range(strlen(err.text), sizeof err.text - 8, sizeof err.text - 1);
        assert_memory_equal(err.text, "first ", 6);
        assert_string_equal(err.text + strlen(err.text) - 6, ": last");
        assert_non_null(strstr(err.text, " [...] "));
        for (const char *p = err.text; *p;) {
            bool plain;
            p += mt_plain_char(p, &plain);
            assert_true(plain);
        }
    }
    for (size_t len = 50; len < 80; len++) { /* around what fits */
        memset(name, 'x', len);
        name[len] = 0;
        mt_plain_line(small, sizeof small, name);
        assert_int_equal(strlen(small), len < sizeof small ? len : sizeof small - 1);
        assert_int_equal(strstr(small, " [...] ") == NULL, len < sizeof small);
    }
}

static void keep_text(void *arg, const struct mt_talk *t)
{
    mt_buf_puts(arg, t->text);
}

static void talk_is_one_line(void **state)
{
    (void)state;
    struct mt_buf heard = {0};
    const struct mt_talker talker = {keep_text, &heard};
    mt_talk_text(&talker, MT_TALK_NOTE, "a%sb", "\n\x1b[2J\r");
    assert_string_equal(heard.data, "a\ufffd\ufffd[2J\ufffdb");
    mt_buf_release(&heard);
}

static void results_keep_tabs_and_lines(void **state)
{
    (void)state;
    static const char text[] = "a\tb\n\x1b[2J\0\u202e\xff";
    struct mt_buf b = {0};
    mt_buf_tame(&b, text, text + sizeof text - 1);
    assert_string_equal(b.data, "a\tb\n\ufffd[2J\ufffd\ufffd\ufffd");
    mt_buf_release(&b);
}

static void formulas_are_told(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "=1+1", "+cmd",  "-x", "@SUM(A1)", "\t=tab", "\r=",  "-1+1",    "+1e",
        "-",    "-1e5x", "-.", "-nan",     "-1 ",    "+0x1", "\uff1d1", "\uff20"};
    static const char *const no[] = {"",      "a=1", "-1",  "+1.5", "-.5e-3", "-2.",
                                     "+1E+5", "1",   " =1", "'=1",  "\uff11"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(mt_is_formula(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(mt_is_formula(no[i]));
    struct mt_formulas f = {0};
    struct mt_buf words = {0};
    assert_int_equal(mt_formulas_scan(&f, ""), 0);
    assert_int_equal(mt_formulas_scan(&f, "index,=head\n-1,a\n\"a\"\"\n=x\",-1.5\n"), 0);
    assert_int_equal(f.n, 1);
    assert_string_equal(f.first, "=head");
    mt_formulas_text(&f, "the name", &words);
    assert_non_null(strstr(words.data, "the name \"=head\" looks like a formula"));
    mt_buf_clear(&words);
    assert_int_equal(mt_formulas_scan(&f, "a,\"@x,y\"\n\"+\"\"\n\"\n-x\n\"\",\"=\""), 0);
    assert_int_equal(f.n, 5);
    mt_formulas_text(&f, "the name", &words);
    assert_non_null(strstr(words.data, "and 4 more look like formulas"));
    mt_buf_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character),
        cmocka_unit_test(every_sequence),
        cmocka_unit_test(every_byte_in_a_name),
        cmocka_unit_test(every_hostile_name),
        cmocka_unit_test(every_block_of_characters),
        cmocka_unit_test(long_messages_lose_their_middle),
        cmocka_unit_test(talk_is_one_line),
        cmocka_unit_test(formulas_are_told),
        cmocka_unit_test(results_keep_tabs_and_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
