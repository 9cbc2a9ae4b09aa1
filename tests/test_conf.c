/* Tests of lib/conf: reading, merging and binding of experiment files. */
#include "tests/test.h"

#include "lib/conf/conf.h"
#include "tests/conf_schema.h"

/* Loads and binds `text` and compares the first lines of all problems, one per line and without "t.yaml:". */
static void problems(const char *text, const char *set, const char *expected)
{
    struct mt_diag diag = {0};
    struct mt_conf *conf = NULL;
    struct doc doc = {0};
    char *got = calloc(1, 65536);
    mt_conf_load_text(&conf, "t.yaml", ".", text, strlen(text), &set, set != NULL, &diag);
    if (conf)
        mt_conf_bind(conf, doc_fields, &doc, &diag);
    for (char *line = diag.text.data ? strtok(diag.text.data, "\n") : NULL; line; line = strtok(NULL, "\n"))
        if (line[0] != ' ')
            sprintf(got + strlen(got), "%s%s", *got ? "\n" : "",
                    strncmp(line, "t.yaml:", 7) ? line : line + 7);
    assert_string_equal(got, expected);
    assert_int_equal(diag.errors > 0, *expected != 0);
    free(got);
    mt_conf_free(conf);
    mt_diag_release(&diag);
}

struct problem_case {
    const char *text, *set, *expected;
};

static const struct problem_case binding[] = {
    {"train: {epochs: 3}", NULL, ""},
    {"head: {type: arcface, marign: 0.5}\ntrain: {epochs: 3}", NULL,
     "1:23: error: unknown key 'marign' in 'head'; did you mean 'margin' (alias of 'm')?"},
    {"train: {epochs: ten}", NULL,
     "1:17: error: train.epochs: expected an integer in [1, 1000000] epochs, got 'ten'"},
    {"train: {epochs: 3}", "head.mm=3", "--set head.mm=3: error: unknown key 'head.mm'; known here: type"},
};

static void says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof binding / sizeof binding[0]; i++)
        problems(binding[i].text, binding[i].set, binding[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
