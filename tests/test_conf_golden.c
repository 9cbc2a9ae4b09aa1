/* The words of refusals: every experiment of tests/golden/config.txt is answered with exactly the lines that
 * follow it there, place, source line and caret included.
 *
 * A block of that file is a line `== FLAGS: TITLE`, an experiment, a line `--` and the answer, which is empty
 * where the experiment is in order. Flags: `+` adds, behind the text, those of data, model, head and train
 * that it leaves out; in `bytes`, \xHH stands for a byte. */
#include "tests/test.h"

#include "lib/conf/conf.h"
#include "lib/core/file.h"
#include "lib/train/stages.h"

#define LEAST_BLOCKS 80

static const char *const rest[][2] = {{"\ndata:", "data: {train: {format: csv, file: t.csv}}\n"},
                                      {"\nmodel:", "model: {backbone: [flatten, {dense: 2}]}\n"},
                                      {"\nhead:", "head: softmax\n"},
                                      {"\ntrain:", "train: {epochs: 1}\n"}};

static bool flag(const char *title, const char *name)
{
    const char *at = strstr(title, name), *end = strstr(title, ": ");
    return at && at < end;
}

/* The experiment of a block, whose text is [at, end) behind a line break. */
static void experiment(const char *title, const char *at, const char *end, struct mt_buf *out)
{
    char *text = strndup(at - 1, (size_t)(end - at + 1));
    for (const char *p = text + 1; *p; p++) {
        char hex[3] = "", byte;
        if (flag(title, "bytes") && p[0] == '\\' && p[1] == 'x') {
            memcpy(hex, p + 2, 2);
            byte = (char)strtol(hex, NULL, 16);
            mt_buf_append(out, &byte, 1);
            p += 3;
        } else {
            mt_buf_append(out, p, 1);
        }
    }
    for (size_t i = 0; flag(title, "+") && i < sizeof rest / sizeof *rest; i++)
        if (!strstr(text, rest[i][0]))
            mt_buf_puts(out, rest[i][1]);
    free(text);
}

static void answer(const struct mt_buf *text, struct mt_diag *diag)
{
    struct mt_conf *conf;
    struct mt_experiment e = {0};
    struct mt_err err;
    const char *key;
    mt_conf_load_text(&conf, "t.yaml", ".", text->data ? text->data : "", text->len, NULL, 0, diag);
    if (conf)
        mt_conf_bind(conf, mt_experiment_fields, &e, diag);
    if (diag->errors == 0 && mt_stages_settle(&e, &key, &err) < 0)
        mt_conf_error(conf, key, diag, "%s", err.text);
    mt_conf_free(conf);
}

/* Returns where the next block begins, or NULL. */
static const char *check_block(const char *block, int *wrong)
{
    const char *text = strchr(block, '\n') + 1, *middle = strstr(text - 1, "\n--\n") + 1, *words = middle + 3,
               *next = strstr(words - 1, "\n== ");
    char *title = strndup(block, (size_t)(text - 1 - block)),
         *expected = next ? strndup(words, (size_t)(next + 1 - words)) : strdup(words);
    struct mt_buf given = {0};
    struct mt_diag diag = {0};
    experiment(title, text, middle, &given);
    answer(&given, &diag);
    const char *got = diag.text.data ? diag.text.data : "";
    if (strcmp(got, expected) != 0) {
        print_error("%s\n%s--\n%s", title, given.data, got);
        ++*wrong;
    }
    mt_buf_release(&given);
    mt_diag_release(&diag);
    free(title);
    free(expected);
    return next ? next + 1 : NULL;
}

static void every_refusal_has_its_words(void **state)
{
    (void)state;
    char *text;
    size_t len;
    struct mt_err err;
    int n = 0, wrong = 0;
    assert_int_equal(mt_file_read("tests/golden/config.txt", 1 << 20, &text, &len, &err), 0);
    for (const char *block = text; block; n++)
        block = check_block(block, &wrong);
    free(text);
    assert_true(n >= LEAST_BLOCKS);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_refusal_has_its_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
