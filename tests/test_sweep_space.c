/* The combinations that a section `sweep` and the command line ask for. */
#include "tests/sweep_load.h"

#include <math.h>

#include "lib/sweep/space.h"
#include "lib/sweep/values.h"

/* --- values of one text --- */

/* "a|b|c", or "error: ..." */
static const char *split(const char *text)
{
    static char out[2200];
    struct mt_values v;
    struct mt_err err;
    out[0] = 0;
    if (mt_values_split(&v, text, &err) < 0) {
        snprintf(out, sizeof out, "error: %s", err.text);
        return out;
    }
    for (int i = 0; i < v.n; i++)
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", i ? "|" : "", v.v[i]);
    mt_values_release(&v);
    return out;
}

static void texts_are_split(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"0.5", "0.5"},
        {"0.1,0.3,0.5", "0.1|0.3|0.5"},
        {" 0.1 , 0.3 ", "0.1|0.3"},
        {"0..4", "0|1|2|3|4"},
        {"3..1", "3|2|1"},
        {"-2..1", "-2|-1|0|1"},
        {"7..7", "7"},
        {"8:64:x2", "8|16|32|64"},
        {"8:63:x2", "8|16|32"},
        {"64:8:x0.5", "64|32|16|8"},
        {"1e-4:1e-1:x10", "0.0001|0.001|0.01|0.1"},
        {"0:1:+0.25", "0|0.25|0.5|0.75|1"},
        {"0:0.5:+0.1", "0|0.1|0.2|0.3|0.4|0.5"},
        {"5:1:-2", "5|3|1"},
        {"-1:1:+1", "-1|0|1"},
        {"0..2,7,10:20:+5", "0|1|2|7|10|15|20"},
        {"[3, 6]", "[3, 6]"},
        {"[3, 6],[4, 8]", "[3, 6]|[4, 8]"},
        {"{type: softmax},{type: arcface, m: 0.5}", "{type: softmax}|{type: arcface, m: 0.5}"},
        {"'a,b',c", "'a,b'|c"},
        {"\"a\\\",b\",c", "\"a\\\",b\"|c"},
        {"{k: 'x}y'},z", "{k: 'x}y'}|z"},
        {"it's,fine", "it's|fine"},
        {"'1:2:+1'", "'1:2:+1'"},
        {"12:30", "12:30"},   /* no range: two numbers */
        {"a:b:x2", "a:b:x2"}, /* no numbers */
        {"1:2:3", "1:2:3"},   /* no sign */
        {"../a.yaml", "../a.yaml"},
        {"1...3", "1...3"},
        {"''", "''"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(split(rows[i][0]), rows[i][1]);
}

static void bad_texts_are_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "a value is empty"},
        {"1,,2", "a value is empty"},
        {"1,", "a value is empty"},
        {",", "a value is empty"},
        {"[1,2", "not closed"},
        {"1]", "closed twice"},
        {"'a", "not closed"},
        {"0:1:+0", "the step is 0"},
        {"0:1:-1", "leads away"},
        {"8:64:x1", "not 1"},
        {"8:64:x0", "above 0"},
        {"0:8:x2", "no factor"},
        {"-1:8:x2", "no factor"},
        {"8:64:x0.5", "leads away"},
        {"0..1000000000", "1000000001 values"},
        {"0:1e300:+1", "values; a key may take 10000"},
        {"1:2:x1.0000000001", "values; a key may take"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = split(rows[i][0]);
        if (strncmp(got, "error: ", 7) != 0 || !strstr(got, rows[i][1]))
            fail_msg("'%s' gave '%s', not an error with '%s'", rows[i][0], got, rows[i][1]);
    }
}

static void single_values_are_for_set(void **state)
{
    (void)state;
    static const char *const single[] = {"0.5",   "[1, 2]", "{a: 1, b: 2}", "'a,b'", "../x",
                                         "12:30", "",       "[1,",          "'0..4'"};
    static const char *const many[] = {"1,2", "0..4", "8:64:x2", "{a: 1},{b: 2}", "1,"};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        assert_false(mt_values_are_many(single[i]));
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        assert_true(mt_values_are_many(many[i]));
}

/* --- combinations --- */

/* Each row as "cell:value,value", or the problems. */
static const char *rows_of(const char *section, const char *const *add, int n_add)
{
    static char out[4096];
    struct loaded x;
    struct mt_space space;
    struct mt_buf text = {0};
    load(&x, section);
    if (mt_space_new(&space, x.conf, &x.e.sweep, add, n_add, &x.diag) < 0) {
        assert_true(x.diag.errors > 0);
        mt_buf_puts(&text, x.diag.text.data);
    } else {
        assert_int_equal(x.diag.errors, 0);
    }
    for (int r = 0; x.diag.errors == 0 && r < space.n_rows; r++) {
        mt_buf_printf(&text, "%s%d:", r ? " " : "", space.row[r].cell);
        for (int i = 0; i < space.n_parameters; i++) {
            mt_buf_puts(&text, i ? "," : "");
            if (space.row[r].value[i])
                mt_tree_print(space.row[r].value[i], &text);
        }
    }
    snprintf(out, sizeof out, "%s", text.data);
    mt_buf_release(&text);
    mt_space_release(&space);
    unload(&x);
    return out;
}

static void grids_are_crossed(void **state)
{
    (void)state;
    assert_string_equal(
        rows_of("sweep: {parameters: {head.s: {values: [8, 30]}, head.m: {values: [0.1, 0.5]}}}", NULL, 0),
        "0:8,0.1 1:8,0.5 2:30,0.1 3:30,0.5");
    /* The seed moves first, wherever it stands, and does not make cells. */
    assert_string_equal(rows_of("sweep: {parameters: {seed: {values: 0..1}, head.m: [0.1, 0.5]}}", NULL, 0),
                        "0:0,0.1 0:1,0.1 1:0,0.5 1:1,0.5");
    assert_string_equal(rows_of("sweep: {parameters: {head.s: 8:32:x2}}", NULL, 0), "0:8 1:16 2:32");
    assert_string_equal(rows_of("sweep: {parameters: {head.s: 8}}", NULL, 0), "0:8");
    assert_string_equal(
        rows_of("sweep: {parameters: {head: {values: [{type: softmax}, {type: cosface, s: 30}]}}}", NULL, 0),
        "0:{type: softmax} 1:{type: cosface, s: 30}");
}

static void exclusions_leave_out(void **state)
{
    (void)state;
    const char *grid = "sweep: {parameters: {head.s: [8, 30], head.m: [0.1, 0.5]}, exclude: [%s]}";
    char text[256];
    snprintf(text, sizeof text, grid, "{head.s: 8, head.m: 0.50}");
    assert_string_equal(rows_of(text, NULL, 0), "0:8,0.1 1:30,0.1 2:30,0.5");
    snprintf(text, sizeof text, grid, "{head.s: 8}, {head.m: 0.1}");
    assert_string_equal(rows_of(text, NULL, 0), "0:30,0.5");
    snprintf(text, sizeof text, grid, "{head.m: [0.1, 0.5]}");
    assert_non_null(strstr(rows_of(text, NULL, 0), "every combination is excluded"));
    snprintf(text, sizeof text, grid, "{head.mm: 0.1}");
    assert_non_null(strstr(rows_of(text, NULL, 0), "did you mean 'head.m'?"));
    snprintf(text, sizeof text, grid, "{}");
    assert_non_null(strstr(rows_of(text, NULL, 0), "expected keys with values"));
}

static void lists_are_listed(void **state)
{
    (void)state;
    assert_string_equal(
        rows_of("sweep: {method: list, runs: [{head: {type: softmax}}, {head.m: 0.5, head.s: 8}], "
                "parameters: {seed: 0..1}}",
                NULL, 0),
        "0:{type: softmax},,,0 0:{type: softmax},,,1 1:,0.5,8,0 1:,0.5,8,1");
    assert_non_null(strstr(rows_of("sweep: {method: list}", NULL, 0), "expected a list of maps"));
    assert_non_null(strstr(rows_of("sweep: {method: list, runs: []}", NULL, 0), "expected a list of maps"));
    assert_non_null(strstr(rows_of("sweep: {method: list, runs: [3]}", NULL, 0), "runs[0]"));
    assert_non_null(
        strstr(rows_of("sweep: {method: list, runs: [{seed: 1}]}", NULL, 0), "belongs to sweep.parameters"));
    assert_non_null(
        strstr(rows_of("sweep: {method: list, runs: [{head.m: 1}], parameters: {head.m: [2]}}", NULL, 0),
               "stands in sweep.runs, too"));
}

static void the_line_adds_and_replaces(void **state)
{
    (void)state;
    const char *section = "sweep: {parameters: {head.s: [8, 30]}}";
    assert_string_equal(rows_of(section, (const char *[]){"head.m=0.1,0.5"}, 1),
                        "0:8,0.1 1:8,0.5 2:30,0.1 3:30,0.5");
    assert_string_equal(rows_of(section, (const char *[]){"head.s=1:4:x2"}, 1), "0:1 1:2 2:4");
    assert_string_equal(rows_of(section, (const char *[]){"head.s=64"}, 1), "0:64"); /* pins a parameter */
    assert_string_equal(rows_of(section, (const char *[]){"head.m=0.5"}, 1), "0:8 1:30"); /* is --set's */
    assert_string_equal(rows_of(section, (const char *[]){"head.s=1,2", "head.s=3,4"}, 2), "0:3 1:4");
    const char *bad = rows_of(section, (const char *[]){"head.m=1,"}, 1);
    assert_non_null(strstr(bad, "--set head.m=1,"));
    assert_non_null(strstr(bad, "empty"));
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"sweep: {method: grid}", "no key takes several values"},
        {"sweep: {parameters: [1]}", "expected keys"},
        {"sweep: {parameters: {head.m: {values: []}}}", "the list of values is empty"},
        {"sweep: {parameters: {head.m: {value: [1]}}}", "did you mean 'values'?"},
        {"sweep: {parameters: {head.m: {}}}", "expected {values"},
        {"sweep: {parameters: {head.m: {values: {a: 1}}}}", "expected {values"},
        {"sweep: {parameters: {head.m: {values: [1], min: 0}}}", "either values or a distribution"},
        {"sweep: {parameters: {head.m: {min: 0, max: 1}}}", "method: random"},
        {"sweep: {parameters: {name: {values: [a, b]}}}", "does not change results"},
        {"sweep: {parameters: {output.dir: {values: [a, b]}}}", "does not change results"},
        {"sweep: {parameters: {sweep.run_cap: {values: [1, 2]}}}", "does not change results"},
        {"sweep: {parameters: {data.memory: {values: [1, 2]}}}", "does not change results"},
        {"sweep: {run_cap: 3, parameters: {head.m: [0.1, 0.2], seed: 0..1}}",
         "4 runs (2 x 2), more than run_cap, 3"},
        {"sweep: {parameters: {head.m: 0:1:+0.001, head.s: 1..1000, seed: 0..999}}",
         "1001 x 1000 x 1000 = 1001000000 runs"},
        {"sweep: {baseline: {head.ss: 1}, parameters: {head.s: [1, 2]}}", "did you mean 'head.s'?"},
        {"sweep: {exclude: 3, parameters: {head.s: [1, 2]}}", "expected a list of maps"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = rows_of(rows[i][0], NULL, 0);
        if (!strstr(got, rows[i][1]) || !strstr(got, "t.yaml:"))
            fail_msg("'%s' gave '%s', not '%s'", rows[i][0], got, rows[i][1]);
    }
}

/* --- draws --- */

static void draws_keep_their_prefix(void **state)
{
    (void)state;
    const char *section =
        "sweep: {method: random, run_cap: %d, seed: %d, parameters: {head.s: {min: 1, max: 64, "
        "distribution: log_uniform}, head.m: [0.1, 0.2, 0.3]%s}}";
    char text[300], few[2048], more[4096];
    snprintf(text, sizeof text, section, 5, 0, "");
    snprintf(few, sizeof few, "%s", rows_of(text, NULL, 0));
    snprintf(text, sizeof text, section, 20, 0, "");
    snprintf(more, sizeof more, "%s", rows_of(text, NULL, 0));
    assert_memory_equal(few, more, strlen(few));
    assert_non_null(strstr(more, " 19:"));
    snprintf(text, sizeof text, section, 5, 1, "");
    assert_string_not_equal(few, rows_of(text, NULL, 0));
    /* A seed parameter is not drawn: every combination has all seeds, and run_cap counts runs. */
    snprintf(text, sizeof text, section, 4, 0, ", seed: 3..4");
    const char *seeds = rows_of(text, NULL, 0);
    assert_non_null(strstr(seeds, ",3 0:"));
    assert_non_null(strstr(seeds, ",4 1:"));
    assert_null(strstr(seeds, "2:"));
}

static void draws_have_their_distributions(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        double min, max, mean, tolerance;
        bool whole;
    } rows[] = {
        {"{min: 2, max: 4}", 2, 4, 3, 0.06, false},
        {"{min: 1, max: 100, distribution: log_uniform}", 1, 100, 99 / 4.605170186, 2.5, false},
        {"{min: 1, max: 6, distribution: int_uniform}", 1, 6, 3.5, 0.2, true},
        {"{min: 1, max: 8, distribution: int_log_uniform}", 1, 8, 3.2, 0.4, true},
        {"{min: 0, max: 1, step: 0.25}", 0, 1, 0.5, 0.05, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct loaded x;
        struct mt_space space;
        char section[256];
        double sum = 0;
        snprintf(section, sizeof section, "sweep: {method: random, run_cap: 1000, parameters: {head.m: %s}}",
                 rows[i].spec);
        load(&x, section);
        assert_int_equal(mt_space_new(&space, x.conf, &x.e.sweep, NULL, 0, &x.diag), 0);
        assert_int_equal(space.n_rows, 1000);
        assert_int_equal(space.n_cells, 1000);
        for (int r = 0; r < space.n_rows; r++) {
            double v;
            assert_true(mt_value_number(mt_tree_text(space.row[r].value[0]), &v));
            assert_true(v >= rows[i].min && v <= rows[i].max);
            assert_true(!rows[i].whole || v == floor(v));
            sum += v;
        }
        assert_true(fabs(sum / space.n_rows - rows[i].mean) < rows[i].tolerance);
        mt_space_release(&space);
        unload(&x);
    }
}

static void bad_distributions_are_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{min: 1}", "max is missing"},
        {"{min: 1, max: 1}", "is not below max"},
        {"{min: a, max: 1}", "expected a number"},
        {"{min: nan, max: 1}", "expected a number"},
        {"{min: 0, max: 1, distribution: log_uniform}", "above 0"},
        {"{min: 0.5, max: 2, distribution: int_uniform}", "whole number"},
        {"{min: 0, max: 1, distribution: normal}", "expected one of uniform"},
        {"{min: 0, max: 1, distribution: [a]}", "expected one of uniform"},
        {"{min: 0, max: 1, step: 2}", "the step"},
        {"{min: 0, max: 1, stepp: 2}", "did you mean 'step'?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char section[256];
        snprintf(section, sizeof section, "sweep: {method: random, run_cap: 2, parameters: {head.m: %s}}",
                 rows[i][0]);
        const char *got = rows_of(section, NULL, 0);
        if (!strstr(got, rows[i][1]))
            fail_msg("'%s' gave '%s', not '%s'", rows[i][0], got, rows[i][1]);
    }
    assert_non_null(strstr(
        rows_of("sweep: {method: random, run_cap: 2, parameters: {seed: {min: 0, max: 9, distribution: "
                "int_uniform}, head.m: [1, 2]}}",
                NULL, 0),
        "seed: takes values"));
    assert_non_null(strstr(
        rows_of(
            "sweep: {method: random, run_cap: 2, parameters: {head.m: [1, 2]}, exclude: [{head.m: [1, 2]}]}",
            NULL, 0),
        "in a row"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_split),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(single_values_are_for_set),
        cmocka_unit_test(grids_are_crossed),
        cmocka_unit_test(exclusions_leave_out),
        cmocka_unit_test(lists_are_listed),
        cmocka_unit_test(the_line_adds_and_replaces),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(draws_keep_their_prefix),
        cmocka_unit_test(draws_have_their_distributions),
        cmocka_unit_test(bad_distributions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
