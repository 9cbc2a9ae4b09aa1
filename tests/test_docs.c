/* Tests of what lib/conf says about the tables: every key in every notation, JSON that is JSON, CSV with as
 * many cells in each line as in the first. */
#include "tests/test.h"

#include "lib/conf/conf.h"
#include "lib/data/dataset.h"
#include "lib/head/head.h"
#include "lib/nn/layer.h"
#include "lib/optim/optim.h"
#include "lib/train/experiment.h"
#include "tests/conf_schema.h"

static const struct mt_table *const tables[] = {
    &mt_head_table,   &mt_layer_table,     &mt_optim_table, &mt_schedule_table,
    &mt_format_table, &mt_transform_table, &heads,          &layers,
    &sources};

/* --- a JSON reader that only says where the value at p ends, or NULL --- */

static const char *json_value(const char *p);

static const char *json_space(const char *p)
{
    return p ? p + strspn(p, " \t\r\n") : NULL;
}

static const char *json_string(const char *p)
{
    if (*p++ != '"')
        return NULL;
    for (; *p != '"'; p++) {
        if ((unsigned char)*p < 0x20)
            return NULL;
        if (*p == '\\' && !strchr("\"\\/bfnrtu", *++p))
            return NULL;
    }
    return p + 1;
}

static const char *json_members(const char *p, char close)
{
    p = json_space(p + 1);
    if (*p == close)
        return p + 1;
    for (;; p++) {
        p = json_space(p);
        if (close == '}') {
            p = json_space(json_string(p));
            if (!p || *p++ != ':')
                return NULL;
        }
        p = json_space(json_value(json_space(p)));
        if (!p || (*p != ',' && *p != close))
            return NULL;
        if (*p == close)
            return p + 1;
    }
}

static const char *json_number(const char *p)
{
    p += *p == '-';
    size_t digits = strspn(p, "0123456789");
    if (digits == 0 || (*p == '0' && digits > 1))
        return NULL;
    p += digits;
    if (*p == '.') {
        digits = strspn(p + 1, "0123456789");
        if (digits == 0)
            return NULL;
        p += 1 + digits;
    }
    if (*p != 'e' && *p != 'E')
        return p;
    p += p[1] == '+' || p[1] == '-' ? 2 : 1;
    digits = strspn(p, "0123456789");
    return digits ? p + digits : NULL;
}

static const char *json_value(const char *p)
{
    static const char *const words[] = {"null", "true", "false"};
    if (!p)
        return NULL;
    if (*p == '{' || *p == '[')
        return json_members(p, *p == '{' ? '}' : ']');
    if (*p == '"')
        return json_string(p);
    for (int i = 0; i < 3; i++)
        if (!strncmp(p, words[i], strlen(words[i])))
            return p + strlen(words[i]);
    return json_number(p);
}

static void assert_json(struct mt_buf *b)
{
    assert_false(b->failed);
    const char *end = json_space(json_value(json_space(b->data)));
    assert_non_null(end);
    assert_int_equal(*end, 0);
    mt_buf_release(b);
}

static void json_is_json(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{", "[1,]", "{\"a\" 1}", "01", "1.", "\"\n\"", "[1 2]", "nul", "1e"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *end = json_space(json_value(wrong[i]));
        assert_true(!end || *end);
    }
    struct mt_buf b = {0};
    mt_conf_doc_keys(mt_experiment_fields, MT_DOC_JSON, &b);
    assert_json(&b);
    mt_conf_doc_schema(mt_experiment_fields, &b);
    assert_json(&b);
    mt_conf_doc_schema(doc_fields, &b);
    assert_json(&b);
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        mt_conf_doc_table(tables[t], MT_DOC_JSON, &b);
        assert_json(&b);
    }
}

static void bound_structs_print_as_json(void **state)
{
    (void)state;
    static const char text[] =
        "name: \"a\\\"\\\\\\e\\n\\u00e9\"\nhead: arcface\ntest: {from: train}\nrates: [1e-9, 1]\n"
        "words: []\nlayers: [max_pool: 3, flatten, dropout: 1e-30]\ntrain: {epochs: 3, lr: 1e-5}\n";
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    struct mt_buf b = {0};
    struct doc doc = {0};
    assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, strlen(text), NULL, 0, &diag), 0);
    assert_int_equal(mt_conf_bind(conf, doc_fields, &doc, &diag), 0);
    for (int origin = 0; origin < 2; origin++) {
        mt_conf_print_json(conf, doc_fields, &doc, origin, &b);
        assert_non_null(strstr(b.data, origin ? "\"lr\": {\"value\": 1.0e-05, \"origin\": \"t.yaml:7\"}"
                                              : "\"lr\": 1.0e-05"));
        assert_non_null(
            strstr(b.data, origin ? "\"s\": {\"value\": 30, \"origin\": \"default\"}" : "\"s\": 30"));
        assert_non_null(strstr(b.data, "{\"flatten\": {}}"));
        assert_json(&b);
    }
    mt_conf_free(conf);
}

/* --- every key --- */

static void expect_key(const char *page, const char *name, const char *what)
{
    if (!strstr(page, name))
        print_error("no %s in %s\n", name, what);
    assert_non_null(strstr(page, name));
}

static void expect_fields(const char *page, const struct mt_field *fields, const char *what)
{
    for (const struct mt_field *f = fields; f && f->name; f++) {
        expect_key(page, f->name, what);
        if (f->type == MT_MAP)
            expect_fields(page, f->map, what);
        else if (f->alias)
            expect_key(page, f->alias, what);
    }
}

static void every_key_in_every_notation(void **state)
{
    (void)state;
    for (enum mt_doc_style style = MT_DOC_TEXT; style <= MT_DOC_MARKDOWN; style++) {
        struct mt_buf b = {0};
        mt_conf_doc_keys(mt_experiment_fields, style, &b);
        expect_fields(b.data, mt_experiment_fields, "the keys");
        expect_key(b.data, "train.early_stop.monitor", "the keys");
        if (style != MT_DOC_MARKDOWN)
            expect_key(b.data, "head{type=arcface}.pi_rule", "the keys");
        mt_buf_release(&b);
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
            mt_conf_doc_table(tables[t], style, &b);
            for (const struct mt_kind *const *k = tables[t]->row; *k; k++) {
                expect_key(b.data, (*k)->name, tables[t]->what);
                expect_fields(b.data, (*k)->fields, (*k)->name);
            }
            mt_buf_release(&b);
        }
    }
}

/* Cells of the line at *p, which moves behind it. */
static int csv_cells(const char **p)
{
    int cells = 1;
    bool quoted = false;
    for (; **p && (quoted || **p != '\n'); ++*p) {
        if (**p == '"')
            quoted = !quoted;
        cells += !quoted && **p == ',';
    }
    *p += **p == '\n';
    return cells;
}

static void csv_is_rectangular(void **state)
{
    (void)state;
    for (size_t t = 0; t <= sizeof tables / sizeof *tables; t++) {
        struct mt_buf b = {0};
        if (t == sizeof tables / sizeof *tables)
            mt_conf_doc_keys(mt_experiment_fields, MT_DOC_CSV, &b);
        else
            mt_conf_doc_table(tables[t], MT_DOC_CSV, &b);
        const char *p = b.data;
        int columns = csv_cells(&p);
        assert_true(columns >= 8);
        while (*p)
            assert_int_equal(csv_cells(&p), columns);
        mt_buf_release(&b);
    }
}

static void words_of_a_key(void **state)
{
    (void)state;
    struct mt_buf b = {0};
    mt_conf_doc_keys(doc_fields, MT_DOC_TEXT, &b);
    expect_key(b.data, "train.epochs  (an integer in [1, 1000000] epochs; required)\n    Epochs.\n", "text");
    expect_key(b.data, "head{type=arcface}.s  (a number in (0, 10000]; default 30; also written scale)\n",
               "text");
    expect_key(b.data,
               "layers[].conv2d.kernel  (an integer in [1, 64] pixels or a list of them; default [3, 3])\n",
               "text");
    expect_key(b.data, "test  (one of idx, split; split without format)\n", "text");
    mt_buf_release(&b);
    mt_conf_doc_keys(doc_fields, MT_DOC_CSV, &b);
    expect_key(b.data, "\r\ntrain.epochs,integer,yes,,\"in [1, 1000000]\",epochs,,Epochs.\r\n", "CSV");
    mt_buf_release(&b);
    mt_conf_doc_keys(doc_fields, MT_DOC_MARKDOWN, &b);
    expect_key(b.data, "| `train.lr` | number in (0, 1000] | `1e-3` | Rate. |\n", "Markdown");
    expect_key(b.data, "| `head` | a [head](#heads) | `softmax` | Head. |\n", "Markdown");
    mt_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_json),
        cmocka_unit_test(bound_structs_print_as_json),
        cmocka_unit_test(every_key_in_every_notation),
        cmocka_unit_test(csv_is_rectangular),
        cmocka_unit_test(words_of_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
