/* Tests of how lib/conf writes what it has read: printed, canonical and as a list of settings, it means the
 * same, in any locale. */
#include "tests/conf_bind.h"

#include <locale.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/conf/quote.h"
#include "lib/train/experiment.h"
#include "tests/conf_generate.h"
#include "tests/conf_schema.h"

/* --- round trip --- */

static bool bind_text(struct bound *x, const struct mt_field *fields, const char *text)
{
    struct mt_diag diag = {0};
    memset(x->room, 0, sizeof x->room);
    bool ok = mt_conf_load_text(&x->conf, "t.yaml", ".", text, strlen(text), NULL, 0, &diag) == 0 &&
              mt_conf_bind(x->conf, fields, x->room, &diag) == 0;
    mt_diag_release(&diag);
    return ok;
}

/* Prints, binds what was printed, and compares; false when the text itself was refused. */
static bool round_trip(const struct mt_field *fields, const char *text, bool origin)
{
    static struct bound a, b;
    struct mt_buf printed = {0}, again = {0};
    bool ok = bind_text(&a, fields, text);
    if (ok) {
        mt_conf_print(a.conf, fields, a.room, origin, &printed);
        assert_false(printed.failed);
        bool bound = bind_text(&b, fields, printed.data ? printed.data : "{}");
        if (!bound || !same_fields(fields, a.room, b.room))
            print_error("%s\nprinted as\n%s\n", text, printed.data);
        assert_true(bound);
        assert_true(same_fields(fields, a.room, b.room));
        mt_buf_clear(&printed);
        mt_conf_canonical(fields, a.room, &printed);
        mt_conf_canonical(fields, b.room, &again);
        assert_int_equal(printed.len, again.len);
        assert_memory_equal(printed.data, again.data, again.len);
        mt_conf_free(b.conf);
    }
    mt_conf_free(a.conf);
    mt_buf_release(&printed);
    mt_buf_release(&again);
    return ok;
}

/* What a terminal would act on, or nobody would see, is written as an escape. */
static void hostile_characters_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } rows[] = {
        {"a b", "\"a b\""},
        {"\"\\\n\t", "\"\\\"\\\\\\n\\t\""},
        {"\x1b[0m\x7f", "\"\\x1b[0m\\x7f\""},
        {"\xc2\x85\xc2\x9b", "\"\\x85\\x9b\""},
        {"\u2066\u202e\u200f\u061c", "\"\\u2066\\u202e\\u200f\\u061c\""},
        {"\u2028\u2029\ufeff", "\"\\u2028\\u2029\\ufeff\""},
        {"\xef\xbf\xbe\xf0\x9f\xbf\xbe", "\"\\ufffe\\U0001fffe\""},
        {"gr\u00fc\u00dfe \U0001f600", "\"gr\u00fc\u00dfe \U0001f600\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mt_buf b = {0};
        mt_quote_yaml(&b, rows[i].text);
        assert_string_equal(b.data, rows[i].written);
        mt_buf_release(&b);
    }
}

static void print_binds_again(void **state)
{
    (void)state;
    uint64_t r = 1;
    int ok[2] = {0, 0};
    for (int i = 0; i < 1600; i++) {
        const struct mt_field *fields = i % 2 ? mt_experiment_fields : doc_fields;
        struct mt_buf text = {0};
        generate_map(&r, &text, fields, NULL, NULL);
        ok[i % 2] += round_trip(fields, text.data, i % 3 == 0);
        mt_buf_release(&text);
    }
    assert_true(ok[0] > 400);
    assert_true(ok[1] > 180);
}

static void canonical_leaves_out_what_changes_nothing(void **state)
{
    (void)state;
    static struct bound a, b;
    struct mt_buf x = {0}, y = {0};
    assert_true(bind_text(&a, doc_fields,
                          "name: a\ntest: {format: idx, images: a}\ntrain: {epochs: 3, init_from: q}"));
    assert_true(bind_text(&b, doc_fields, "test: {format: idx, images: b}\ntrain: {epochs: 3}\nseed: 0"));
    mt_conf_canonical(doc_fields, a.room, &x);
    mt_conf_canonical(doc_fields, b.room, &y);
    assert_string_equal(x.data, y.data);
    assert_string_equal(
        x.data, "seed: 0\nhead:\n  type: softmax\ntest:\n  format: idx\ntrain:\n  epochs: 3\n  lr: 0.001\n"
                "  shuffle: true\nsplits: [test]\n");
    mt_conf_free(a.conf);
    mt_conf_free(b.conf);
    mt_buf_release(&x);
    mt_buf_release(&y);
}

/* The list of settings holds what the canonical text holds, a line each but for the groups' own. */
static void settings_are_the_canonical_text(void **state)
{
    (void)state;
    static const char text[] =
        "name: x\nseed: 3\ndata: {train: {format: csv, file: a.csv}, test: {from: train, fraction: 0.25}}\n"
        "model: {backbone: [conv2d: {filters: 4, kernel: 3}, flatten: {}, dense: {units: 3}]}\n"
        "head: {type: arcface, m: 0.25}\ntrain: {epochs: 2, init_from: b}\n";
    static const char *const want[][2] = {{"seed", "3"},
                                          {"data.train.format", "csv"},
                                          {"data.train.file", NULL},
                                          {"data.test.format", "split"},
                                          {"data.test.fraction", "0.25"},
                                          {"data.test.last", NULL},
                                          {"model.backbone[0]", "conv2d"},
                                          {"model.backbone[0].kernel", "[3]"},
                                          {"model.backbone[1]", "flatten"},
                                          {"model.backbone[2].units", "3"},
                                          {"head.type", "arcface"},
                                          {"head.m", "0.25"},
                                          {"train.optimizer.type", "adam"},
                                          {"train.early_stop.min_delta", "0"},
                                          {"train.init_from", NULL},
                                          {"name", NULL},
                                          {"output.dir", NULL}};
    struct mt_experiment e = {0};
    struct mt_settings s;
    struct mt_conf *conf;
    struct mt_diag diag = {0};
    struct mt_buf canonical = {0};
    assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, sizeof text - 1, NULL, 0, &diag), 0);
    assert_int_equal(mt_conf_bind(conf, mt_experiment_fields, &e, &diag), 0);
    assert_int_equal(mt_conf_settings(mt_experiment_fields, &e, &s, NULL), 0);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const char *value = mt_settings_get(&s, want[i][0]);
        if (want[i][1] ? !value || strcmp(value, want[i][1]) : value != NULL)
            fail_msg("%s: %s", want[i][0], value ? value : "none");
    }
    mt_conf_canonical(mt_experiment_fields, &e, &canonical);
    for (int i = 0; i < s.n; i++) { /* the last part of the key and the value stand together there */
        char line[256];
        const char *dot = strrchr(s.v[i].key, '.');
        if (s.v[i].key[strlen(s.v[i].key) - 1] == ']')
            snprintf(line, sizeof line, "- %s", s.v[i].value);
        else
            snprintf(line, sizeof line, "%s: %s\n", dot ? dot + 1 : s.v[i].key, s.v[i].value);
        if (!strstr(canonical.data, line))
            fail_msg("not in the canonical text: %s", line);
    }
    int lines = 0, groups = 0;
    for (const char *p = canonical.data; *p; p++) {
        lines += *p == '\n';
        groups += *p == '\n' && p[-1] == ':';
    }
    for (int i = 0; i < s.n; i++) /* a row of a list with keys of its own is a setting as well */
        groups -= s.v[i].key[strlen(s.v[i].key) - 1] == ']' && i + 1 < s.n &&
                  !strncmp(s.v[i + 1].key, s.v[i].key, strlen(s.v[i].key));
    assert_int_equal(s.n, lines - groups);
    mt_buf_release(&canonical);
    mt_settings_release(&s);
    mt_conf_free(conf);
    mt_diag_release(&diag);
}

/* --- locale --- */

/* A locale with a decimal comma: an installed one, else one made on the spot where localedef can. */
static locale_t comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",
                                        "fr_FR.UTF-8", "fr_FR.utf8", "ru_RU.UTF-8"};
    char dir[] = "/tmp/mt-locale-XXXXXX", command[128];
    locale_t comma = (locale_t)0;
    for (size_t i = 0; !comma && i < sizeof names / sizeof *names; i++)
        comma = newlocale(LC_ALL_MASK, names[i], (locale_t)0);
    if (comma || !mkdtemp(dir))
        return comma;
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", dir);
    if (system(command) == 0) {
        setenv("LOCPATH", dir, 1);
        comma = newlocale(LC_ALL_MASK, "de_DE.UTF-8", (locale_t)0);
    }
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? comma : (locale_t)0;
}

enum { COMMA_OK, COMMA_WRONG, COMMA_NONE };

static int with_comma(void)
{
    locale_t comma = comma_locale();
    char probe[8];
    double lr = 0;
    if (!comma)
        return COMMA_NONE;
    uselocale(comma);
    snprintf(probe, sizeof probe, "%.1f", 0.5);
    bool ok = !strcmp(probe, "0,5") /* or nothing would be tested */
              && round_trip(doc_fields, "train: {epochs: 3, lr: 0.125}\nrates: [0.5, 1e-5]", false) &&
              takes(&train_fields[1], "0.125", &lr) && !takes(&train_fields[1], "0,125", NULL);
    return ok && lr == 0.125 ? COMMA_OK : COMMA_WRONG;
}

/* In a process of its own: newlocale() of some C libraries leaks with LOCPATH. */
static void numbers_do_not_follow_the_locale(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(with_comma());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == COMMA_NONE)
        skip();
    assert_int_equal(WEXITSTATUS(status), COMMA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_characters_are_escaped),
        cmocka_unit_test(print_binds_again),
        cmocka_unit_test(canonical_leaves_out_what_changes_nothing),
        cmocka_unit_test(settings_are_the_canonical_text),
        cmocka_unit_test(numbers_do_not_follow_the_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
